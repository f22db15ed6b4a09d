/**
 * powervr: PowerVR of Imagination, Series 6 and later (TI AM62).
 * Sources: drivers/gpu/drm/imagination/pvr_drv.c, pvr_gem.c, include/uapi/drm/pvr_drm.h.
 *
 * @module
 */
import { NotSupported } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { powervr as uapi } from "../ffi/uapi/powervr.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
  type Caching,
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  inPages,
  noDumbBuffers,
  type OpenDevice,
} from "./driver.ts";
import { flagWord } from "./flags.ts";
import { proposeMultiple } from "../syntax/size.ts";
import { nothingToSync } from "./nothing_to_sync.ts";

const { constants } = uapi;
const PM_FW_PROTECT = constants.DRM_PVR_BO_PM_FW_PROTECT;
const ALLOW_CPU = constants.DRM_PVR_BO_ALLOW_CPU_USERSPACE_ACCESS;
const flagNames = {
  "bypass-device-cache": constants.DRM_PVR_BO_BYPASS_DEVICE_CACHE,
  "pm-fw-protect": PM_FW_PROTECT,
  "allow-cpu-userspace-access": ALLOW_CPU,
};

/**
 * Write-combined, or write-back where the device is DMA coherent (pvr_gem_object_create(), since 6.16
 * as far as established: write-combined there, too, before). User space has no say in it.
 */
function cachingOn(device: OpenDevice): Caching {
  const coherency = dmaCoherency(device);
  if (coherency === "unknown") return "unknown";
  if (coherency === "non-coherent") return "write-combined";
  const [major = 0, minor = 0] = device.kernel.identity.release.split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 16) ? "write-back" : "write-combined";
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("powervr");
  if (request.cached) {
    throw new NotSupported(
      "--cached: powervr does not let user space ask for cached maps (its flag is the kernel's own)",
      "Without --cached buffers are write-combined, or write-back where the device is DMA coherent.",
    );
  }
  if (request.private) {
    throw new NotSupported(
      "--private: powervr has no private buffers that the CPU can map",
      "--flags pm-fw-protect --no-mmap is never exported; the GPU's firmware uses such buffers.",
    );
  }
  const { pageSize } = device.kernel.identity;
  const flags = flagWord(powervr, request.flags) | (request.noMmap ? 0 : ALLOW_CPU);
  const { handle } = checkedCall(
    device,
    uapi.ioctls.CREATE_BO,
    { size: request.size, flags: BigInt(flags) },
    (code) => {
      if (code === errno.ENOSPC || code === errno.ENOMEM) return "more than there is room for";
      if (code !== errno.EINVAL) return undefined;
      if (request.size === 0n) return "a size of 0 is not a buffer";
      if (request.size % BigInt(pageSize) !== 0n) {
        return `the size is no multiple of the GPU's page, ${pageSize} bytes` +
          proposeMultiple(request.size, pageSize);
      }
      if ((flags & ~constants.DRM_PVR_BO_FLAGS_MASK) !== 0) return "unknown flag bits";
      return (flags & PM_FW_PROTECT) !== 0 && (flags & ALLOW_CPU) !== 0
        ? "PM_FW_PROTECT and CPU access exclude each other: add --no-mmap"
        : undefined;
    },
  );
  return {
    handle,
    // CREATE_BO does not tell the size; drm_gem_shmem_create() rounds to pages.
    size: inPages(device, request.size),
    flagWord: flags,
    caching: cachingOn(device),
    // What the PM and the firmware use cannot be exported, whoever asks.
    private: (flags & PM_FW_PROTECT) !== 0,
    ...((flags & ALLOW_CPU) !== 0
      ? {}
      : { unmapped: { by: "no ALLOW_CPU_USERSPACE_ACCESS", dmaBuf: false } }),
  };
}

export const powervr: Driver = {
  name: "powervr",
  calls: {
    create: uapi.ioctls.CREATE_BO.name,
    mapOffset: uapi.ioctls.GET_BO_MMAP_OFFSET.name,
  },
  summary: "PowerVR: write-combined buffers, write-back on coherent devices; no sync call",
  flagNames,
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) =>
    checkedCall(device, uapi.ioctls.GET_BO_MMAP_OFFSET, { handle }).offset,
  ...nothingToSync("powervr"),
  exportRefusal: (code, buffer) =>
    code === errno.EPERM && buffer.private
      ? "a PM_FW_PROTECT buffer is the firmware's and cannot be exported"
      : undefined,
};
