/** @module */
import type { Fact } from "../fact.ts";

export const fact: Fact = {
  id: "dma-buf-sync-has-no-range",
  summary: "DMA_BUF_IOCTL_SYNC begins and ends a CPU access to the whole buffer.",
  why:
    "Its argument has a direction and nothing else. Who sub-allocates, or works on a buffer while " +
    "the device does, syncs his neighbours' bytes along with his own; a begin for reading even " +
    "drops what they wrote (invalidate-discards-writes tells of that). No program can do better " +
    "through this interface.",
  source: 'Boris Brezillon, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): the 'entire-buf' granularity is a problem, and there's no way around " +
    "it with the current dma-buf API. struct dma_buf_sync in include/uapi/linux/dma-buf.h.",
  kernel:
    "Alike from 6.1 to 7.3. Exporters' hooks work on every attachment's whole table; they do " +
    "nothing where nobody has the buffer mapped for a device.",
  instead:
    "Say --whole, so that nobody is surprised, or use the driver's ranges where the buffer " +
    "is its own:\n" +
    "  boctl sync db1 --op begin --access r --whole\n" +
    "  boctl sync bo1 --range 0:64 --for cpu --access r",
};
