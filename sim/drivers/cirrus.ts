/**
 * cirrus, kernel side (drivers/gpu/drm/tiny/cirrus.c, tiny/cirrus-qemu.c since 6.14): dumb buffers
 * of the shmem helper.
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
import { atLeast } from "../release.ts";
import type { SimulatedDriver } from "./driver.ts";

class CirrusDevice extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures = {
    kms: { preferredDepth: 16, modifiers: true },
    render: false,
    syncobj: false,
    syncobjTimeline: false,
    atomic: true,
    cursorHotspot: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.offsets.reserve(consoleBytes(1024, 768, 2));
    this.version = {
      name: atLeast(setup.machine.release, 6, 14) ? "cirrus-qemu" : "cirrus",
      description: "qemu cirrus vga",
      major: 2,
      minor: 0,
      patchlevel: 0,
      oldDate: "2019",
    };
    this.createDumb = (_file, request) => createShmemDumb(this, request, "write-back");
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** cirrus as a board names it. */
export const cirrus: SimulatedDriver = {
  name: "cirrus",
  sysfs: (release) => atLeast(release, 6, 14) ? { boundTo: "cirrus-qemu" } : {},
  mapsImports: shmemMapsImports,
  registers: [],
  create: (setup) => new CirrusDevice(setup),
};
