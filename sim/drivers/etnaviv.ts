/**
 * etnaviv, kernel side (drivers/gpu/drm/etnaviv).
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

class EtnavivDevice extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.version = {
      name: "etnaviv",
      description: "etnaviv DRM",
      major: 1,
      minor: 4,
      patchlevel: 0,
    };
    this.features = {
      kms: null,
      render: true,
      syncobj: false,
      syncobjTimeline: false,
      atomic: false,
      cursorHotspot: false,
    };
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** etnaviv as a board names it. */
export const etnaviv: SimulatedDriver = {
  name: "etnaviv",
  sysfs: () => ({
    path: "platform/etnaviv",
    boundTo: "etnaviv",
    uevent: ["MODALIAS=platform:etnaviv"],
  }),
  registers: [],
  create: (setup) => new EtnavivDevice(setup),
};
