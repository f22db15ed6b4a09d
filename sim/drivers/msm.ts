/**
 * msm, kernel side (drivers/gpu/drm/msm).
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
import { atLeast } from "../release.ts";
import type { SimulatedDriver } from "./driver.ts";

class MsmDevice extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.version = {
      name: "msm",
      description: "MSM Snapdragon DRM",
      major: 1,
      minor: atLeast(setup.machine.release, 7, 0) ? 13 : 12,
      patchlevel: 0,
    };
    this.features = {
      kms: null,
      render: true,
      syncobj: true,
      syncobjTimeline: atLeast(setup.machine.release, 7, 0),
      atomic: false,
      cursorHotspot: false,
    };
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** msm as a board names it. */
export const msm: SimulatedDriver = {
  name: "msm",
  // Until 6.x a platform device of its own stands for all components.
  sysfs: (release) =>
    atLeast(release, 7, 0)
      ? { path: "platform/78140000.gpu", boundTo: "adreno" }
      : { path: "platform/msm", boundTo: "msm", uevent: ["MODALIAS=platform:msm"] },
  registers: [],
  create: (setup) => new MsmDevice(setup),
};
