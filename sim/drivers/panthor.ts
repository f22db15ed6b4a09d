/**
 * panthor, kernel side (drivers/gpu/drm/panthor/panthor_drv.c and panthor_gem.c): buffers, VMs, cache
 * maintenance, queries. Groups, tiler heaps and asynchronous binds are not simulated: EOPNOTSUPP.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { decode, encode, type StructType, type ValuesOf } from "../../ffi/struct.ts";
import { panthor as uapi } from "../../ffi/uapi/panthor.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
} from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { GemDmaBuf } from "../drm/gem.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { atLeast, type Release } from "../release.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";
import { copyIn, copyOut, copyString, isNull, type UserPointer } from "../user_memory.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import { syncForCpu, syncForDevice } from "../memory/dma_sync.ts";

const { ioctls, structs } = uapi;

const NO_MMAP = 1;
const WB_MMAP = 2;
const IS_IMPORTED = 1;
const FLUSH = 0;
const FLUSH_AND_INVALIDATE = 1;
/** PANTHOR_BO_LABEL_MAXLEN, the NUL included. */
const LABEL_BYTES = 4096;
const MAX_VMS = 32;
/** kvmalloc_array() gives no more. */
const MOST_ALLOCATED = 0x7fff_ffff;
const COHERENCY_NONE = 31;
const ACE_LITE = 0;

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

/** A panthor buffer object. */
class PanthorBo extends ShmemObject {
  readonly panthor: PanthorDevice;
  /** As asked at creation; 0 for an import. */
  readonly flags: number;
  /** The VM that it is private to. */
  readonly exclusiveVm: Vm | null;
  label: string | null = null;

  constructor(
    device: PanthorDevice,
    bytes: number,
    flags: number,
    exclusiveVm: Vm | null,
    attachment: Attachment | null = null,
  ) {
    // should_map_wc(): a coherent device maps everything write-back.
    const cached = device.coherent || (flags & WB_MMAP) !== 0;
    super(device, bytes, cached ? "write-back" : "write-combined", attachment);
    this.panthor = device;
    this.flags = flags;
    this.exclusiveVm = exclusiveVm;
    // A buffer is of use to the GPU once it is bound; programs bind before they touch the memory.
    this.deviceMapped = attachment === null && device.bindsAtCreation;
  }

  override exportDmaBuf(flags: number): DmaBuf | number {
    if (this.exclusiveVm !== null) return -errno.EINVAL;
    // The hooks, and the exporter's own name with them, came with cached maps.
    return this.panthor.has(7)
      ? new GemDmaBuf(this, flags, "panthor", true)
      : new GemDmaBuf(this, flags, "drm", false);
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    // Until the offset ioctl refused, mmap did; afterwards the dma-buf of such a buffer maps.
    if (!this.imported && (this.flags & NO_MMAP) !== 0 && !this.panthor.refusesNoMmapOffset) {
      return -errno.EINVAL;
    }
    if (!this.imported && isCopyOnWrite(request)) return -errno.EINVAL;
    return super.mmap(request, holder);
  }

  /**
   * The device's own mapping. Making it hands the whole buffer over: dma_map_sgtable() cleans every
   * line (panthor_gem_dev_map_get_sgt_locked()).
   */
  mapForDevice(): void {
    if (this.deviceMapped || this.imported) return;
    this.deviceMapped = true;
    syncForDevice(this.memory, this.device.coherent, 0, this.bytes);
  }

  override reachedByDevice(): void {
    this.mapForDevice();
  }

  /** panthor_gem_sync(): exactly the bytes asked; 0 or -errno. */
  sync(type: number, offset: bigint, size: bigint): number {
    const end = BigInt.asUintN(64, offset + size);
    if (end < offset || end > BigInt(this.bytes)) return -errno.EINVAL;
    if (this.imported) return -errno.EINVAL;
    if (type !== FLUSH && type !== FLUSH_AND_INVALIDATE) return -errno.EINVAL;
    const from = Number(offset);
    const length = Number(size);
    this.memory.ask(length);
    if (this.caching !== "write-back" || length === 0) return 0;
    const pages = this.memory.touchedPages(0, Math.ceil(this.bytes / this.memory.model.pageBytes));
    if (pages.length === 0) return 0;
    this.mapForDevice();
    syncForDevice(this.memory, this.device.coherent, from, length);
    if (type === FLUSH_AND_INVALIDATE) {
      syncForCpu(this.memory, this.device.coherent, "from-device", from, length);
    }
    return 0;
  }
}

