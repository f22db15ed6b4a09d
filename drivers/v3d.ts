/**
 * v3d: Broadcom VideoCore VI and later. Sources: drivers/gpu/drm/v3d/v3d_bo.c,
 * include/uapi/drm/v3d_drm.h.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import { v3d as uapi } from "../ffi/uapi/v3d.ts";
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

/** The largest size whose pages fit v3d's 32 bits. */
const LARGEST = 0xffff_f000n;

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("v3d");
  checkWriteCombined("v3d", request);
  const flags = flagWord(v3d, request.flags);
  const made = checkedCall(
    device,
    uapi.ioctls.CREATE_BO,
    { size: Number(request.size), flags },
    (code) => {
      if (code === errno.EINVAL && request.size > LARGEST) {
        return "the size is rounded up to pages in 32 bits, where that is 0";
      }
      if (code === errno.ENOSPC) return "no room is left in the device's 4 GiB of GPU addresses";
      if (code !== errno.EINVAL) return undefined;
      if (flags !== 0) return "v3d has no flags";
      return request.size === 0n ? "a size of 0 is not a buffer" : undefined;
    },
  );
  return {
    handle: made.handle,
    // CREATE_BO does not write the rounded size back: v3d_create_bo_ioctl() rounds to pages.
    size: inPages(device, request.size),
    flagWord: flags,
    caching: "write-combined",
    private: false,
  };
}

/** WAIT_BO's time-out counts from the call: ETIME at its end, EAGAIN if some of it was left. */
function ask(device: OpenDevice, handle: number, timeout_ns: bigint): boolean {
  return isIdle(device, uapi.ioctls.WAIT_BO, { handle, timeout_ns }, [errno.ETIME, errno.EAGAIN]);
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  return { gpuAddress: checkedCall(device, uapi.ioctls.GET_BO_OFFSET, { handle }).offset };
}

export const v3d: Driver = {
  name: "v3d",
  calls: {
    create: uapi.ioctls.CREATE_BO.name,
    mapOffset: uapi.ioctls.MMAP_BO.name,
  },
  summary: "VideoCore VI and later (Raspberry Pi 4, 5): always write-combined",
  flagNames: {},
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) => checkedCall(device, uapi.ioctls.MMAP_BO, { handle }).offset,
  syncOps: {},
  plan: (_device, buffer) => planWriteCombined("v3d", buffer),
  sync: () => {},
  wait: { by: uapi.ioctls.WAIT_BO.name, ask },
  query,
};
