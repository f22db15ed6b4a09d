/** @module */
import type { Fact } from "../fact.ts";

export const fact: Fact = {
  id: "caching-cannot-be-read-back",
  summary:
    "The kernel does not tell how a mapping is cached, and of few buffers how they were made.",
  why:
    "The rules judge the caching in effect: what a buffer's flags, its driver and its device's " +
    "coherency make of it. Of a buffer that another process made, none of that is known, and rules " +
    "say so (unknown) instead of guessing. How fast a map is read hints at it, and proves nothing.",
  source:
    "include/uapi/drm/panthor_drm.h, drm_panthor_bo_query_info: the flags of the creation, 0 " +
    "for imports; panfrost's reports WB_MMAP for whatever is not write-combined.",
  kernel:
    "BO_QUERY_INFO since panthor 1.7, QUERY_BO_INFO since panfrost 1.6 (not in 6.12, in 7.2), " +
    "GET_FLAGS of GEM_INFO on msm, EINVAL for imports; GEM_OP on amdgpu. powervr and xe tell " +
    "nothing. " +
    "Neither /proc/self/maps nor fdinfo has the caching of a map.",
  instead: "See what is known, and from where:\n" +
    "  boctl info bo1",
};
