/**
 * A sync that has nothing to do, and what it does.
 *
 * @module
 */
import { counted } from "../../workspace/brackets.ts";
import { memoryOf } from "../../workspace/maps.ts";
import type { Buffer } from "../../workspace/objects.ts";
import { type Bench, SMALL, tried } from "../probe_bench.ts";
import type { Observed } from "../probe.ts";
import { callNames } from "./_calls.ts";
import { flushOf } from "./_cached_maps.ts";

/** What the lines of the caches are counted by. */
interface Cost {
  readonly counts: "linesTouched" | "linesCleaned";
  readonly verb: string;
}

/**
 * Cleans the first bytes of a buffer; that costs nothing where the count stays 0.
 * @throws {Unanswered} where the device has no sync call
 */
export function syncForNothing(
  { device, workspace }: Bench,
  buffer: Buffer,
  { counts, verb }: Cost,
): Observed {
  const flush = flushOf(device);
  const range = { offset: 0n, length: BigInt(SMALL) };
  const result = tried(
    callNames(device).sync,
    () =>
      counted(workspace, memoryOf(workspace, buffer), () => {
        device.driver.sync(device, buffer, flush, [range]);
      }),
  );
  if ("refused" in result) return result.refused;
  const { books } = result.done;
  return {
    answer: "allowed",
    detail: "it is pointless, and done",
    ...(books === undefined ? {} : {
      books: { kept: books[counts] === 0, detail: `${books[counts]} lines ${verb}` },
    }),
  };
}
