/**
 * A sync of a buffer that the CPU has no lines of: pointless, and legal.
 *
 * @module
 */
import { counted } from "../../workspace/brackets.ts";
import { memoryOf } from "../../workspace/maps.ts";
import { callNames } from "./_calls.ts";
import { allowance } from "./_expect.ts";
import { flushOf } from "./_mali.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable, SMALL, tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "sync-of-write-combined",
  question: "A write-combined buffer is synced.",
  rule: "pointless-sync",
  kernel: (seen) =>
    seen.books?.kept === false
      ? { kept: false, wanted: "a sync of a write-combined buffer touches no line" }
      : allowance(seen, "a sync of a write-combined buffer"),
  run(bench): Observed {
    const { device, workspace } = bench;
    const flush = flushOf(device);
    const buffer = bench.buffer();
    if (buffer.caching !== "write-combined") {
      throw notApplicable(`the device's buffers are all ${buffer.caching}`);
    }
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
        books: { kept: books.linesTouched === 0, detail: `${books.linesTouched} lines touched` },
      }),
    };
  },
};
