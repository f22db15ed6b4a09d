/**
 * panthor, kernel side (drivers/gpu/drm/panthor): buffers, VMs, cache maintenance, queries. Groups,
 * tiler heaps and asynchronous binds are not simulated: EOPNOTSUPP.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { panthor as uapi } from "../../ffi/uapi/panthor.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
  renderOnly,
} from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { atLeast, type Release } from "../release.ts";
import { boIoctls, PanthorBo, type PanthorDriver, panthorGems } from "./_panthor_bo.ts";
import { DEFAULT_REGISTERS, devQuery } from "./_panthor_query.ts";
import { vmIoctls, VmPool } from "./_panthor_vm.ts";
import { type Counterfactual, register, type SimulatedDriver } from "./driver.ts";

const { ioctls, constants } = uapi;

/**
 * The minor version by release. Established: 1.0 in 6.12, 1.7 since the cached maps of 7.0, 1.8 in
 * 7.2, 1.9 in 7.3; between 6.12 and 7.0 the steps follow the header's version history.
 */
function minorOf(release: Release): number {
  if (atLeast(release, 7, 3)) return 9;
  if (atLeast(release, 7, 2)) return 8;
  if (atLeast(release, 7, 0)) return 7;
  if (atLeast(release, 6, 17)) return 5;
  if (atLeast(release, 6, 16)) return 4;
  if (atLeast(release, 6, 13)) return 2;
  return 0;
}

/** What the firmware's sections take of the fake offsets, in bytes. */
const FIRMWARE_BYTES = 128n << 10n;

class PanthorDevice extends DrmDevice implements PanthorDriver {
  readonly bindsAtCreation: boolean;
  readonly refusesNoMmapOffset: boolean;
  readonly counterfactual: Counterfactual | null;
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures = renderOnly("timeline");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  override readonly showsMemory: boolean;
  // What groups and heaps hold: nothing, without them.
  override readonly fdinfoLines: string;
  readonly #vms = new WeakMap<DrmFile, VmPool>();

  constructor(setup: DeviceSetup) {
    super(setup);
    const { release } = setup.machine;
    const registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    const hertz = register(registers, "clock_hz");
    this.fdinfoLines = `drm-maxfreq-panthor:\t${hertz} Hz\ndrm-curfreq-panthor:\t${hertz} Hz\n` +
      "panthor-resident-memory:\t0\npanthor-active-memory:\t0\n";
    this.showsMemory = atLeast(release, 6, 13);
    this.bindsAtCreation = setup.device.bind === "at-creation";
    this.refusesNoMmapOffset = atLeast(release, 6, 16);
    this.counterfactual = setup.device.counterfactual;
    this.version = {
      name: "panthor",
      description: "Panthor DRM driver",
      major: 1,
      minor: minorOf(release),
      patchlevel: 0,
    };
    // The firmware's own buffers came first.
    this.offsets.reserve(FIRMWARE_BYTES);
    this.ioctls = ioctlTable(
      devQuery(this, registers),
      ...vmIoctls(this, register(registers, "mmu_features") & 0xffn),
      ...boIoctls(this),
      ...(this.has(5) ? [setUserMmioOffset()] : []),
      ...unsimulated,
    );
    this.importAttachment = (attachment) => {
      const object = new PanthorBo(this, attachment.dmaBuf.bytes, 0, null, attachment);
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }

  has(minor: number): boolean {
    return this.version.minor >= minor;
  }

  override debugGems(): string | null {
    return this.has(4) ? panthorGems(this) : null;
  }

  vms(file: DrmFile): VmPool {
    let pool = this.#vms.get(file);
    if (pool === undefined) {
      pool = new VmPool();
      this.#vms.set(file, pool);
    }
    return pool;
  }
}

function setUserMmioOffset(): DrmIoctl {
  return drmIoctl(ioctls.SET_USER_MMIO_OFFSET, ANY_NODE, (_file, { offset }) => {
    const known = offset === constants.DRM_PANTHOR_USER_MMIO_OFFSET_32BIT ||
      offset === constants.DRM_PANTHOR_USER_MMIO_OFFSET_64BIT;
    return known ? 0 : -errno.EINVAL;
  });
}

/** What a GPU would have to run for. */
const unsimulated = [
  ioctls.GROUP_CREATE,
  ioctls.GROUP_DESTROY,
  ioctls.GROUP_SUBMIT,
  ioctls.GROUP_GET_STATE,
  ioctls.TILER_HEAP_CREATE,
  ioctls.TILER_HEAP_DESTROY,
].map(({ code }): DrmIoctl => ({ code, permission: ANY_NODE, run: () => -errno.EOPNOTSUPP }));

/** panthor as a board names it. */
export const panthor: SimulatedDriver = {
  name: "panthor",
  registers: Object.keys(DEFAULT_REGISTERS),
  counterfactuals: ["range-is-a-hint", "begin-migrates", "export-without-hooks"],
  create: (setup) => new PanthorDevice(setup),
};
