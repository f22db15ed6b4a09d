/**
 * xe's GPU address spaces and what is bound in them (xe_vm.c), one synchronous bind a call.
 *
 * Not simulated: page tables, prefetches and binds of the process's own memory; how the entries of
 * the PAT table differ, of which the kernel refuses those that the GPU reserves, and those that are
 * not coherent for cached buffers and imports.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { xe as uapi } from "../../ffi/uapi/xe.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { XeBo, type XeDriver } from "./_xe_bo.ts";

const { constants, ioctls } = uapi;
const LR_MODE = constants.DRM_XE_VM_CREATE_FLAG_LR_MODE;
const FAULT_MODE = constants.DRM_XE_VM_CREATE_FLAG_FAULT_MODE;
const VM_FLAGS = constants.DRM_XE_VM_CREATE_FLAG_SCRATCH_PAGE | LR_MODE | FAULT_MODE |
  constants.DRM_XE_VM_CREATE_FLAG_NO_VM_OVERCOMMIT;
const MAP = constants.DRM_XE_VM_BIND_OP_MAP;
const UNMAP = constants.DRM_XE_VM_BIND_OP_UNMAP;
const PREFETCH = constants.DRM_XE_VM_BIND_OP_PREFETCH;
const BIND_FLAGS = 0xff;
/** Those that change nothing here. */
const PLAIN_FLAGS = constants.DRM_XE_VM_BIND_FLAG_READONLY |
  constants.DRM_XE_VM_BIND_FLAG_IMMEDIATE | constants.DRM_XE_VM_BIND_FLAG_DUMPABLE;
/** Bits of an address (va_bits), as all but the largest GPUs have. */
const VA_BITS = 48;
/** Bytes of an address space. */
const VM_BYTES = 1n << BigInt(VA_BITS);
/** Page tables are of 4 KiB, whatever the processor's page. */
const PAGE = 4096n;
/** Of Xe2's PAT table, the longest (xe_pat.c): older GPUs have from 4 to 8. */
const PAT_ENTRIES = 32;

/** A buffer's place in an address space; `end` is behind it. */
export interface Vma {
  readonly start: bigint;
  readonly end: bigint;
  readonly bo: XeBo;
  /** attr.purgeable_state: its user does not need what is there. */
  dontNeed: boolean;
}

/** xe_device_uncanonicalize_addr(): an address without the sign that the GPU extends it by. */
export function uncanonical(address: bigint): bigint {
  return BigInt.asUintN(VA_BITS, address);
}

/** drm_gpuvm_range_valid(). */
export function isRange(start: bigint, bytes: bigint): boolean {
  return bytes <= VM_BYTES && start <= VM_BYTES - bytes;
}

/** An address space of an open file. */
export class XeVm {
  readonly #vmas = new Set<Vma>();

  /** What lies in a range, in part or whole. */
  within(start: bigint, end: bigint): Vma[] {
    return [...this.#vmas].filter((vma) => vma.start < end && vma.end > start);
  }

  /** What lies in a range, cut at its ends. */
  #cut(start: bigint, end: bigint): Vma[] {
    return this.within(start, end).flatMap((vma) => {
      const cuts = [vma.start, start, end, vma.end].filter((at) =>
        at >= vma.start && at <= vma.end
      );
      const [first = vma.start, ...others] = [...new Set(cuts)].sort((a, b) => a < b ? -1 : 1);
      if (others.length <= 1) return [vma];
      let from = first;
      const parts = others.map((to): Vma => {
        const part = { ...vma, start: from, end: to };
        from = to;
        return part;
      });
      for (const part of parts) this.#add(part);
      this.#remove(vma);
      return parts.filter((part) => part.start >= start && part.end <= end);
    });
  }

  map(start: bigint, end: bigint, bo: XeBo): void {
    this.unmap(start, end);
    this.#add({ start, end, bo, dontNeed: false });
    bo.recomputePurgeable();
  }
  unmap(start: bigint, end: bigint): void {
    for (const vma of this.#cut(start, end)) {
      this.#remove(vma);
      vma.bo.recomputePurgeable();
    }
  }

  #add(vma: Vma): void {
    this.#vmas.add(vma);
    vma.bo.vmas.add(vma);
    vma.bo.get();
  }
  #remove(vma: Vma): void {
    this.#vmas.delete(vma);
    vma.bo.vmas.delete(vma);
    vma.bo.put();
  }
}

/** The address spaces of the open files of a device, by number from 1; a number is given once. */
export class VmTables {
  readonly #files = new WeakMap<DrmFile, { readonly vms: Map<number, XeVm>; last: number }>();

