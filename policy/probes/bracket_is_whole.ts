/**
 * What begin and end cost in a small and in a large dma-buf: they have no range.
 *
 * @module
 */
import { syncDmaBuf } from "../../drivers/dma_buf.ts";
import { bookedSince, booksOf } from "../../workspace/device_side.ts";
import { memoryOf } from "../../workspace/maps.ts";
import { flushIn } from "./_cached_maps.ts";
import { fastest, timeText } from "./_time.ts";
import type { Observed, Probe } from "../probe.ts";
import { type Bench, LARGE, SMALL } from "../probe_bench.ts";
import type { DmaBuf } from "../../workspace/objects.ts";

/** How much dearer the large one has to be. */
const CLEARLY = 4;

/**
 * A dma-buf of cached memory where the subject has it. The hooks act on device mappings that exist:
 * a driver's sync makes the device's own, on pages that the CPU's write brought.
 */
function cachedDmaBuf(bench: Bench, size: number): DmaBuf {
  if (bench.subject.cachedMaps !== true) return bench.dmaBuf({ rdwr: true, size });
  const { device } = bench;
  const buffer = bench.buffer({ cached: true, size: BigInt(size) });
  bench.mapped(buffer, { writable: true, via: "node" }, (access) => {
    access.write(0, new Uint8Array(size));
  });
  const flush = flushIn(device);
  if (flush !== undefined) {
    device.driver.sync(device, buffer, flush, [{ offset: 0n, length: BigInt(size) }]);
  }
  return bench.export(buffer);
}

export const probe: Probe = {
  id: "bracket-is-whole",
  question: "CPU access to a small and to a large dma-buf begins and ends.",
  rule: "dma-buf-sync-has-no-range",
  run(bench): Observed {
    const { workspace } = bench;
    const { kernel } = workspace;
    const bracket = ({ fd, name }: DmaBuf): void => {
      syncDmaBuf(kernel, fd, name, "begin", "rw");
      syncDmaBuf(kernel, fd, name, "end", "rw");
    };
    const small = cachedDmaBuf(bench, SMALL);
    const large = cachedDmaBuf(bench, LARGE);
    // The first of some exporters makes what the others use.
    bracket(small);
    bracket(large);
    const memory = memoryOf(workspace, large);
    const before = booksOf(workspace, memory);
    bracket(large);
    const books = bookedSince(before, booksOf(workspace, memory));
    const times = [small, large].map((one) => fastest(kernel, () => bracket(one)));
    const [ofSmall = 0, ofLarge = 0] = times;
    const told = `4 KiB ${timeText(ofSmall)}, 1 MiB ${timeText(ofLarge)}`;
    return {
      answer: "consistent",
      detail: ofLarge >= CLEARLY * ofSmall
        ? `maintenance of the whole buffer: ${told}`
        : `a cost that does not depend on the size: ${told}`,
      numbers: { small_ns: ofSmall, large_ns: ofLarge },
      ...(books === undefined
        ? {}
        : { books: { kept: true, detail: `${books.linesTouched} lines touched in 1 MiB` } }),
    };
  },
};
