/**
 * panfrost, kernel side (drivers/gpu/drm/panfrost): buffers, cache maintenance, queries, jobs that
 * do nothing but keep their buffers busy. Job contexts and performance counters are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { panfrost as uapi } from "../../ffi/uapi/panfrost.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl } from "../drm/ioctl.ts";
import { atLeast, type Release } from "../release.ts";
import { GpuAddressSpace } from "./_gpu_address_space.ts";
import { boIoctls, PanfrostBo, type PanfrostDriver, panfrostGems } from "./_panfrost_bo.ts";
import { jobIoctls } from "./_panfrost_jobs.ts";
import { DEFAULT_REGISTERS, getParam, REGISTER_OF_PARAM } from "./_panfrost_params.ts";
import type { SimulatedDriver } from "./driver.ts";

const { ioctls } = uapi;
/** The GPU addresses of an open file: 32 MiB to 4 GiB (panfrost_mmu_ctx_create()). */
const FIRST_ADDRESS = 2 ** 25;
const END_ADDRESS = 2 ** 32;

/**
 * The minor version by release. Established: 1.2 in 6.12, 1.6 in 7.2 (with the cached maps, so since
 * 7.0); between them the steps follow the driver's version history.
 */
function minorOf(release: Release): number {
  if (atLeast(release, 7, 0)) return 6;
  if (atLeast(release, 6, 18)) return 5;
  if (atLeast(release, 6, 16)) return 4;
  if (atLeast(release, 6, 13)) return 3;
  return 2;
}

class PanfrostDevice extends DrmDevice implements PanfrostDriver {
  readonly jobNanoseconds: bigint;
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures = renderOnly("binary");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  override readonly showsMemory = true;
  // No slot of it has run anything.
  override readonly fdinfoLines = ["fragment", "vertex-tiler"].map((slot) =>
    `drm-maxfreq-${slot}:\t0 Hz\ndrm-curfreq-${slot}:\t0 Hz\n`
  ).join("");
  override debugGems(): string | null {
    return this.has(4) ? panfrostGems(this) : null;
  }
  readonly #spaces = new WeakMap<DrmFile, GpuAddressSpace>();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.jobNanoseconds = setup.device.jobNanoseconds;
    this.version = {
      name: "panfrost",
      description: "panfrost DRM",
      major: 1,
      minor: minorOf(setup.machine.release),
      patchlevel: 0,
    };
    this.ioctls = ioctlTable(
      getParam(this, { ...DEFAULT_REGISTERS, ...setup.device.registers }),
      ...boIoctls(this),
      ...jobIoctls(this),
      // The module parameter unstable_ioctls is off.
      refused(ioctls.PERFCNT_ENABLE, errno.ENOSYS),
      refused(ioctls.PERFCNT_DUMP, errno.ENOSYS),
      ...(this.has(5) ? jobContexts : []),
    );
    this.importAttachment = (attachment) => {
      const object = new PanfrostBo(this, attachment.dmaBuf.bytes, 0, attachment);
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }

  has(minor: number): boolean {
    return this.version.minor >= minor;
  }

  addresses(file: DrmFile): GpuAddressSpace {
    let space = this.#spaces.get(file);
    if (space === undefined) {
      space = new GpuAddressSpace(FIRST_ADDRESS, END_ADDRESS);
      this.#spaces.set(file, space);
    }
    return space;
  }
}

/** An entry that always refuses. */
function refused({ code }: { code: number }, number: number): DrmIoctl {
  return { code, permission: ANY_NODE, run: () => -number };
}

/** Not simulated. */
const jobContexts = [
  refused(ioctls.JM_CTX_CREATE, errno.EOPNOTSUPP),
  refused(ioctls.JM_CTX_DESTROY, errno.EOPNOTSUPP),
];

/** panfrost as a board names it. */
export const panfrost: SimulatedDriver = {
  name: "panfrost",
  registers: [...REGISTER_OF_PARAM.values()],
  create: (setup) => new PanfrostDevice(setup),
};
