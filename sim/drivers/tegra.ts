/**
 * tegra, kernel side (drivers/gpu/drm/tegra): host1x's display and its buffers, of a kernel built
 * with CONFIG_DRM_TEGRA_STAGING; without it the driver has no calls of its own. Channels, syncpoints
 * and submits are not simulated, nor the end of the IOMMU's 4 GiB.
 *
 * @module
 */
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  type DumbBuffer,
  type DumbRequest,
  ioctlTable,
} from "../drm/device.ts";
import { type DrmIoctl, notSimulated, numbersFrom } from "../drm/ioctl.ts";
import { dumbPitch } from "../drm/shmem.ts";
import { atLeast } from "../release.ts";
import { boIoctls, createTegraBo, TegraBo } from "./_tegra_bo.ts";
import type { SimulatedDriver } from "./driver.ts";

/** What Tegra210's display asks of a line, in bytes: tegra_dc_soc_info. */
const PITCH_ALIGN = 64;
/** Syncpoints, channels and submits: 0x42 to 0x49, 0x50 to 0x54, 0x60 to 0x62. */
const OTHERS = [
  ...numbersFrom(0x42, 0x49),
  ...numbersFrom(0x50, 0x54),
  ...numbersFrom(0x60, 0x62),
];

class TegraDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "tegra",
    description: "NVIDIA Tegra graphics",
    major: 1,
    minor: 0,
    patchlevel: 0,
    oldDate: "20120330",
  };
  override readonly features: DriverFeatures = {
    kms: { preferredDepth: 0, modifiers: true },
    render: true,
    syncobj: true,
    syncobjTimeline: false,
    atomic: true,
    cursorHotspot: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;

  constructor(setup: DeviceSetup) {
    super(setup);
    this.ioctls = ioctlTable(...notSimulated(OTHERS), ...boIoctls(this));
    this.createDumb = (_file, request) => this.#createDumb(request);
    // tegra_bo_import(): attached and mapped for good, as an IOMMU domain of its own asks for.
    this.importAttachment = (attachment) => {
      const object = new TegraBo(this, attachment.dmaBuf.bytes, attachment);
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }

  /** tegra_bo_dumb_create(). */
  #createDumb(request: DumbRequest): DumbBuffer | number {
    const pitch = Math.ceil(dumbPitch(this, request) / PITCH_ALIGN) * PITCH_ALIGN;
    const bytes = BigInt(Math.imul(pitch, request.height) >>> 0);
    const object = createTegraBo(this, bytes);
    if (typeof object === "number") return object;
    // Before 6.19 the size told is not rounded to pages.
    const rounds = atLeast(this.machine.release, 6, 19);
    return { object, pitch, bytes: rounds ? object.bytes : Number(bytes) };
  }
}

/** tegra as a board names it. */
export const tegra: SimulatedDriver = {
  name: "tegra",
  // host1x_device_add(): a device of host1x's own bus, named after its driver, for the whole of
  // display and engines.
  sysfs: () => ({
    path: "platform/50000000.host1x/drm",
    bus: "host1x",
    boundTo: "drm",
    treeNode: "parent",
  }),
  registers: [],
  create: (setup) => new TegraDevice(setup),
};
