/**
 * lima: Mali-400 and Mali-450. Sources: drivers/gpu/drm/lima/lima_drv.c, lima_gem.c,
 * include/uapi/drm/lima_drm.h.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import { lima as uapi } from "../ffi/uapi/lima.ts";
import {
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  inPages,
  isIdle,
  noDumbBuffers,
  type OpenDevice,
  type QueriedBuffer,
} from "./driver.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import { flagWord } from "./flags.ts";
import { checkWriteCombined, planWriteCombined } from "./write_combined.ts";

const HEAP = uapi.constants.LIMA_BO_FLAG_HEAP;

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("lima");
  checkWriteCombined("lima", request);
  const flags = flagWord(lima, request.flags);
  const made = checkedCall(
    device,
    uapi.ioctls.GEM_CREATE,
    { size: Number(request.size), flags },
    (code) => {
      // A heap is as large as it likes to be: its pages come with the GPU's faults.
      if (code === errno.ENOMEM && (flags & HEAP) === 0) {
        return "all its pages are fetched at once, and memory has not as many";
      }
      if (code === errno.ENOSPC) return "no room is left in this open file's GPU addresses";
      if (code !== errno.EINVAL) return undefined;
      if ((flags & ~HEAP) !== 0) return "unknown flag bits";
      return request.size === 0n ? "a size of 0 is not a buffer" : undefined;
    },
  );
  return {
    handle: made.handle,
    // GEM_CREATE does not write the rounded size back: drm_gem_shmem_create() rounds to pages.
    size: inPages(device, request.size),
    flagWord: flags,
    caching: "write-combined",
    private: false,
    ...((flags & HEAP) === 0 ? {} : { unmapped: { by: "LIMA_BO_FLAG_HEAP", dmaBuf: false } }),
  };
}

/** GEM_WAIT for everybody: EBUSY when the absolute time-out had passed, ETIMEDOUT when it passed. */
function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const values = {
    handle,
    op: uapi.constants.LIMA_GEM_WAIT_WRITE,
    timeout_ns: device.kernel.now() + sliceNs,
  };
  return isIdle(device, uapi.ioctls.GEM_WAIT, values, [errno.EBUSY, errno.ETIMEDOUT]);
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  return { gpuAddress: checkedCall(device, uapi.ioctls.GEM_INFO, { handle }).va };
}

export const lima: Driver = {
  name: "lima",
  calls: {
    create: uapi.ioctls.GEM_CREATE.name,
    mapOffset: uapi.ioctls.GEM_INFO.name,
  },
  summary: "Mali-400 and Mali-450: always write-combined, heaps that no CPU maps",
  flagNames: { heap: HEAP },
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) => checkedCall(device, uapi.ioctls.GEM_INFO, { handle }).offset,
  syncOps: {},
  plan: (_device, buffer) => planWriteCombined("lima", buffer),
  sync: () => {},
  wait: { by: uapi.ioctls.GEM_WAIT.name, ask },
  query,
};
