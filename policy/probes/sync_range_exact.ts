/**
 * Whether a sync of a few bytes costs as much as one of the whole buffer. Only time tells, and only
 * the simulator's books know.
 *
 * @module
 */
import type { Buffer } from "../../workspace/objects.ts";
import { bookedSince, booksOf } from "../../workspace/device_side.ts";
import { memoryOf } from "../../workspace/maps.ts";
import { flushOf, hasCachedMaps } from "./_cached_maps.ts";
import { fastest, timeText } from "./_time.ts";
import type { Expect, Observed, Probe } from "../probe.ts";
import { type Bench, cannotBeTold, LARGE, notApplicable, SMALL } from "../probe_bench.ts";

/** Bytes that are synced. */
const FEW = 64;
/** How much dearer the whole buffer has to be for times to tell anything. */
const CLEARLY = 4;

// Times prove nothing: only the books are held to it.
const exact: Expect = ({ books }) =>
  books === undefined
    ? undefined
    : { kept: books.kept, wanted: "a sync touches the lines of its range and no others" };

interface Times {
  readonly few: number;
  readonly all: number;
}

/** Times of syncing a few freshly written bytes, and the whole of a freshly written buffer. */
function timesOf(bench: Bench, buffer: Buffer): Times {
  const { device } = bench;
  const { kernel } = bench.workspace;
  const flush = flushOf(device);
  const sync = (length: number): void =>
    device.driver.sync(device, buffer, flush, [{ offset: 0n, length: BigInt(length) }]);
  return bench.mapped(buffer, { writable: true, via: "node" }, (access) => {
    const write = (length: number): void => access.write(0, new Uint8Array(length));
    // The pages come with the first write, and the device's own mapping with the first sync.
    write(buffer.size);
    sync(buffer.size);
    return {
      few: fastest(kernel, () => sync(FEW), () => write(FEW)),
      all: fastest(kernel, () => sync(buffer.size), () => write(buffer.size)),
    };
  });
}

/** What the books count for one sync of a few bytes. */
function booksOfOne(bench: Bench, buffer: Buffer): Pick<Observed, "books"> {
  const { device, workspace } = bench;
  const memory = memoryOf(workspace, buffer);
  const before = booksOf(workspace, memory);
  device.driver.sync(device, buffer, flushOf(device), [{ offset: 0n, length: BigInt(FEW) }]);
  const books = bookedSince(before, booksOf(workspace, memory));
  const line = workspace.kernel.deviceSide?.lineBytes;
  if (books === undefined || line === undefined) return {};
  const { linesTouched } = books;
  return {
    books: {
      kept: linesTouched <= Math.max(1, Math.ceil(FEW / line)),
      detail: `${FEW} bytes touched ${linesTouched} of ${buffer.size / line} lines`,
    },
  };
}

export const probe: Probe = {
  id: "sync-range-exact",
  question: "64 bytes of a small buffer and of a large one are synced.",
  rule: "range-not-exact",
  kernel: exact,
  threads: exact,
  run(bench): Observed {
    const { device, subject } = bench;
    flushOf(device);
    if (hasCachedMaps(device) !== true) throw cannotBeTold("its buffers are not cached");
    if (subject.coherency !== "non-coherent") {
      throw notApplicable("the device is coherent, and a sync has nothing to do");
    }
    const small = timesOf(bench, bench.buffer({ cached: true, size: BigInt(SMALL) }));
    const buffer = bench.buffer({ cached: true, size: BigInt(LARGE) });
    const large = timesOf(bench, buffer);
    const numbers = {
      few_of_small_ns: small.few,
      few_of_large_ns: large.few,
      all_of_large_ns: large.all,
    };
    const told = `64 B of 4 KiB ${timeText(small.few)}, 64 B of 1 MiB ${timeText(large.few)}, ` +
      `all of 1 MiB ${timeText(large.all)}`;
    const books = booksOfOne(bench, buffer);
    const whole = Math.max(large.all, large.few);
    if (whole < CLEARLY * small.few) {
      const detail = `all of a buffer takes hardly longer than 64 bytes (${told})`;
      return { answer: "cannot-be-told", detail, numbers, ...books };
    }
    const detail = large.few < whole / CLEARLY
      ? `a range that is exact: ${told}`
      : `a range that is a hint: ${told}`;
    return { answer: "consistent", detail, numbers, ...books };
  },
};
