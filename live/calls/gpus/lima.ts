/** The Mali-400, which tells nothing in fdinfo. */
import { lima as uapi } from "../../../ffi/uapi/lima.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

export const gpus: readonly Gpu[] = [
  {
    driver: "lima",
    node: nodes.lima,
    sibling: nodes.v3d,
    coherent: false,
    fdinfo: () => false,
    calls: {
      create: (bench, fd, size, flags) =>
        bench.must(uapi.ioctls.GEM_CREATE, { size, flags }, fd).handle,
      offset: (bench, fd, handle) => bench.must(uapi.ioctls.GEM_INFO, { handle }, fd).offset,
    },
  },
];
