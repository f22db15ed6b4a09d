/** @module */
import type { Fact } from "../fact.ts";

export const fact: Fact = {
  id: "no-export-within-a-driver",
  summary: "An export cannot be kept to one driver: every dma-buf may come to any importer.",
  why:
    "Cached memory would be harmless in the hands of the same driver, which knows how to sync it: " +
    "Vulkan's opaque descriptors are meant for that. The kernel has one kind of export, and cannot " +
    "tell the two apart. So cached-export warns of all of them.",
  source: "Faith Ekstrand's answer to the thread of 17 Oct 2025 on dri-devel (\"drm/panfrost, " +
    'panthor: Cached maps and explicit flushing" v4): buffers that are exported as OPAQUE_FD only ' +
    "could be cached later; not worth it now.",
  kernel: "No such distinction up to 7.3. What refuses an export refuses it for everybody " +
    "(export-of-private).",
  instead: "Decide at creation: cached and private, or write-combined and exportable:\n" +
    "  boctl create --size 4KiB --cached --private --as scratch\n" +
    "  boctl create --size 4KiB --as shared",
};
