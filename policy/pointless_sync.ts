/**
 * What no cache holds needs no maintenance.
 *
 * @module
 */
import { isCoherent } from "./_effect.ts";
import { Reach } from "./_reach.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "pointless-sync",
  severity: "note",
  profile: "threads",
  summary: "Memory that no cache holds, or whose caches the device snoops, is not synced.",
  why:
    "The call does nothing and costs a system call each time. Often it tells that the caching in " +
    "effect is another than its author believes: a flag that was forgotten, or a device that is " +
    "coherent. Told once for each buffer. Begin and end of a dma-buf are not meant: they wait for " +
    "fences, and their user cannot know the exporter's caching.",
  source: 'Boris Brezillon, "drm/panfrost, panthor: Cached maps and explicit flushing", from v2 ' +
    "(10 Oct 2025) on: the GPU's coherency is told to user space so that it can skip cache " +
    "maintenance, and Mesa does.",
  enforced: "no",
  kernel: "Not refused: BO_SYNC of panthor (1.7) and SYNC_BO of panfrost (1.6; both not in 6.12, " +
    "in 7.2) validate the ranges and return 0 for write-combined buffers; for coherent devices " +
    "the DMA API does nothing.",
  fix: "Leave it to the portable form, which makes no call where there is nothing to do:\n" +
    "  boctl sync bo1 --range 0:64 --for device --access w",
  watch(report): Watch {
    const reach = new Reach();
    const told = new Set<string>();
    return {
      take(event): void {
        reach.take(event);
        if (event.kind === "create") told.delete(event.memory);
        if (event.kind !== "sync" || told.has(event.memory)) return;
        if (event.effect === "wait" || event.effect === "none") return;
        const combined = event.caching === "write-combined" || event.caching === "uncached";
        if (!combined && !isCoherent(reach.coherencyOf(event.device))) return;
        told.add(event.memory);
        const because = combined
          ? `${event.of} is ${event.caching}`
          : `${event.device} snoops the CPU's caches`;
        report({
          message: `The sync of ${event.of} does nothing: ${because}`,
          at: event.at,
          events: [event.seq],
        });
      },
      gone(memory): void {
        reach.forget(memory);
        told.delete(memory);
      },
    };
  },
};
