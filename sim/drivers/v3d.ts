/**
 * v3d, kernel side (drivers/gpu/drm/v3d).
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

class V3dDevice extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.version = {
      name: "v3d",
      description: "Broadcom V3D graphics",
      major: 1,
      minor: 0,
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

/** v3d as a board names it. */
export const v3d: SimulatedDriver = {
  name: "v3d",
  registers: [],
  create: (setup) => new V3dDevice(setup),
};
