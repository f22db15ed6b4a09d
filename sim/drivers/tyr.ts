/**
 * tyr, kernel side (drivers/gpu/drm/tyr): the Rust driver for what panthor drives. It calls itself
 * panthor, too, and answers DEV_QUERY alone.
 *
 * @module
 */
import { panthor as uapi } from "../../ffi/uapi/panthor.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import type { DrmIoctl } from "../drm/ioctl.ts";
import { DEFAULT_REGISTERS, devQuery } from "./_panthor_query.ts";
import type { SimulatedDriver } from "./driver.ts";

class TyrDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "panthor",
    description: "ARM Mali Tyr DRM driver",
    major: 1,
    minor: 5,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = renderOnly("none");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;

  constructor(setup: DeviceSetup) {
    super(setup);
    const registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    this.ioctls = ioctlTable(
      devQuery(this, registers, [uapi.constants.DRM_PANTHOR_DEV_QUERY_GPU_INFO]),
    );
  }

  has(minor: number): boolean {
    return this.version.minor >= minor;
  }
}

/** tyr as a board names it. */
export const tyr: SimulatedDriver = {
  name: "tyr",
  summary: "the queries of Mali CSF: no buffers yet",
  registers: Object.keys(DEFAULT_REGISTERS),
  create: (setup) => new TyrDevice(setup),
};
