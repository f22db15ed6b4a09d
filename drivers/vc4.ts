/**
 * vc4: Broadcom VideoCore IV. The display of later ones has the same name and none of the calls: its
 * buffers are dumb ones. Sources: drivers/gpu/drm/vc4/vc4_bo.c, vc4_drv.c,
 * include/uapi/drm/vc4_drm.h.
 *
 * @module
 */
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { vc4 as uapi } from "../ffi/uapi/vc4.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  inPages,
  isIdle,
  type OpenDevice,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagWord } from "./flags.ts";
import { checkWriteCombined, planWriteCombined } from "./write_combined.ts";

/**
 * Whether there is a GPU, asked once for an open file: without one GET_PARAM is EINVAL, as there are
 * no calls, or ENODEV.
 */
function hasGpu({ kernel, fd, scratch }: OpenDevice): boolean {
  const param = uapi.constants.DRM_VC4_PARAM_SUPPORTS_BRANCHES;
  const known = scratch.get("gpu") ??
    (call(kernel, fd, uapi.ioctls.GET_PARAM, { param }).result === 0 ? 1 : 0);
  scratch.set("gpu", known);
  return known === 1;
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  checkWriteCombined("vc4", request);
  if (request.dumb !== undefined || !hasGpu(device)) {
    return { ...dumb.create(device, request), caching: "write-combined" };
  }
  const flags = flagWord(vc4, request.flags);
  const made = checkedCall(
    device,
    uapi.ioctls.CREATE_BO,
    { size: Number(request.size), flags },
    (code) => {
      if (code === errno.ENOMEM) return "there is no contiguous memory (CMA) of that size left";
      if (code !== errno.EINVAL) return undefined;
      return request.size === 0n ? "a size of 0 is not a buffer" : undefined;
    },
  );
  return {
    handle: made.handle,
    // CREATE_BO does not write the rounded size back: vc4_bo_create() rounds to pages.
    size: inPages(device, request.size),
    flagWord: flags,
    caching: "write-combined",
    private: false,
  };
}

/** WAIT_BO's time-out counts from the call; ETIME at its end. */
function ask(device: OpenDevice, handle: number, timeout_ns: bigint): boolean {
  return isIdle(device, uapi.ioctls.WAIT_BO, { handle, timeout_ns }, [errno.ETIME]);
}

export const vc4: Driver = {
  name: "vc4",
  calls: {
    create: uapi.ioctls.CREATE_BO.name,
    mapOffset: uapi.ioctls.MMAP_BO.name,
  },
  summary: "VideoCore IV (Raspberry Pi up to 3) and later displays: contiguous, write-combined",
  flagNames: {},
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) =>
    hasGpu(device)
      ? checkedCall(device, uapi.ioctls.MMAP_BO, { handle }).offset
      : dumb.mmapOffset(device, handle),
  syncOps: {},
  plan: (_device, buffer) => planWriteCombined("vc4", buffer),
  sync: () => {},
  wait: { by: uapi.ioctls.WAIT_BO.name, ask },
};
