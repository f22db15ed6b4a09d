/**
 * Who exports cached memory has hooks for its CPU accesses.
 *
 * @module
 */
import type { Entry } from "./_entry.ts";
import { hasHooks } from "./_hooks.ts";
import { missedBy, Reach } from "./_reach.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "cached-export-without-hooks",
  severity: "error",
  profile: "threads",
  summary: "A cached dma-buf of a non-coherent device has begin and end hooks.",
  why: "The exporter cannot know who imports the buffer and maps it. Without hooks " +
    "DMA_BUF_IOCTL_SYNC waits for fences and touches no cache: an importer that brackets every " +
    "access, as it is told to, reads and writes stale bytes all the same, and has no other call.",
  source: 'Boris Brezillon, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): we're not in control of who the importer of our buffers is, " +
    "therefore the hooks; and nothing prevents CACHED + EXPORTABLE in PVR. Faith Ekstrand, same " +
    "thread, is not sure of msm either.",
  enforced: "in part",
  kernel: "Not enforced. panfrost 1.6 and panthor 1.7 got hooks with their cached maps (not in " +
    "6.12, in 7.2) and carry their own exporter name since. msm and etnaviv export CACHED buffers " +
    "without hooks up to 7.3; powervr has none, but user space cannot make cached buffers there.",
  fix: "Make what leaves the process write-combined:\n" +
    "  boctl create --size 4KiB --as bo1\n" +
    "  boctl export bo1 --rdwr --as db1\n" +
    "and see who the exporter is:\n" +
    "  boctl info db1",
  watch(report): Watch {
    const reach = new Reach();
    /** Own creations that were not told of yet, by name. */
    const created = new Map<string, Entry<"create">>();
    return {
      take(event): void {
        reach.take(event);
        if (event.kind === "create") created.set(event.buffer, event);
        else if (event.kind === "import") created.delete(event.buffer);
        else if (event.kind === "close" && event.what === "buffer") created.delete(event.name);
        if (event.kind !== "export" || event.caching !== "write-back") return;
        const made = created.get(event.buffer);
        const severity = missedBy(reach.coherencyOf(event.device));
        if (made === undefined || severity === undefined || hasHooks(event.exporter)) return;
        created.delete(event.buffer);
        report({
          message: `Export ${event.dmaBuf} of ${event.buffer} is cached (write-back) and its ` +
            `exporter, "${event.exporter}", has no begin and end hooks that touch caches: no importer ` +
            `can sync it`,
          at: event.at,
          events: [made.seq, event.seq],
          severity,
        });
      },
      gone: (memory) => reach.forget(memory),
    };
  },
};