/** A GPU address space. It lives on while buffers are private to it. */
interface Vm {
  readonly id: number;
}

/** Copies a kernel structure out as PANTHOR_UOBJ_SET() does: cut to, or zero-filled up to `size`. */
function setObject(pointer: UserPointer, size: number, least: number, bytes: Uint8Array): number {
  if (size < least) return -errno.EINVAL;
  if (!copyOut(pointer, bytes.subarray(0, size))) return -errno.EFAULT;
  if (size <= bytes.length) return 0;
  const rest = size - bytes.length;
  if (typeof pointer === "bigint" || pointer.bytes.length < size) return -errno.EFAULT;
  pointer.bytes.fill(0, bytes.length, bytes.length + rest);
  return 0;
}

/** PANTHOR_UOBJ_GET_ARRAY(): `count` structures of `type`, or -errno. */
function getArray(
  array: { stride: number; count: number; array: UserPointer },
  type: StructType,
  least: number,
): ReturnType<typeof copyIn>[] | number {
  if (array.count === 0) return [];
  if (array.stride < least) return -errno.EINVAL;
  if (array.count * type.size > MOST_ALLOCATED) return -errno.ENOMEM;
  const items: ReturnType<typeof copyIn>[] = [];
  if (array.stride === type.size) {
    // One copy of the whole array: a bad end faults before anything is looked at.
    if (copyIn(array.array, type.size * array.count) === null) return -errno.EFAULT;
  }
  for (let i = 0; i < array.count; i++) {
    const item = copyIn(array.array, array.stride, i * array.stride);
    if (item === null) return -errno.EFAULT;
    // copy_struct_from_user(): what this kernel does not know has to be 0.
    if (item.bytes.subarray(type.size).some((byte) => byte !== 0)) return -errno.E2BIG;
    items.push(item);
  }
  return items;
}

