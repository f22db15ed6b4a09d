/**
 * What leaves the process is write-combined.
 *
 * @module
 */
import type { Entry } from "./_entry.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "cached-export",
  severity: "warning",
  profile: "threads",
  summary: "A buffer that leaves the process is write-combined where the device is not coherent.",
  why:
    "The exporter cannot know who imports the buffer. With cached memory every importer has to " +
    "bracket every CPU access, and a bracket is about the whole buffer: it fits no user that " +
    "sub-allocates or works on the buffer while the device does. An importer that does not know " +
    "or does not care reads stale bytes.",
  source: 'dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and explicit flushing" ' +
    'v4). Faith Ekstrand: "Exported buffers should be WC-only. [...] the moment we let the lack ' +
    "of coherency leak to other processes, potentially to other drivers, we're in a world of " +
    'hurt." Boris Brezillon accepts that, wants the export of a WB_MMAP buffer to fail in panfrost, ' +
    "and notes that nothing prevents CACHED + EXPORTABLE in PVR either.",
  enforced: "no",
  kernel: "Not enforced. From v5 (30 Oct 2025) on the series lets cached buffers be exported and " +
    "gives panfrost 1.6 and panthor 1.7 begin/end hooks instead (not in 6.12, in 7.2). msm and " +
    "etnaviv export CACHED buffers without hooks. Mesa's panvk keeps the rule: it asks for " +
    "WB_MMAP only where the memory is not exportable.",
  fix: "Make the buffer without --cached, which is write-combined:\n" +
    "  boctl create --size 4KiB --as bo1\n" +
    "  boctl export bo1 --rdwr --as db1\n" +
    "Keep --cached for buffers that stay at home, and on panthor say so:\n" +
    "  boctl create --size 4KiB --cached --private --as scratch",
  watch(report): Watch {
    const devices = new Map<string, Entry<"open">>();
    /** Own creations that were not told of yet, by name. */
    const created = new Map<string, Entry<"create">>();
    return {
      take(event): void {
        if (event.kind === "open") devices.set(event.device, event);
        else if (event.kind === "create") created.set(event.buffer, event);
        else if (event.kind === "import") created.delete(event.buffer);
        else if (event.kind === "close" && event.what === "buffer") created.delete(event.name);
        if (event.kind !== "export" || event.caching !== "write-back") return;
        // An import is exported as its exporter's dma-buf again: that one answers for it.
        const made = created.get(event.buffer);
        const device = devices.get(event.device);
        if (made === undefined || device?.coherency !== "non-coherent") return;
        created.delete(event.buffer);
        report({
          message: `Export ${event.dmaBuf} lets ${event.buffer} leave the process with cached ` +
            `(write-back) CPU maps, and ${event.device} does not see the CPU's caches`,
          at: event.at,
          events: [device.seq, made.seq, event.seq],
        });
      },
    };
  },
};
