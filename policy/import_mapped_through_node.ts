/**
 * An import is mapped through its dma-buf.
 *
 * @module
 */
import { errnoName } from "../ffi/errno.ts";
import type { Entry } from "./_entry.ts";
import { place } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "import-mapped-through-node",
  severity: "warning",
  profile: "threads",
  summary: "An imported buffer is mapped through its dma-buf, not through the importer's node.",
  why: "What a map through the importer's node does depends on the driver: it is redirected to " +
    "the exporter, made by the importer behind the exporter's back with its own caching, " +
    "refused, or accepted and SIGBUS at the first touch. The dma-buf's mmap is the exporter's, " +
    "which knows what its memory needs, and it keeps the access mode.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): just don't map PRIME buffers. Steven Price, mesa-dev, 3 Jul 2019: " +
    "user space simply remembers that a buffer is imported and keeps the file descriptor around " +
    "to mmap() it directly. Rob Herring, same thread: not illegal, but supposed to go through " +
    "the dma-buf mmap functions.",
  enforced: "in part",
  kernel: "As of 7.3: panfrost, panthor, v3d, lima and etnaviv redirect to the exporter; msm and " +
    "vc4 map directly; powervr, virtio_gpu, i915 and the dumb interface refuse; amdgpu, xe and " +
    "nouveau give SIGBUS.",
  hazard:
    "The first touch of such a map is a SIGBUS on amdgpu, xe and nouveau: it ends the process.",
  fix: "Map the dma-buf, or the import without --via node, which is the same:\n" +
    "  boctl mmap db1 --bracket --read 0:64",
  watch(report): Watch {
    const imports = new Map<string, Entry<"import">>();
    return {
      take(event): void {
        if (event.kind === "import") imports.set(event.buffer, event);
        if (event.kind === "close" && event.what === "buffer") imports.delete(event.name);
        if (event.kind !== "map" || event.via !== "node" || !event.importThroughNode) return;
        const made = imports.get(event.of);
        // PRIME gives a device its own object back: that is no import any more (drm_prime.c).
        if (made?.foreign === false) return;
        const where = made === undefined
          ? ""
          : ` (import of ${made.dmaBuf}, ${place(made.at, event.at)})`;
        report({
          message: event.errno === 0
            ? `${event.map} maps ${event.of}${where} through its importer's node instead of its ` +
              `dma-buf`
            : `A map of ${event.of}${where} through its importer's node was refused with ` +
              `${errnoName(event.errno)}; other drivers let it through`,
          at: event.at,
          events: made === undefined ? [event.seq] : [made.seq, event.seq],
          severity: event.errno === 0 ? "warning" : "note",
        });
      },
    };
  },
};