class PanthorDevice extends DrmDevice {
  readonly bindsAtCreation: boolean;
  /** BO_MMAP_OFFSET says EPERM for NO_MMAP (since about 6.16). */
  readonly refusesNoMmapOffset: boolean;
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures = {
    kms: null,
    render: true,
    syncobj: true,
    syncobjTimeline: true,
    atomic: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  readonly #registers: Registers;
  readonly #vms = new WeakMap<DrmFile, Map<number, Vm>>();

  constructor(setup: DeviceSetup) {
    super(setup);
    const { release } = setup.machine;
    this.#registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    this.bindsAtCreation = setup.device.bind === "at-creation";
    this.refusesNoMmapOffset = atLeast(release, 6, 16);
    this.version = {
      name: "panthor",
      description: "Panthor DRM driver",
      date: "20230801",
      major: 1,
      minor: minorOf(release),
      patchlevel: 0,
    };
    this.ioctls = ioctlTable(...this.#table());
    this.importAttachment = (attachment) => {
      const object = new PanthorBo(this, attachment.dmaBuf.bytes, 0, null, attachment);
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }

  /** Whether the driver is 1.`minor` or later. */
  has(minor: number): boolean {
    return this.version.minor >= minor;
  }

  override opened(file: DrmFile): void {
    this.#vms.set(file, new Map());
  }

  #vmsOf(file: DrmFile): Map<number, Vm> {
    return this.#vms.get(file) ?? new Map<number, Vm>();
  }

  #bo(file: DrmFile, handle: number): PanthorBo | null {
    const object = file.lookup(handle);
    return object instanceof PanthorBo ? object : null;
  }

  #table(): DrmIoctl[] {
    const table = [
      this.#devQuery(),
      this.#vmCreate(),
      this.#vmDestroy(),
      this.#vmBind(),
      this.#vmGetState(),
      this.#boCreate(),
      this.#boMmapOffset(),
      ...[
        ioctls.GROUP_CREATE,
        ioctls.GROUP_DESTROY,
        ioctls.GROUP_SUBMIT,
        ioctls.GROUP_GET_STATE,
        ioctls.TILER_HEAP_CREATE,
        ioctls.TILER_HEAP_DESTROY,
      ].map(({ code }): DrmIoctl => ({
        code,
        permission: ANY_NODE,
        run: () => -errno.EOPNOTSUPP,
      })),
    ];
    if (this.has(4)) table.push(this.#boSetLabel());
    if (this.has(5)) table.push(this.#setUserMmioOffset());
    if (this.has(7)) table.push(this.#boSync(), this.#boQueryInfo());
    return table;
  }

  #boCreate(): DrmIoctl {
    const known = this.has(7) ? NO_MMAP | WB_MMAP : NO_MMAP;
    return drmIoctl(ioctls.BO_CREATE, ANY_NODE, (file, args) => {
      if (args.size === 0n || args.pad !== 0 || (args.flags & ~known) !== 0) return -errno.EINVAL;
      if ((args.flags & NO_MMAP) !== 0 && (args.flags & WB_MMAP) !== 0) return -errno.EINVAL;
      let vm: Vm | null = null;
      if (args.exclusive_vm_id !== 0) {
        vm = this.#vmsOf(file).get(args.exclusive_vm_id) ?? null;
        if (vm === null) return -errno.EINVAL;
      }
      const bo = createShmem(
        this,
        args.size,
        (bytes) => new PanthorBo(this, bytes, args.flags, vm),
      );
      if (typeof bo === "number") return bo;
      const handle = file.createHandle(bo);
      bo.put();
      if (handle < 0) return handle;
      args.handle = handle;
      args.size = BigInt(bo.bytes);
      return 0;
    });
  }

  #boMmapOffset(): DrmIoctl {
    return drmIoctl(ioctls.BO_MMAP_OFFSET, ANY_NODE, (file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      if (this.refusesNoMmapOffset && (bo.flags & NO_MMAP) !== 0) return -errno.EPERM;
      const added = this.offsets.add(bo);
      if (added < 0) return added;
      args.offset = bo.mapOffset ?? 0n;
      return 0;
    });
  }

  #boSync(): DrmIoctl {
    const type = structs.drm_panthor_bo_sync_op;
    return drmIoctl(ioctls.BO_SYNC, ANY_NODE, (file, args) => {
      const { stride = 0, count = 0, array = 0n } = args.ops;
      const items = getArray({ stride, count, array }, type, type.size);
      if (typeof items === "number") return items;
      for (const item of items) {
        if (item === null) return -errno.EFAULT;
        const op = decode(type, item);
        const bo = this.#bo(file, op.handle);
        if (bo === null) return -errno.ENOENT;
        const result = bo.sync(op.type, op.offset, op.size);
        // The ops before it stay done, and nothing tells which one failed.
        if (result < 0) return result;
      }
      return 0;
    });
  }

