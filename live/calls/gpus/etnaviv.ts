/** The etnaviv device, not coherent. */
import { etnaviv as uapi } from "../../../ffi/uapi/etnaviv.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

const { ETNA_BO_CACHE_MASK, ETNA_BO_WC } = uapi.constants;

export const gpus: readonly Gpu[] = [
  {
    driver: "etnaviv",
    node: nodes.etnaviv,
    sibling: nodes.panfrost,
    coherent: false,
    calls: {
      /** Write-combined where the flags say nothing of caching. */
      create(bench, fd, size, flags): number {
        const all = (flags & ETNA_BO_CACHE_MASK) === 0 ? flags | ETNA_BO_WC : flags;
        const values = { size: BigInt(size), flags: all };
        return bench.must(uapi.ioctls.GEM_NEW, values, fd).handle;
      },
      offset: (bench, fd, handle) => bench.must(uapi.ioctls.GEM_INFO, { handle }, fd).offset,
    },
  },
];
