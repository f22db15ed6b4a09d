/**
 * tegra's buffer objects and the calls on them (drivers/gpu/drm/tegra/gem.c, drm.c), as where the
 * driver maps buffers into an IOMMU domain of its own: on Tegra124 and Tegra210. Its buffers are
 * shmem pages there. On later ones they come from the DMA API, and begin and end do nothing.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { tegra as uapi } from "../../ffi/uapi/tegra.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { copyOnWriteArea } from "../dmabuf/memfd.ts";
import type { DrmDevice } from "../drm/device.ts";
import { GemDmaBuf } from "../drm/gem.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";

const { constants, ioctls } = uapi;
const { DRM_TEGRA_GEM_TILING_MODE_PITCH, DRM_TEGRA_GEM_TILING_MODE_TILED } = constants;
const { DRM_TEGRA_GEM_TILING_MODE_BLOCK, DRM_TEGRA_GEM_BOTTOM_UP } = constants;
/** The largest logarithm of a block's height, in GOBs. */
const MOST_BLOCK = 5;

/** A tegra buffer object: always write-combined. */
export class TegraBo extends ShmemObject {
  tiling = { mode: DRM_TEGRA_GEM_TILING_MODE_PITCH as number, value: 0 };
  bottomUp = false;

  constructor(device: DrmDevice, bytes: number, attachment: Attachment | null = null) {
    super(device, bytes, "write-combined", attachment);
    if (attachment !== null) return;
    // tegra_bo_get_pages(): every page is fetched and mapped for the device at once.
    this.deviceMapped = true;
    syncForDevice(this.memory, device.coherent, 0, bytes);
  }

  override get resident(): boolean {
    return true;
  }

  /** __tegra_gem_mmap(), the same for the node and the dma-buf. */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (this.imported) return this.#mmapImport(request, holder);
    // tegra_bo_fault() inserts pages, which may be copied on write, and counts them from the
    // mapping's start; tegra_gem_prime_mmap() adds no fake offset to a dma-buf's.
    const area = super.mmap({ ...request, mayWrite: false }, holder);
    if (typeof area === "number") return area;
    const shown = { ...area, shownOffset: request.offset };
    return isCopyOnWrite(request) ? copyOnWriteArea(shown) : shown;
  }

  /**
   * An import has no pages of its own and no kernel address, and the exporter is not asked:
   * dma_mmap_wc() maps whatever lies at the physical address that has the number of the import's bus
   * address (dma_direct_mmap()). That is not the buffer. Tegra210 hands bus addresses out from 0 on
   * and has memory from 2 GiB on, so that nothing that can be read is there: SIGBUS is what an
   * aborted bus access becomes. Read in the source, not seen on hardware.
   */
  #mmapImport(request: MapRequest, holder: OpenFile): VmArea {
    const file = holder.get();
    const object = this.get();
    return {
      memory: this.memory,
      caching: "write-combined",
      start: 0,
      file,
      shownOffset: request.offset,
      accessible: () => 0,
      close(): void {
        object.put();
        file.put();
      },
    };
  }

  override exportDmaBuf(flags: number): DmaBuf {
    return new TegraDmaBuf(this, flags);
  }
}

/** tegra_gem_prime_dmabuf_ops: any device may attach, nothing is pinned. */
class TegraDmaBuf extends GemDmaBuf {
  constructor(object: TegraBo, flags: number) {
    super(object, flags, "tegra_drm", false); // KBUILD_MODNAME
  }

  /** tegra_gem_prime_map_dma_buf(): unlike the generic one, it lets the DMA API do cache work. */
  protected override mapAttachment({ device }: Attachment): number {
    syncForDevice(this.memory, device.coherent, 0, this.bytes);
    return 0;
  }

  /** tegra_gem_prime_begin_cpu_access(): its own device's mapping alone, whatever the direction. */
  protected override beginCpuAccess(): number {
    this.memory.ask(this.bytes);
    syncForCpu(this.memory, this.object.device.coherent, "from-device", 0, this.bytes);
    return 0;
  }