  #boQueryInfo(): DrmIoctl {
    return drmIoctl(ioctls.BO_QUERY_INFO, ANY_NODE, (file, args) => {
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      args.pad = 0;
      args.create_flags = bo.flags;
      args.extra_flags = bo.imported ? IS_IMPORTED : 0;
      return 0;
    });
  }

  #boSetLabel(): DrmIoctl {
    return drmIoctl(ioctls.BO_SET_LABEL, ANY_NODE, (file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      const label = isNull(args.label) ? null : copyString(args.label, LABEL_BYTES);
      if (typeof label === "number") return label === -errno.EINVAL ? -errno.E2BIG : label;
      bo.label = label;
      return 0;
    });
  }

  #setUserMmioOffset(): DrmIoctl {
    const { constants } = uapi;
    return drmIoctl(ioctls.SET_USER_MMIO_OFFSET, ANY_NODE, (_file, { offset }) => {
      const known = offset === constants.DRM_PANTHOR_USER_MMIO_OFFSET_32BIT ||
        offset === constants.DRM_PANTHOR_USER_MMIO_OFFSET_64BIT;
      return known ? 0 : -errno.EINVAL;
    });
  }

  #vmCreate(): DrmIoctl {
    // GPU_MMU_FEATURES bits 7:0: the address bits of the MMU.
    const vaBits = register(this.#registers, "mmu_features") & 0xffn;
    const fullRange = 1n << vaBits;
    const kernelLeast = 256n << 20n;
    const taskSize = this.machine.arch === "x86_64" ? 0x7fff_ffff_f000n : 1n << 48n;
    return drmIoctl(ioctls.VM_CREATE, ANY_NODE, (file, args) => {
      if (args.flags !== 0) return -errno.EINVAL;
      let user = args.user_va_range;
      if (user === 0n) user = taskSize < fullRange ? taskSize : fullRange / 2n;
      if (user > fullRange - kernelLeast) user = fullRange - kernelLeast;
      if (args.user_va_range > user) return -errno.EINVAL;
      const vms = this.#vmsOf(file);
      let id = 1;
      while (vms.has(id)) id++;
      // xa_alloc() in 1..32.
      if (id > MAX_VMS) return -errno.EBUSY;
      vms.set(id, { id });
      args.id = id;
      // The kernel's part is a power of two at the top; what is below is the user's.
      const kernelBits = (fullRange - user).toString(2).length - 1;
      args.user_va_range = fullRange - (1n << BigInt(kernelBits));
      return 0;
    });
  }

  #vmDestroy(): DrmIoctl {
    return drmIoctl(ioctls.VM_DESTROY, ANY_NODE, (file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      return this.#vmsOf(file).delete(args.id) ? 0 : -errno.EINVAL;
    });
  }

  #vmGetState(): DrmIoctl {
    return drmIoctl(ioctls.VM_GET_STATE, ANY_NODE, (file, args) => {
      if (!this.#vmsOf(file).has(args.vm_id)) return -errno.EINVAL;
      args.state = uapi.constants.DRM_PANTHOR_VM_STATE_USABLE;
      return 0;
    });
  }

  /** Synchronous binds: they give the buffer its device mapping; addresses are not kept. */
  #vmBind(): DrmIoctl {
    const type = structs.drm_panthor_vm_bind_op;
    const { constants } = uapi;
    const mapFlags = constants.DRM_PANTHOR_VM_BIND_OP_MAP_READONLY |
      constants.DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC | constants.DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED;
    const pageMask = BigInt(this.machine.model.pageBytes - 1);
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
      const bo = this.#bo(file, op.bo_handle);
      if (bo === null || (flags & ~mapFlags) !== 0) return -errno.EINVAL;
      const bytes = BigInt(bo.bytes);
      if (op.size > bytes || op.bo_offset > bytes - op.size) return -errno.EINVAL;
      if (bo.exclusiveVm !== null && bo.exclusiveVm !== vm) return -errno.EINVAL;
      bo.mapForDevice();
      return 0;
    };
    return drmIoctl(ioctls.VM_BIND, ANY_NODE, (file, args) => {
      if ((args.flags & constants.DRM_PANTHOR_VM_BIND_ASYNC) !== 0) return -errno.EOPNOTSUPP;
      const vm = this.#vmsOf(file).get(args.vm_id);
      if (vm === undefined) return -errno.EINVAL;
      const { stride = 0, count = 0, array = 0n } = args.ops;
      const items = getArray({ stride, count, array }, type, type.size);
      if (typeof items === "number") return items;
      for (const [i, item] of items.entries()) {
        const result = item === null ? -errno.EFAULT : bind(file, vm, decode(type, item));
        if (result < 0) {
          // The count says where it stopped.
          args.ops = { ...args.ops, count: i };
          return result;
        }
      }
      return 0;
    });
  }

  #devQuery(): DrmIoctl {
    return drmIoctl(ioctls.DEV_QUERY, ANY_NODE, (_file, args) => {
      const info = this.#info(args.type);
      if (info === null) return -errno.EINVAL;
      if (isNull(args.pointer)) {
        args.size = info.bytes.length;
        return 0;
      }
      return setObject(args.pointer, args.size, info.least, info.bytes);
    });
  }

  #gpuInfo(): Partial<ValuesOf<typeof structs.drm_panthor_gpu_info.fields>> {
    const word = (name: string): number => Number(register(this.#registers, name) & 0xffff_ffffn);
    return {
      gpu_id: word("gpu_id"),
      gpu_rev: word("gpu_rev"),
      csf_id: word("csf_id"),
      l2_features: word("l2_features"),
      tiler_features: word("tiler_features"),
      mem_features: word("mem_features"),
      mmu_features: word("mmu_features"),
      thread_features: word("thread_features"),
      max_threads: word("max_threads"),
      thread_max_workgroup_size: word("thread_max_workgroup_size"),
      thread_max_barrier_size: word("thread_max_barrier_size"),
      coherency_features: word("coherency_features"),
      as_present: word("as_present"),
      core_features: word("core_features"),
      shader_present: register(this.#registers, "shader_present"),
      l2_present: register(this.#registers, "l2_present"),
      tiler_present: register(this.#registers, "tiler_present"),
      gpu_features: register(this.#registers, "gpu_features"),
      // Before 1.7 its place was padding: 0, which would read as ACE_LITE.
      selected_coherency: !this.has(7) ? 0 : this.coherent ? ACE_LITE : COHERENCY_NONE,
    };
  }

  /** One DEV_QUERY answer at this kernel's size, with the smallest size that it accepts. */
  #info(type: number): { bytes: Uint8Array; least: number } | null {
    const { constants } = uapi;
    switch (type) {
      case constants.DRM_PANTHOR_DEV_QUERY_GPU_INFO: {
        const info = encode(structs.drm_panthor_gpu_info, this.#gpuInfo());
        // gpu_features is the newest field.
        return { bytes: info.bytes.subarray(0, this.has(7) ? 112 : 104), least: 96 };
      }
      case constants.DRM_PANTHOR_DEV_QUERY_CSIF_INFO: {
        const { bytes } = encode(structs.drm_panthor_csif_info, {
          csg_slot_count: 8,
          cs_slot_count: 8,
          cs_reg_count: 96,
          scoreboard_slot_count: 8,
          unpreserved_cs_reg_count: 4,
        });
        return { bytes, least: bytes.length };
      }
      case constants.DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO: {
        if (!this.has(1)) return null;
        const { bytes } = encode(structs.drm_panthor_timestamp_info, {
          timestamp_frequency: 24_000_000n,
          current_timestamp: this.machine.clock.now * 24n / 1000n,
        });
        return { bytes: bytes.subarray(0, this.has(8) ? bytes.length : 24), least: 16 };
      }
      case constants.DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO: {
        if (!this.has(2)) return null;
        // High and realtime are root's.
        const allowed = this.machine.uid === 0 ? 0b1111 : 0b0011;
        const type = structs.drm_panthor_group_priorities_info;
        const { bytes } = encode(type, { allowed_mask: allowed });
        return { bytes, least: bytes.length };
      }
      case constants.DRM_PANTHOR_DEV_QUERY_MMU_INFO: {
        if (!this.has(9)) return null;
        const { bytes } = encode(structs.drm_panthor_mmu_info, {
          page_size_bitmap: BigInt(this.machine.model.pageBytes) | (2n << 20n),
        });
        return { bytes, least: bytes.length };
      }
      default:
        return null;
    }
  }
}

interface Range {
  readonly bo_offset: bigint;
  readonly va: bigint;
  readonly size: bigint;
}

/** A Mali-G610 as far as the driver reads it; a board's `registers` change single values. */
const DEFAULT_REGISTERS: Registers = {
  gpu_id: 0xa867_0005n,
  gpu_rev: 0n,
  csf_id: 0n,
  l2_features: 0n,
  tiler_features: 0n,
  mem_features: 0n,
  mmu_features: 0x2830n,
  thread_features: 0n,
  max_threads: 0n,
  thread_max_workgroup_size: 0n,
  thread_max_barrier_size: 0n,
  coherency_features: 1n,
  as_present: 0xffn,
  core_features: 0n,
  shader_present: 0xfn,
  l2_present: 1n,
  tiler_present: 1n,
  gpu_features: 0n,
};

/** panthor as a board names it. */
export const panthor: SimulatedDriver = {
  registers: Object.keys(DEFAULT_REGISTERS),
  create: (setup) => new PanthorDevice(setup),
};
