/**
 * lima, kernel side (drivers/gpu/drm/lima).
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

class LimaDevice extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.version = {
      name: "lima",
      description: "lima DRM",
      major: 1,
      minor: 1,
      patchlevel: 0,
    };
    this.features = {
      kms: null,
      render: true,
      syncobj: true,
      syncobjTimeline: false,
      atomic: false,
      cursorHotspot: false,
    };
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** lima as a board names it. */
export const lima: SimulatedDriver = {
  name: "lima",
  registers: [],
  create: (setup) => new LimaDevice(setup),
};
