/** @module */
import type { Fact } from "../fact.ts";

export const fact: Fact = {
  id: "msm-leaves-caches-to-user-space",
  summary: "msm's CPU_PREP and CPU_FINI wait, and touch no cache; neither does its dma-bufs' SYNC.",
  why:
    "The names are those of etnaviv's calls, which do maintain the caches, of whole buffers. A " +
    "program that syncs cached msm buffers by them is as wrong as one that does not sync, so that " +
    "no rule counts them for a clean or an invalidate.",
  source: "drivers/gpu/drm/msm/msm_gem.c, msm_gem_cpu_prep() and msm_gem_cpu_fini(): the cache " +
    "maintenance in both is still to be done. Faith Ekstrand, in her answer to the thread of 17 Oct " +
    '2025 on dri-devel ("drm/panfrost, panthor: Cached maps and explicit flushing" v4), is not ' +
    "sure of msm.",
  kernel: "Alike up to 7.3, CACHED exports included; CACHED_COHERENT buffers, where the GPU " +
    "has them, are snooped and need nothing.",
  instead: "Ask for write-combined buffers, or clean the lines in user space:\n" +
    "  boctl create --size 4KiB --as bo1",
};
