/** Both panthor devices, the first not coherent. */
import { panthor as uapi } from "../../../ffi/uapi/panthor.ts";
import * as nodes from "../../cases/_nodes.ts";
import type { Gpu } from "../_gpus.ts";

/** panthor of 6.12 shows nothing of its own. */
const fdinfo = (recent: boolean): boolean => recent;

const calls: Gpu["calls"] = {
  create(bench, fd, size, flags, vm): number {
    const values = { size: BigInt(size), flags, exclusive_vm_id: vm };
    return bench.must(uapi.ioctls.BO_CREATE, values, fd).handle;
  },
  offset: (bench, fd, handle) => bench.must(uapi.ioctls.BO_MMAP_OFFSET, { handle }, fd).offset,
};

export const gpus: readonly Gpu[] = [
  {
    driver: "panthor",
    node: nodes.panthor,
    sibling: nodes.panthorCoherent,
    coherent: false,
    fdinfo,
    calls,
  },
  {
    driver: "panthor",
    node: nodes.panthorCoherent,
    sibling: nodes.panthor,
    coherent: true,
    fdinfo,
    calls,
  },
];
