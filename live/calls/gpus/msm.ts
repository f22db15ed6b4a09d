/** The msm device, not coherent. */
import { msm as uapi } from "../../../ffi/uapi/msm.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

const { MSM_BO_CACHE_MASK, MSM_BO_WC } = uapi.constants;

export const gpus: readonly Gpu[] = [
  {
    driver: "msm",
    node: nodes.msm,
    sibling: nodes.panfrost,
    coherent: false,
    calls: {
      /** Write-combined where the flags say nothing of caching. */
      create(bench, fd, size, flags): number {
        const all = (flags & MSM_BO_CACHE_MASK) === 0 ? flags | MSM_BO_WC : flags;
        return bench.must(uapi.ioctls.GEM_NEW, { size: BigInt(size), flags: all }, fd).handle;
      },
      offset: (bench, fd, handle) => bench.must(uapi.ioctls.GEM_INFO, { handle }, fd).value,
    },
  },
];
