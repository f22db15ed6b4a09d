/**
 * vc4, kernel side (drivers/gpu/drm/vc4).
 *
 * @module
 */
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
} from "../drm/device.ts";
import type { DrmIoctl } from "../drm/ioctl.ts";
import { importShmem } from "../drm/shmem.ts";

import type { SimulatedDriver } from "./driver.ts";

class Vc4Device extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.version = {
      name: "vc4",
      description: "Broadcom VC4 graphics",
      major: 0,
      minor: 0,
      patchlevel: 0,
    };
    this.features = {
      kms: { preferredDepth: 24, modifiers: true },
      render: true,
      syncobj: true,
      syncobjTimeline: false,
      atomic: true,
      cursorHotspot: false,
    };
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** vc4 as a board names it. */
export const vc4: SimulatedDriver = {
  name: "vc4",
  sysfs: () => ({ boundTo: "vc4-drm" }),
  registers: [],
  create: (setup) => new Vc4Device(setup),
};
