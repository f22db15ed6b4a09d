/**
 * A dma-buf's access mode is what its receiver may do.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import { FirstModes } from "./_first_mode.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "writable-map-of-read-only-export",
  severity: "error",
  profile: "kernel",
  summary: "A dma-buf that is read-only is not mapped for writing.",
  why: "The first export fixes the access mode of a dma-buf for its life. Where that was without " +
    "DRM_RDWR, a writable mmap of the descriptor fails with EACCES (a warning here: nothing was " +
    "damaged).\n" +
    "An importer's DRM node lets the same map through: what is checked is the node's mode, not " +
    "the dma-buf's. The receiver of a read-only buffer then writes to it, and the process that " +
    "gave it away has no means to notice.",
  source:
    'Boris Brezillon, "[RFC PATCH] mesa: Export BOs in RW mode", mesa-dev, 3 Jul 2019: exported ' +
    "BOs might be imported back, then mmap()-ed to be written to. The hole: dma_buf_mmap() in " +
    "drivers/dma-buf/dma-buf.c tests no f_mode.",
  enforced: "in part",
  kernel: "mmap of the descriptor: EACCES from the core mm. mmap " +
    "through an importer's node: not enforced up to 7.3; seen on panfrost, panthor, lima, " +
    "etnaviv and msm.",
  hazard: "The write goes to memory that another process counts on not being written.",
  fix: "Whoever must write needs the first export to be writable:\n" +
    "  boctl export bo1 --rdwr --as db1\n" +
    "Whoever must not write maps the dma-buf, not the import, and only for reading:\n" +
    "  boctl mmap db1 --bracket --read 0:64",
  watch(report): Watch {
    const modes = new FirstModes();
    return {
      take(event): void {
        modes.take(event);
        if (event.kind !== "map" || !event.writable || event.mode !== "ro") return;
        const first = modes.of(event.memory);
        const found = {
          at: event.at,
          events: first === undefined ? [event.seq] : [first.seq, event.seq],
        };
        const because = modes.text(event.memory, event.at);
        if (event.via === "dma-buf" && event.errno === errno.EACCES) {
          report({
            ...found,
            severity: "warning",
            message: `A writable map of ${event.of} was refused with EACCES: the dma-buf is ` +
              `read-only; ${because}`,
          });
        } else if (event.importThroughNode && event.errno === 0) {
          report({
            ...found,
            message: `${event.map} maps ${event.of} for writing through its importer's node ` +
              `although the dma-buf is read-only, which the kernel did not check and the exporter ` +
              `cannot notice; ${because}`,
          });
        }
      },
      gone: (memory) => modes.forget(memory),
    };
  },
};
