/**
 * bochs-drm, kernel side (drivers/gpu/drm/tiny/bochs.c). Until 6.13 its buffers lie in video memory:
 * it imports nothing foreign (EINVAL), and others cannot attach to its buffers (ENOSYS); until 6.5
 * it has no PRIME at all. Since 6.14 it uses the shmem helper.
 *
 * @module
 */
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
} from "../drm/device.ts";
import { consoleBytes } from "../drm/offsets.ts";
import type { DrmIoctl } from "../drm/ioctl.ts";
import { createShmemDumb, importShmem, shmemMapsImports } from "../drm/shmem.ts";
import { createVramDumb } from "../drm/vram.ts";
import { atLeast } from "../release.ts";
import type { SimulatedDriver } from "./driver.ts";

class BochsDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "bochs-drm",
    description: "bochs dispi vga interface (qemu stdvga)",
    major: 1,
    minor: 0,
    patchlevel: 0,
    oldDate: "20130925",
  };
  override readonly features: DriverFeatures = {
    kms: { preferredDepth: 24, modifiers: true },
    render: false,
    syncobj: false,
    syncobjTimeline: false,
    atomic: true,
    cursorHotspot: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();
  override readonly prime: boolean;

  constructor(setup: DeviceSetup) {
    super(setup);
    this.prime = atLeast(setup.machine.release, 6, 6);
    this.offsets.reserve(consoleBytes(1280, 800, 4));
    if (atLeast(setup.machine.release, 6, 14)) {
      this.createDumb = (_file, request) => createShmemDumb(this, request, "write-back");
      this.importAttachment = (attachment) => importShmem(this, attachment);
    } else this.createDumb = (_file, request) => createVramDumb(this, request);
  }
}

/** bochs-drm as a board names it. */
export const bochsDrm: SimulatedDriver = {
  name: "bochs-drm",
  mapsImports: shmemMapsImports,
  registers: [],
  create: (setup) => new BochsDevice(setup),
};
