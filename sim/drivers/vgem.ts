/**
 * vgem, kernel side (drivers/gpu/drm/vgem): dumb buffers on a device without modes, and fences that
 * user space signals.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { vgem as uapi } from "../../ffi/uapi/vgem.ts";
import { Fence } from "../dmabuf/fence.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmemDumb, importShmem, shmemMapsImports } from "../drm/shmem.ts";
import { atLeast } from "../release.ts";
import type { SimulatedDriver } from "./driver.ts";

const FENCE_WRITE = 1;
/** VGEM_FENCE_TIMEOUT, in nanoseconds: no fence outlives it. */
const FENCE_TIMEOUT = 10_000_000_000n;

class VgemDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "vgem",
    description: "Virtual GEM provider",
    major: 1,
    minor: 0,
    patchlevel: 0,
    oldDate: "20120112",
  };
  // Without DRIVER_MODESET, GET_CAP(DUMB_BUFFER) is EOPNOTSUPP although dumb buffers work.
  override readonly features: DriverFeatures = renderOnly("none");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  /** Fences by number; null: signalled and consumed, its number stays taken. */
  readonly #fences = new WeakMap<DrmFile, Map<number, Fence | null>>();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.ioctls = ioctlTable(this.#attach(), this.#signal());
    // Write-combined: "otherwise dma-buf sharing just wont work" (vgem_gem_create_object()).
    this.createDumb = (_file, request) => createShmemDumb(this, request, "write-combined");
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }

  override opened(file: DrmFile): void {
    this.#fences.set(file, new Map());
  }
  override closed(file: DrmFile): void {
    for (const fence of this.#fencesOf(file).values()) fence?.signal();
  }
  #fencesOf(file: DrmFile): Map<number, Fence | null> {
    return this.#fences.get(file) ?? new Map<number, Fence | null>();
  }

  #attach(): DrmIoctl {
    return drmIoctl(uapi.ioctls.FENCE_ATTACH, ANY_NODE, (file, args) => {
      if ((args.flags & ~FENCE_WRITE) !== 0 || args.pad !== 0) return -errno.EINVAL;
      const object = file.lookup(args.handle);
      if (object === null) return -errno.ENOENT;
      const writes = (args.flags & FENCE_WRITE) !== 0;
      const { reservation } = object;
      // A writer conflicts with everybody, a reader with writers.
      if (reservation.pending(writes ? "all" : "writers").length > 0) return -errno.EBUSY;
      const { clock } = this.machine;
      const fence = new Fence(clock, clock.now + FENCE_TIMEOUT);
      reservation.add(fence, writes ? "write" : "read");
      const fences = this.#fencesOf(file);
      args.out_fence = fences.size + 1;
      fences.set(args.out_fence, fence);
      return 0;
    });
  }

  #signal(): DrmIoctl {
    return drmIoctl(uapi.ioctls.FENCE_SIGNAL, ANY_NODE, (file, args) => {
      if (args.flags !== 0) return -errno.EINVAL;
      const fences = this.#fencesOf(file);
      const fence = fences.get(args.fence) ?? null;
      if (fence === null) return -errno.ENOENT;
      fences.set(args.fence, null);
      const late = fence.signalled;
      fence.signal();
      return late ? -errno.ETIMEDOUT : 0;
    });
  }
}

/** vgem as a board names it. */
export const vgem: SimulatedDriver = {
  name: "vgem",
  // Its own platform device, a faux device since 6.15.
  sysfs: (release) =>
    atLeast(release, 6, 15)
      ? { path: "faux/vgem", bus: "faux", boundTo: "faux_driver" }
      : { path: "platform/vgem", boundTo: null, uevent: ["MODALIAS=platform:vgem"] },
  mapsImports: shmemMapsImports,
  registers: [],
  create: (setup) => new VgemDevice(setup),
};
