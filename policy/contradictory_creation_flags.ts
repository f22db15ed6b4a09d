/**
 * A buffer is not asked to be mapped cached and not to be mapped.
 *
 * @module
 */
import { errno, errnoName } from "../ffi/errno.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "contradictory-creation-flags",
  severity: "warning",
  profile: "kernel",
  summary: "Cached CPU maps are asked for only of buffers that the CPU can map.",
  why:
    "WB_MMAP chooses the caching of CPU maps. A buffer that is made never to be mapped, or whose " +
    "pages appear as the GPU faults, has none: kernels refuse the pair, and a fallback that drops " +
    "the wrong flag of the two has a buffer that it cannot map, or that is cached for nothing.",
  source: "include/uapi/drm/panthor_drm.h, DRM_PANTHOR_BO_WB_MMAP: can't be set if " +
    "DRM_PANTHOR_BO_NO_MMAP is. include/uapi/drm/panfrost_drm.h says the same of HEAP and " +
    'WB_MMAP. Both from the series "drm/panfrost, panthor: Cached maps and explicit flushing", ' +
    "v8, 8 Dec 2025.",
  enforced: "yes",
  kernel:
    "Enforced: EINVAL from BO_CREATE since panthor 1.7 and from CREATE_BO since panfrost 1.6 " +
    "(not in 6.12, in 7.2; before, WB_MMAP is EINVAL by itself).",
  fix: "Say one of the two:\n" +
    "  boctl create --size 4KiB --cached --as bo1\n" +
    "  boctl create --size 4KiB --no-mmap --as bo2",
  watch(report): Watch {
    return {
      take(event): void {
        if (event.kind !== "refused" || event.what !== "create" || event.cached !== true) return;
        if (event.errno !== errno.EINVAL) return;
        const other = event.noMmap === true ? "not mapped" : event.heap === true ? "a heap" : "";
        if (other === "") return;
        report({
          message: `A creation on ${event.device ?? event.of} asked for cached maps of a buffer ` +
            `that is ${other}, and was refused with ${errnoName(event.errno)}`,
          at: event.at,
          events: [event.seq],
        });
      },
    };
  },
};