  opened(file: DrmFile): void {
    this.#files.set(file, { vms: new Map(), last: 0 });
  }
  closed(file: DrmFile): void {
    for (const vm of this.#files.get(file)?.vms.values() ?? []) vm.unmap(0n, VM_BYTES);
  }
  get(file: DrmFile, id: number): XeVm | null {
    return this.#files.get(file)?.vms.get(id) ?? null;
  }
  create(file: DrmFile): number {
    const table = this.#files.get(file);
    if (table === undefined) return -errno.ENOMEM;
    table.vms.set(++table.last, new XeVm());
    return table.last;
  }
  /** Whether there was one. */
  destroy(file: DrmFile, id: number): boolean {
    this.get(file, id)?.unmap(0n, VM_BYTES);
    return this.#files.get(file)?.vms.delete(id) ?? false;
  }
}

function vmCreate(tables: VmTables): DrmIoctl {
  return drmIoctl(ioctls.VM_CREATE, ANY_NODE, (file, args) => {
    if (args.extensions !== 0n) return -errno.EINVAL;
    if (args.reserved.some((value) => value !== 0n)) return -errno.EINVAL;
    if ((args.flags & ~VM_FLAGS) !== 0) return -errno.EINVAL;
    if ((args.flags & FAULT_MODE) !== 0 && (args.flags & LR_MODE) === 0) return -errno.EINVAL;
    const id = tables.create(file);
    if (id < 0) return id;
    args.vm_id = id;
    return 0;
  });
}

function vmDestroy(tables: VmTables): DrmIoctl {
  return drmIoctl(ioctls.VM_DESTROY, ANY_NODE, (file, args) => {
    const filled = args.pad !== 0 || args.reserved.some((value) => value !== 0n);
    if (filled) return -errno.EINVAL;
    return tables.destroy(file, args.vm_id) ? 0 : -errno.ENOENT;
  });
}

interface Asked {
  readonly op: number;
  readonly flags: number;
  readonly obj: number;
  readonly offset: bigint;
  readonly addr: bigint;
  readonly range: bigint;
  readonly pat: number;
  readonly prefetchRegion: number;
}

/** vm_bind_ioctl_check_args(): 0 or -errno. */
function checkBind(asked: Asked): number {
  const { op, flags, obj, offset, addr, range } = asked;
  if (asked.pat >= PAT_ENTRIES) return -errno.EINVAL;
  if (op > PREFETCH || (flags & ~BIND_FLAGS) !== 0) return -errno.EINVAL;
  if (asked.prefetchRegion !== 0 && op !== PREFETCH) return -errno.EINVAL;
  if ((op !== MAP && op !== UNMAP) || (flags & ~PLAIN_FLAGS) !== 0) return -errno.EOPNOTSUPP;
  if ((op === MAP) !== (obj !== 0)) return -errno.EINVAL;
  return (offset | addr | range) % PAGE !== 0n || range === 0n ? -errno.EINVAL : 0;
}

/** The buffer that is to be bound, or -errno: xe_vm_bind_ioctl_validate_bo(), vma_lock_and_validate(). */
function bindable(file: DrmFile, { obj, offset, range }: Asked): XeBo | number {
  const bo = file.lookup(obj);
  if (!(bo instanceof XeBo)) return -errno.ENOENT;
  const bytes = BigInt(bo.bytes);
  if (range > bytes || offset > bytes - range) return -errno.EINVAL;
  return bo.refusal() ?? bo;
}

function vmBind(driver: XeDriver): DrmIoctl {
  return drmIoctl(ioctls.VM_BIND, ANY_NODE, (file, args) => {
    const vm = driver.vms.get(file, args.vm_id);
    if (vm === null) return -errno.EINVAL;
    const filled = args.pad !== 0 || args.pad2 !== 0 || args.extensions !== 0n ||
      args.reserved.some((value) => value !== 0n);
    if (filled) return -errno.EINVAL;
    if (args.num_binds > 1 || args.num_syncs > 0) return -errno.EOPNOTSUPP; // not simulated
    const { obj = 0, range = 0n, addr = 0n, op = 0, flags = 0, ...more } = args._anonymous.bind ??
      {};
    const { pat_index: pat = 0, prefetch_mem_region_instance: prefetchRegion = 0 } = more;
    const offset = more._anonymous?.obj_offset ?? 0n;
    const asked = { op, flags, obj, addr, range, offset, pat, prefetchRegion };
    const checked = args.num_binds === 0 ? 0 : checkBind(asked);
    if (checked < 0) return checked;
    // No queue is simulated.
    if (args.exec_queue_id !== 0) return -errno.ENOENT;
    if (args.num_binds === 0) return 0;
    // As it came: MADVISE takes sign-extended addresses, binds do not.
    if (!isRange(addr, range)) return -errno.EINVAL;
    if (op === UNMAP) {
      vm.unmap(addr, addr + range);
      return 0;
    }
    const bo = bindable(file, asked);
    if (typeof bo === "number") return bo;
    vm.map(addr, addr + range, bo);
    return 0;
  });
}

/** The calls on address spaces. */
export function vmIoctls(driver: XeDriver): DrmIoctl[] {
  return [vmCreate(driver.vms), vmDestroy(driver.vms), vmBind(driver)];
}
