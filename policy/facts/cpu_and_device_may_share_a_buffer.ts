/** @module */
import type { Fact } from "../fact.ts";

export const fact: Fact = {
  id: "cpu-and-device-may-share-a-buffer",
  summary: "The CPU and a device may work on one buffer at the same time, where they do not race.",
  why:
    "Prep and fini, begin and end are cache maintenance and waiting, and no ownership. A rule that " +
    "forbade to touch a buffer while a job runs would forbid what Vulkan allows; here only " +
    "race-on-same-bytes and line-shared-by-writers speak of that, and of the bytes alone.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    'explicit flushing" v4): "Once the client has a map, they are free to access from the CPU ' +
    'while stuff is running on the GPU." A design that takes a buffer to be used by one of the ' +
    "two at a time is GLish.",
  kernel: "Nothing tracks ownership. The begin of a dma-buf waits for the fences of all of the " +
    "buffer's users, whichever bytes they work on.",
  instead: "Keep to lines of your own and sync exact ranges:\n" +
    "  boctl sync bo1 --range 64:64 --for device --access w",
};
