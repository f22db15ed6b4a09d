/**
 * lima, kernel side (drivers/gpu/drm/lima): buffers, contexts, queries, waiting. Jobs are not
 * simulated: EOPNOTSUPP.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { requestCode } from "../../ffi/ioctl.ts";
import { lima as uapi } from "../../ffi/uapi/lima.ts";
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
import { GpuAddressSpace } from "./_gpu_address_space.ts";
import { boIoctls, importLima, type LimaDriver } from "./_lima_bo.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";

const { ioctls, constants } = uapi;

/** A Mali-400 MP1 as GET_PARAM tells it; a board's `registers` change single values. */
const DEFAULT_REGISTERS: Registers = {
  gpu_id: BigInt(constants.DRM_LIMA_PARAM_GPU_ID_MALI400),
  num_pp: 1n,
  gp_version: 0x0b07_0101n,
  pp_version: 0xcd07_0101n,
};
/** The names in the order of the parameters. */
const REGISTERS = Object.keys(DEFAULT_REGISTERS);

const END_ADDRESS = 2 ** 32;
/** LIMA_VA_RESERVE_START: what a Mali-450 keeps of the addresses for its load balancer. */
const RESERVED = 0xfff0_0000;

class LimaDevice extends DrmDevice implements LimaDriver {
  override readonly version: DriverVersion = {
    name: "lima",
    description: "lima DRM",
    major: 1,
    minor: 1,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = renderOnly("binary");
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  readonly #endAddress: number;
  readonly #spaces = new WeakMap<DrmFile, GpuAddressSpace>();
  /** Numbers of contexts. */
  readonly #contexts = new WeakMap<DrmFile, Set<number>>();

  constructor(setup: DeviceSetup) {
    super(setup);
    const registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    const is450 = register(registers, "gpu_id") ===
      BigInt(constants.DRM_LIMA_PARAM_GPU_ID_MALI450);
    this.#endAddress = is450 ? RESERVED : END_ADDRESS;
    this.ioctls = ioctlTable(
      getParam(registers),
      ...boIoctls(this),
      contextCreate(this),
      contextFree(this),
      gemSubmit,
    );
    this.importAttachment = (attachment) => importLima(this, attachment);
  }

  addresses(file: DrmFile): GpuAddressSpace {
    let space = this.#spaces.get(file);
    if (space === undefined) {
      space = new GpuAddressSpace(0, this.#endAddress);
      this.#spaces.set(file, space);
    }
    return space;
  }

  contexts(file: DrmFile): Set<number> {
    let contexts = this.#contexts.get(file);
    if (contexts === undefined) {
      contexts = new Set();
      this.#contexts.set(file, contexts);
    }
    return contexts;
  }
}

function getParam(registers: Registers): DrmIoctl {
  return drmIoctl(ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const name = REGISTERS[args.param];
    if (name === undefined) return -errno.EINVAL;
    args.value = register(registers, name);
    return 0;
  });
}

function contextCreate(driver: LimaDevice): DrmIoctl {
  return drmIoctl(ioctls.CTX_CREATE, ANY_NODE, (file, args) => {
    // The call is read-only to the caller: what it passes as _pad is not looked at.
    const contexts = driver.contexts(file);
    let id = 0;
    while (contexts.has(id)) id++;
    contexts.add(id);
    args.id = id;
    return 0;
  });
}

function contextFree(driver: LimaDevice): DrmIoctl {
  return drmIoctl(ioctls.CTX_FREE, ANY_NODE, (file, { id, _pad }) => {
    if (_pad !== 0) return -errno.EINVAL;
    return driver.contexts(file).delete(id) ? 0 : -errno.EINVAL;
  });
}

/** GEM_SUBMIT, for which a GPU would have to run. */
const gemSubmit: DrmIoctl = {
  code: requestCode("W", "d", 0x43, 0),
  permission: ANY_NODE,
  run: () => -errno.EOPNOTSUPP,
};

/** lima as a board names it. */
export const lima: SimulatedDriver = {
  name: "lima",
  registers: REGISTERS,
  create: (setup) => new LimaDevice(setup),
};
