/** The V3D 4.2. */
import { v3d as uapi } from "../../../ffi/uapi/v3d.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

export const gpus: readonly Gpu[] = [
  {
    driver: "v3d",
    node: nodes.v3d,
    sibling: nodes.panfrost,
    coherent: false,
    calls: {
      create: (bench, fd, size, flags) =>
        bench.must(uapi.ioctls.CREATE_BO, { size, flags }, fd).handle,
      offset: (bench, fd, handle) => bench.must(uapi.ioctls.MMAP_BO, { handle }, fd).offset,
    },
  },
];
