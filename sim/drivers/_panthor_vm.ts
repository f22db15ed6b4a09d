/**
 * panthor's GPU address spaces and binds (panthor_mmu.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { decode } from "../../ffi/struct.ts";
import { panthor as uapi } from "../../ffi/uapi/panthor.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { findBo, type PanthorDriver } from "./_panthor_bo.ts";
import { getArray } from "./_panthor_user_objects.ts";

const { ioctls, structs } = uapi;
/** PANTHOR_MAX_VMS_PER_FILE. */
const MAX_VMS = 32;

/** A GPU address space. It lives on while buffers are private to it. */
export interface Vm {
  readonly id: number;
}

/** The VMs of one open file, numbered from 1. */
export class VmPool {
  readonly #vms = new Map<number, Vm>();

  /** The lowest free number (xa_alloc() in 1..32), or -EBUSY. */
  create(): number {
    let id = 1;
    while (this.#vms.has(id)) id++;
    if (id > MAX_VMS) return -errno.EBUSY;
    this.#vms.set(id, { id });
    return id;
  }
  get(id: number): Vm | null {
    return this.#vms.get(id) ?? null;
  }
  /** Whether there was one. */
  destroy(id: number): boolean {
    return this.#vms.delete(id);
  }
}

interface Range {
  readonly bo_offset: bigint;
  readonly va: bigint;
  readonly size: bigint;
}

function vmCreate(driver: PanthorDriver, vaBits: bigint): DrmIoctl {
  const fullRange = 1n << vaBits;
  const kernelLeast = 256n << 20n;
  const taskSize = driver.machine.arch === "x86_64" ? 0x7fff_ffff_f000n : 1n << 48n;
  const most = fullRange - kernelLeast;
  const usual = taskSize < fullRange ? taskSize : fullRange > 1n << 32n ? fullRange / 2n : most;
  return drmIoctl(ioctls.VM_CREATE, ANY_NODE, (file, args) => {
    if (args.flags !== 0 || most <= 0n) return -errno.EINVAL;
    let user = args.user_va_range === 0n ? usual : args.user_va_range;
    if (user > most) user = most;
    if (args.user_va_range > user) return -errno.EINVAL;
    const id = driver.vms(file).create();
    if (id < 0) return id;
    args.id = id;
    // The kernel's part is a power of two at the top; what is below is the user's.
    const kernelBits = (fullRange - user).toString(2).length - 1;
    args.user_va_range = fullRange - (1n << BigInt(kernelBits));
    return 0;
  });
}

function vmDestroy(driver: PanthorDriver): DrmIoctl {
  return drmIoctl(ioctls.VM_DESTROY, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    return driver.vms(file).destroy(args.id) ? 0 : -errno.EINVAL;
  });
}

function vmGetState(driver: PanthorDriver): DrmIoctl {
  return drmIoctl(ioctls.VM_GET_STATE, ANY_NODE, (file, args) => {
    if (driver.vms(file).get(args.vm_id) === null) return -errno.EINVAL;
    args.state = uapi.constants.DRM_PANTHOR_VM_STATE_USABLE;
    return 0;
  });
}

/** Synchronous binds: they give the buffer its device mapping; addresses are not kept. */
function vmBind(driver: PanthorDriver): DrmIoctl {
  const type = structs.drm_panthor_vm_bind_op;
  const { constants } = uapi;
  const mapFlags = constants.DRM_PANTHOR_VM_BIND_OP_MAP_READONLY |
    constants.DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC | constants.DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED;
  const pageMask = BigInt(driver.machine.model.pageBytes - 1);
  const bind = (
    file: DrmFile,
    vm: Vm,
    op: { flags: number; bo_handle: number } & Range,
  ): number => {
    if (((op.va | op.size) & pageMask) !== 0n) return -errno.EINVAL;
    const kind = (op.flags & constants.DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) >>> 0;
    const flags = (op.flags & ~constants.DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) >>> 0;
    if (kind === constants.DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP) {
      return flags !== 0 || op.bo_handle !== 0 || op.bo_offset !== 0n ? -errno.EINVAL : 0;
    }
    if (kind !== constants.DRM_PANTHOR_VM_BIND_OP_TYPE_MAP) return -errno.EINVAL;
    const bo = findBo(file, op.bo_handle);
    if (bo === null || (flags & ~mapFlags) !== 0) return -errno.EINVAL;
    const bytes = BigInt(bo.bytes);
    if (op.size > bytes || op.bo_offset > bytes - op.size) return -errno.EINVAL;
    if (bo.exclusiveVm !== null && bo.exclusiveVm !== vm) return -errno.EINVAL;
    bo.mapForDevice();
    return 0;
  };
  return drmIoctl(ioctls.VM_BIND, ANY_NODE, (file, args) => {
    if ((args.flags & constants.DRM_PANTHOR_VM_BIND_ASYNC) !== 0) return -errno.EOPNOTSUPP;
    const vm = driver.vms(file).get(args.vm_id);
    if (vm === null) return -errno.EINVAL;
    const { stride = 0, count = 0, array = 0n } = args.ops;
    const items = getArray(driver.machine, { stride, count, array }, type, type.size);
    if (typeof items === "number") return items;
    for (const [i, item] of items.entries()) {
      const result = bind(file, vm, decode(type, item));
      if (result < 0) {
        // The count says where it stopped.
        args.ops = { ...args.ops, count: i };
        return result;
      }
    }
    return 0;
  });
}

/**
 * The calls on VMs.
 * @param vaBits the address bits of the GPU's MMU (GPU_MMU_FEATURES bits 7:0)
 */
export function vmIoctls(driver: PanthorDriver, vaBits: bigint): DrmIoctl[] {
  return [vmCreate(driver, vaBits), vmDestroy(driver), vmGetState(driver), vmBind(driver)];
}
