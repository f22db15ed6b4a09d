/**
 * The complex exporter that "hardly anyone tests with" (Steven Price, mesa-dev, 3 Jul 2019), as a
 * display device with dumb buffers. No mainline driver is like it: what it does is in
 * `_complex_buffer.ts`.
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
import { createShmem, dumbPitch, importShmem } from "../drm/shmem.ts";
import { ComplexBuffer } from "./_complex_buffer.ts";
import type { SimulatedDriver } from "./driver.ts";

class ComplexDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "complex",
    description: "Exporter that faults and shoots down, not in mainline",
    major: 1,
    minor: 0,
    patchlevel: 0,
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

  constructor(setup: DeviceSetup) {
    super(setup);
    this.createDumb = (_file, request) => {
      const pitch = dumbPitch(this, request);
      const object = createShmem(
        this,
        BigInt(pitch) * BigInt(request.height),
        (bytes) => new ComplexBuffer(this, bytes),
      );
      if (typeof object === "number") return object;
      return { object, pitch, bytes: object.bytes };
    };
    this.importAttachment = (attachment) => importShmem(this, attachment);
  }
}

/** The complex exporter as a board names it. */
export const complexExporter: SimulatedDriver = {
  name: "complex-exporter",
  invented: true,
  registers: [],
  create: (setup) => new ComplexDevice(setup),
};
