/**
 * v3d, kernel side (drivers/gpu/drm/v3d): buffers, queries, waiting. Jobs and performance monitors
 * are not simulated: EOPNOTSUPP.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { requestCode } from "../../ffi/ioctl.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import { ANY_NODE, type DrmIoctl, notSimulated, numbersFrom } from "../drm/ioctl.ts";
import { atLeast } from "../release.ts";
import { GpuAddressSpace } from "./_gpu_address_space.ts";
import { boIoctls, importV3d, type V3dDriver } from "./_v3d_bo.ts";
import { DEFAULT_REGISTERS, getParam } from "./_v3d_params.ts";
import type { SimulatedDriver } from "./driver.ts";

/** The page table has an entry for each 4 KiB of 4 GiB, of which the first is left out. */
const FIRST_ADDRESS = 2 ** 12;
const END_ADDRESS = 2 ** 32;
/** GMP_GRANULARITY, in bytes. */
const GMP_GRANULARITY = 128 << 10;

/** v3d_queue_to_string(), in the order of its queues. */
const QUEUES = ["bin", "render", "tfu", "csd", "cache_clean", "cpu"];

class V3dDevice extends DrmDevice implements V3dDriver {
  readonly addresses = new GpuAddressSpace(FIRST_ADDRESS, END_ADDRESS);
  readonly #superPages: boolean;
  override readonly version: DriverVersion = {
    name: "v3d",
    description: "Broadcom V3D graphics",
    major: 1,
    minor: 0,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = renderOnly("binary");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  override readonly showsMemory = true;
  // v3d_show_fdinfo(): no queue has run anything.
  override readonly fdinfoLines = QUEUES.map((queue) =>
    `drm-engine-${queue}: \t0 ns\nv3d-jobs-${queue}: \t0 jobs\n`
  ).join("");

  constructor(setup: DeviceSetup) {
    super(setup);
    const { release } = setup.machine;
    this.#superPages = atLeast(release, 6, 13);
    this.ioctls = ioctlTable(
      getParam(release, { ...DEFAULT_REGISTERS, ...setup.device.registers }),
      ...boIoctls(this),
      submitCl,
      ...unsimulated,
      ...sinceSetGlobal,
    );
    this.importAttachment = (attachment) => importV3d(this, attachment);
  }

  alignment(bytes: number): number {
    if (!this.#superPages) return GMP_GRANULARITY;
    return bytes >= 1 << 20 ? 1 << 20 : bytes >= 64 << 10 ? 64 << 10 : 4 << 10;
  }
}

/** A job without buffers is refused before anything runs: v3d_lookup_bos(). */
const submitCl: DrmIoctl = {
  code: requestCode("RW", "d", 0x40, 0),
  permission: ANY_NODE,
  run: (_file, { bytes }) => bytes.every((byte) => byte === 0) ? -errno.EINVAL : -errno.EOPNOTSUPP,
};

/** SUBMIT_TFU, SUBMIT_CSD, SUBMIT_CPU and PERFMON_*: what a GPU would have to run for. */
const unsimulated = notSimulated(numbersFrom(0x46, 0x4c));
/** PERFMON_SET_GLOBAL, by the date of the change, December 2024. */
const sinceSetGlobal = notSimulated([0x4d]).map((one): DrmIoctl => ({ ...one, since: [6, 14] }));

/** v3d as a board names it. */
export const v3d: SimulatedDriver = {
  name: "v3d",
  registers: Object.keys(DEFAULT_REGISTERS),
  create: (setup) => new V3dDevice(setup),
};
