/**
 * rockchip, kernel side (drivers/gpu/drm/rockchip/rockchip_drm_gem.c): a display device with dumb
 * buffers, behind an IOMMU, as on RK3399 and RK3588.
 *
 * @module
 */
import { copyOnWriteArea } from "../dmabuf/memfd.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
} from "../drm/device.ts";
import type { DrmIoctl } from "../drm/ioctl.ts";
import { createShmem, dumbPitch, importShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import { atLeast } from "../release.ts";
import type { SimulatedDriver } from "./driver.ts";

/** Mali reads lines of a multiple of 64 bytes. */
const PITCH_ALIGN = 64;

/** A buffer of it: always write-combined, mapped page by page from its start. */
class RockchipObject extends ShmemObject {
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    // vm_map_pages() after vm_pgoff was set to 0: from the start, whatever the offset.
    if (!isCopyOnWrite(request)) {
      const area = super.mmap(request, holder);
      return typeof area === "number" ? area : { ...area, shownOffset: 0n };
    }
    // Inserted pages, unlike the shmem helper's, may be copied on write.
    const area = super.mmap({ ...request, mayWrite: false }, holder);
    return typeof area === "number" ? area : copyOnWriteArea({ ...area, shownOffset: 0n });
  }
}

class RockchipDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "rockchip",
    description: "RockChip Soc DRM",
    major: 1,
    minor: 0,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = {
    kms: { preferredDepth: 0, modifiers: true },
    render: false,
    syncobj: false,
    syncobjTimeline: false,
    atomic: true,
    cursorHotspot: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.createDumb = (_file, request) => {
      const pitch = Math.ceil(dumbPitch(this, request) / PITCH_ALIGN) * PITCH_ALIGN;
      const bytes = BigInt(pitch) * BigInt(request.height);
      const object = createShmem(
        this,
        bytes,
        (aligned) => new RockchipObject(this, aligned, "write-combined"),
      );
      if (typeof object === "number") return object;
      // Before 6.19 the size told is not rounded to pages.
      const rounds = atLeast(this.machine.release, 6, 19);
      return { object, pitch, bytes: rounds ? object.bytes : Number(bytes) };
    };
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** rockchip as a board names it. */
export const rockchip: SimulatedDriver = {
  name: "rockchip",
  registers: [],
  create: (setup) => new RockchipDevice(setup),
};
