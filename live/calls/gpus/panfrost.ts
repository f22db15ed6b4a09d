/** Both panfrost devices, the first not coherent. */
import { panfrost as uapi } from "../../../ffi/uapi/panfrost.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

const calls: Gpu["calls"] = {
  create: (bench, fd, size, flags) => bench.must(uapi.ioctls.CREATE_BO, { size, flags }, fd).handle,
  offset: (bench, fd, handle) => bench.must(uapi.ioctls.MMAP_BO, { handle }, fd).offset,
};

export const gpus: readonly Gpu[] = [
  {
    driver: "panfrost",
    node: nodes.panfrost,
    sibling: nodes.panfrostCoherent,
    coherent: false,
    calls,
  },
  {
    driver: "panfrost",
    node: nodes.panfrostCoherent,
    sibling: nodes.panfrost,
    coherent: true,
    calls,
  },
];