  /** tegra_gem_prime_end_cpu_access(): likewise. */
  protected override endCpuAccess(): number {
    this.memory.ask(this.bytes);
    syncForDevice(this.memory, this.object.device.coherent, 0, this.bytes);
    return 0;
  }
}

/** tegra_bo_create(): a buffer with its pages, or -errno. No size and no flag is looked at. */
export function createTegraBo(device: DrmDevice, bytes: bigint): TegraBo | number {
  // The fake offset comes before the pages: nothing has ENOSPC, too much ENOMEM.
  const bo = createShmem(device, bytes, (aligned) => new TegraBo(device, aligned));
  if (typeof bo === "number" || BigInt(bo.bytes) <= device.machine.memoryBytes) return bo;
  bo.put();
  return -errno.ENOMEM;
}

/** tegra_gem_create(). */
function gemCreate(device: DrmDevice): DrmIoctl {
  return drmIoctl(ioctls.GEM_CREATE, ANY_NODE, (file, args) => {
    const bo = createTegraBo(device, args.size);
    if (typeof bo === "number") return bo;
    if ((args.flags & constants.DRM_TEGRA_GEM_CREATE_TILED) !== 0) {
      bo.tiling.mode = DRM_TEGRA_GEM_TILING_MODE_TILED;
    }
    bo.bottomUp = (args.flags & constants.DRM_TEGRA_GEM_CREATE_BOTTOM_UP) !== 0;
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

/** tegra_gem_mmap(). */
const gemMmap = drmIoctl(ioctls.GEM_MMAP, ANY_NODE, (file, args) => {
  const bo = file.lookup(args.handle);
  if (bo === null) return -errno.EINVAL;
  args.offset = bo.mapOffset ?? 0n;
  return 0;
});

/** Whether tegra_gem_set_tiling() takes a mode with a value. */
function isTiling(mode: number, value: number): boolean {
  if (mode === DRM_TEGRA_GEM_TILING_MODE_BLOCK) return value <= MOST_BLOCK;
  return value === 0 &&
    (mode === DRM_TEGRA_GEM_TILING_MODE_PITCH || mode === DRM_TEGRA_GEM_TILING_MODE_TILED);
}

/** tegra_gem_set_tiling(), tegra_gem_get_tiling(), tegra_gem_set_flags(), tegra_gem_get_flags(). */
const attributes = [
  drmIoctl(ioctls.GEM_SET_TILING, ANY_NODE, (file, { handle, mode, value }) => {
    if (!isTiling(mode, value)) return -errno.EINVAL;
    const bo = file.lookup(handle);
    if (!(bo instanceof TegraBo)) return -errno.ENOENT;
    bo.tiling = { mode, value };
    return 0;
  }),
  drmIoctl(ioctls.GEM_GET_TILING, ANY_NODE, (file, args) => {
    const bo = file.lookup(args.handle);
    if (!(bo instanceof TegraBo)) return -errno.ENOENT;
    Object.assign(args, bo.tiling);
    return 0;
  }),
  drmIoctl(ioctls.GEM_SET_FLAGS, ANY_NODE, (file, { handle, flags }) => {
    if ((flags & ~constants.DRM_TEGRA_GEM_FLAGS) !== 0) return -errno.EINVAL;
    const bo = file.lookup(handle);
    if (!(bo instanceof TegraBo)) return -errno.ENOENT;
    bo.bottomUp = (flags & DRM_TEGRA_GEM_BOTTOM_UP) !== 0;
    return 0;
  }),
  drmIoctl(ioctls.GEM_GET_FLAGS, ANY_NODE, (file, args) => {
    const bo = file.lookup(args.handle);
    if (!(bo instanceof TegraBo)) return -errno.ENOENT;
    args.flags = bo.bottomUp ? DRM_TEGRA_GEM_BOTTOM_UP : 0;
    return 0;
  }),
];

/** The calls on buffers. */
export function boIoctls(device: DrmDevice): DrmIoctl[] {
  return [gemCreate(device), gemMmap, ...attributes];
}
