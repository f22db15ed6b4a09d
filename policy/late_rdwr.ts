/**
 * The first export fixes the access mode.
 *
 * @module
 */
import { FirstModes } from "./_first_mode.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "late-rdwr",
  severity: "warning",
  profile: "kernel",
  summary: "DRM_RDWR is asked for at the first export, not at a later one.",
  why:
    "While a buffer's dma-buf lives, every export returns a descriptor of that same file. A later " +
    "export with DRM_RDWR succeeds and ignores the flag: the descriptor is read-only, and the " +
    "writable mmap that it was made for fails with EACCES, perhaps in another process.",
  source: "drm_gem_prime_handle_to_dmabuf() in drivers/gpu/drm/drm_prime.c returns the dma-buf " +
    "that the object has already. Why one wants DRM_RDWR at all: Boris Brezillon, " +
    '"[RFC PATCH] mesa: Export BOs in RW mode", mesa-dev, 3 Jul 2019.',
  enforced: "no",
  kernel: "Alike from 6.1 to 7.3, and nothing reports it. fcntl(F_GETFL) on the " +
    "descriptor tells the mode.",
  fix: "Export for writing first (Mesa's pan_kmod always does); DRM_RDWR without need costs " +
    "nothing:\n" +
    "  boctl export bo1 --rdwr --as db1\n" +
    "The mode cannot be changed: a buffer keeps its dma-buf as long as it has a handle. What was " +
    "exported read-only must be made anew.",
  watch(report): Watch {
    const modes = new FirstModes();
    return {
      take(event): void {
        if (event.kind === "export" && event.askedRdwr && event.mode === "ro") {
          const first = modes.of(event.memory);
          report({
            message: `Export ${event.dmaBuf} of ${event.buffer} asked for DRM_RDWR and is ` +
              `read-only all the same: ${modes.text(event.memory, event.at)}`,
            at: event.at,
            events: first === undefined ? [event.seq] : [first.seq, event.seq],
          });
        }
        modes.take(event);
      },
      gone: (memory) => modes.forget(memory),
    };
  },
};
