/**
 * mxsfb, kernel side (drivers/gpu/drm/mxsfb/mxsfb_drv.c): the LCDIF of i.MX 6SX to i.MX 8M, a display
 * without an IOMMU. Its dumb buffers are contiguous, and it takes no others.
 *
 * @module
 */
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
} from "../drm/device.ts";
import { createDma, DmaObject, importDma } from "../drm/dma.ts";
import type { DrmIoctl } from "../drm/ioctl.ts";
import { dumbPitch } from "../drm/shmem.ts";
import { atLeast } from "../release.ts";
import type { SimulatedDriver } from "./driver.ts";

/** Bytes that a line is a multiple of since 6.19: drm_gem_dma_dumb_create(). */
const PITCH_ALIGN = 8;

class MxsfbDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "mxsfb-drm",
    description: "MXSFB Controller DRM",
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
    const rounds = atLeast(setup.machine.release, 6, 19);
    this.createDumb = (_file, request) => {
      const least = dumbPitch(this, request);
      const pitch = rounds ? Math.ceil(least / PITCH_ALIGN) * PITCH_ALIGN : least;
      const bytes = Math.imul(pitch, request.height) >>> 0;
      const object = createDma(this, bytes, (aligned) => new DmaObject(this, aligned));
      if (typeof object === "number") return object;
      return { object, pitch, bytes: rounds ? object.bytes : bytes };
    };
    this.importAttachment = (attachment) =>
      importDma(this, attachment, (bytes) => new DmaObject(this, bytes, attachment));
  }
}

/** mxsfb as a board names it. */
export const mxsfbDrm: SimulatedDriver = {
  name: "mxsfb-drm",
  sysfs: () => ({ boundTo: "mxsfb" }),
  registers: [],
  create: (setup) => new MxsfbDevice(setup),
};
