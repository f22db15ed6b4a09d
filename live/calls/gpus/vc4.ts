/** The VideoCore IV, which tells nothing in fdinfo. */
import { vc4 as uapi } from "../../../ffi/uapi/vc4.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

export const gpus: readonly Gpu[] = [
  {
    driver: "vc4",
    node: nodes.vc4,
    sibling: nodes.v3d,
    coherent: false,
    fdinfo: () => false,
    calls: {
      create: (bench, fd, size, flags) =>
        bench.must(uapi.ioctls.CREATE_BO, { size, flags }, fd).handle,
      offset: (bench, fd, handle) => bench.must(uapi.ioctls.MMAP_BO, { handle }, fd).offset,
    },
  },
];
