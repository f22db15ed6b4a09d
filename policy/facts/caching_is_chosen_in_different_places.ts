/** @module */
import type { Fact } from "../fact.ts";

export const fact: Fact = {
  id: "caching-is-chosen-in-different-places",
  summary: "Who chooses how the CPU's maps are cached, and when, differs from driver to driver.",
  why:
    "What a program asks for is not what it gets: the rules judge the caching in effect, which " +
    "each driver's code here knows. Where it cannot be asked for, boctl says so (exit 77) and does " +
    "not pretend.",
  source: "The drivers' gem files in drivers/gpu/drm: panthor, panfrost, xe, amdgpu, nouveau, " +
    "i915/gem/i915_gem_mman.c, imagination/pvr_gem.c, virtio.",
  kernel: "As of 7.3. At creation: panthor, panfrost (WB_MMAP), etnaviv, msm, xe (cpu_caching, " +
    "mandatory; a card's system memory is cached whatever is asked), amdgpu (system memory cached " +
    "unless CPU_GTT_USWC). At mmap: i915 on integrated GPUs (WB, WC, UC), and nobody on cards " +
    "(FIXED). By the place alone: nouveau (GART cached), and VRAM of amdgpu, xe and nouveau, which " +
    "is write-combined and changes when the buffer moves. By the device alone: powervr " +
    "(write-combined, or cached where it is DMA coherent; user space cannot ask). Not at all: the " +
    "guest's pages of virtio_gpu are cached.",
  instead: "Ask, and see what came of it:\n" +
    "  boctl create --size 4KiB --cached --as a\n" +
    "  boctl info a",
};
