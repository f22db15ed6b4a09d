/**
 * powervr's buffer objects and the calls on them (pvr_gem.c, pvr_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { powervr as uapi } from "../../ffi/uapi/powervr.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmDevice } from "../drm/device.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { syncForDevice } from "../memory/dma_sync.ts";
import { atLeast } from "../release.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";

const { ioctls, constants } = uapi;
const PM_FW_PROTECT = BigInt(constants.DRM_PVR_BO_PM_FW_PROTECT);
const ALLOW_CPU = BigInt(constants.DRM_PVR_BO_ALLOW_CPU_USERSPACE_ACCESS);
const KNOWN = BigInt(constants.DRM_PVR_BO_FLAGS_MASK);

/** A coherent device's buffers are cached since 6.16 (by the date of the change, April 2025). */
function isCached(device: DrmDevice): boolean {
  return device.coherent && atLeast(device.machine.release, 6, 16);
}

/** A powervr buffer object. */
export class PowervrBo extends ShmemObject {
  readonly flags: bigint;

  constructor(
    device: DrmDevice,
    bytes: number,
    flags: bigint,
    attachment: Attachment | null = null,
  ) {
    super(device, bytes, isCached(device) ? "write-back" : "write-combined", attachment);
    this.flags = flags;
    if (attachment !== null) return;
    // pvr_gem_object_create() maps every page for the device at once, and zeroes it.
    this.deviceMapped = true;
    syncForDevice(this.memory, device.coherent, 0, bytes);
  }

  override get resident(): boolean {
    return true;
  }

  /** pvr_gem_mmap(): an import has no flags, so it is refused before the exporter is asked. */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    return (this.flags & ALLOW_CPU) === 0n ? -errno.EINVAL : super.mmap(request, holder);
  }

  /** pvr_gem_export(): since December 2025, and in 6.12 since 6.12.64 or so. */
  override exportDmaBuf(flags: number): DmaBuf | number {
    return (this.flags & PM_FW_PROTECT) !== 0n ? -errno.EPERM : super.exportDmaBuf(flags);
  }
}

// An unplugged device never gets here: drm_ioctl() answers ENODEV before the driver's own EIO.
function createBo(device: DrmDevice): DrmIoctl {
  return drmIoctl(ioctls.CREATE_BO, ANY_NODE, (file, args) => {
    const { flags } = args;
    if (args._padding_c !== 0) return -errno.EINVAL;
    // PVR_DEVICE_PAGE_SIZE is the kernel's own, from 4 KiB on.
    const page = BigInt(device.machine.model.pageBytes);
    if (args.size === 0n || (flags & ~KNOWN) !== 0n || args.size % page !== 0n) {
      return -errno.EINVAL;
    }
    const both = PM_FW_PROTECT | ALLOW_CPU;
    if ((flags & both) === both) return -errno.EINVAL;
    const bo = createShmem(device, args.size, (bytes) => new PowervrBo(device, bytes, flags));
    if (typeof bo === "number") return bo;
    // drm_gem_shmem_get_pages_sgt(): it gets all its pages now.
    const tooLarge = args.size > device.machine.memoryBytes;
    const handle = tooLarge ? -errno.ENOMEM : file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function getBoMmapOffset(device: DrmDevice): DrmIoctl {
  return drmIoctl(ioctls.GET_BO_MMAP_OFFSET, ANY_NODE, (file, args) => {
    if (args._padding_4 !== 0) return -errno.EINVAL;
    const bo = file.lookup(args.handle);
    if (bo === null) return -errno.ENOENT;
    const added = device.offsets.add(bo);
    if (added < 0) return added;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

/** The calls on buffers. */
export function boIoctls(device: DrmDevice): DrmIoctl[] {
  return [createBo(device), getBoMmapOffset(device)];
}
