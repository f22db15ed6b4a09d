/**
 * panfrost, kernel side (drivers/gpu/drm/panfrost/panfrost_drv.c and panfrost_gem.c): buffers, cache
 * maintenance, queries, jobs that do nothing but keep their buffers busy. Job contexts and
 * performance counters are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { decode } from "../../ffi/struct.ts";
import { panfrost as uapi } from "../../ffi/uapi/panfrost.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { Fence, waitFor } from "../dmabuf/fence.ts";
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
import { syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { atLeast, type Release } from "../release.ts";
import { copyIn, copyString, isNull, type UserPointer } from "../user_memory.ts";
import { GpuAddressSpace } from "./_gpu_address_space.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";

const { ioctls, structs, constants } = uapi;

const NOEXEC = 1;
const HEAP = 2;
const WB_MMAP = 4;
const IS_IMPORTED = 1;
const FLUSH = 0;
const FLUSH_AND_INVALIDATE = 1;
const MADV_DONTNEED = 1;
/** PANFROST_BO_LABEL_MAXLEN, the NUL included. */
const LABEL_BYTES = 4096;
const COHERENCY_NONE = 31;
const ACE_LITE = 0;
const MIB = 1 << 20;
const HEAP_STEP = 2 * MIB;
/** kvmalloc_array() gives no more. */
const MOST_ALLOCATED = 0x7fff_ffff;
/** One jiffy at HZ = 250, in nanoseconds. */
const JIFFY = 4_000_000n;

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

/** A panfrost buffer object. */
class PanfrostBo extends ShmemObject {
  readonly panfrost: PanfrostDevice;
  readonly noexec: boolean;
  readonly isHeap: boolean;
  label: string | null;
  /** What madvise was told; negative: purged. */
  madvice = 0;
  /** GPU addresses, one for each handle of each open file. */
  readonly mappings: { readonly file: DrmFile; readonly address: number }[] = [];

  constructor(
    device: PanfrostDevice,
    bytes: number,
    flags: number,
    attachment: Attachment | null = null,
  ) {
    const cached = device.coherent || (flags & WB_MMAP) !== 0;
    super(device, bytes, cached ? "write-back" : "write-combined", attachment);
    this.panfrost = device;
    this.noexec = (flags & NOEXEC) !== 0 || attachment !== null;
    this.isHeap = (flags & HEAP) !== 0;
    this.label = attachment !== null ? "GEM PRIME buffer" : null;
  }

  override open(file: DrmFile): number {
    const align = !this.noexec ? this.bytes : this.bytes >= HEAP_STEP ? HEAP_STEP : 0;
    const address = this.panfrost.addresses(file).take(this.bytes, align);
    if (address < 0) return address;
    // panfrost_mmu_map(): a heap gets its pages when the GPU faults on them.
    if (!this.isHeap) this.mapForDevice();
    this.mappings.push({ file, address });
    return 0;
  }
  override close(file: DrmFile): void {
    const index = this.mappings.findIndex((mapping) => mapping.file === file);
    const [mapping] = index < 0 ? [] : this.mappings.splice(index, 1);
    if (mapping !== undefined) this.panfrost.addresses(file).give(mapping.address);
  }

  override pin(): number {
    // Its pages are not all there: another device cannot attach.
    return this.isHeap ? -errno.EINVAL : 0;
  }

  override exportDmaBuf(flags: number): DmaBuf {
    return this.panfrost.has(6)
      ? new GemDmaBuf(this, flags, "panfrost", true)
      : new GemDmaBuf(this, flags, "drm", false);
  }

  protected override resident(offset: number, length: number): number {
    return this.madvice < 0 ? 0 : super.resident(offset, length);
  }

  /** drm_gem_shmem_get_pages_sgt(): mapping for the device cleans the whole buffer. */
  mapForDevice(): void {
    if (this.deviceMapped || this.imported) return;
    this.deviceMapped = true;
    syncForDevice(this.memory, this.device.coherent, 0, this.bytes);
  }

  /** panfrost_gem_sync(): 32-bit ranges; 0 or -errno. */
  sync(type: number, offset: number, size: number): number {
    const end = (offset + size) >>> 0;
    if (end < offset || end > this.bytes) return -errno.EINVAL;
    if (this.imported) return -errno.EINVAL;
    if (type !== FLUSH && type !== FLUSH_AND_INVALIDATE) return -errno.EINVAL;
    this.memory.ask(size);
    if (this.caching !== "write-back" || size === 0) return 0;
    this.mapForDevice();
    syncForDevice(this.memory, this.device.coherent, offset, size);
    if (type === FLUSH_AND_INVALIDATE) {
      syncForCpu(this.memory, this.device.coherent, "from-device", offset, size);
    }
    return 0;
  }
}

/** `count` unsigned 32-bit words of user memory, or -errno. */
function copyWords(pointer: UserPointer, count: number): Uint32Array | number {
  if (count * 4 > MOST_ALLOCATED) return -errno.ENOMEM;
  const block = copyIn(pointer, count * 4);
  if (block === null) return -errno.EFAULT;
  const view = new DataView(block.bytes.buffer);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
}

class PanfrostDevice extends DrmDevice {
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures = {
    kms: null,
    render: true,
    syncobj: true,
    syncobjTimeline: false,
    atomic: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  readonly #registers: Registers;
  readonly #jobNanoseconds: bigint;
  readonly #spaces = new WeakMap<DrmFile, GpuAddressSpace>();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.#registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    this.#jobNanoseconds = setup.device.jobNanoseconds;
    this.version = {
      name: "panfrost",
      description: "panfrost DRM",
      date: "20180908",
      major: 1,
      minor: minorOf(setup.machine.release),
      patchlevel: 0,
    };
    this.ioctls = ioctlTable(...this.#table());
    this.importAttachment = (attachment) => {
      const object = new PanfrostBo(this, attachment.dmaBuf.bytes, 0, attachment);
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

  /** The GPU addresses of an open file: 32 MiB to 4 GiB (panfrost_mmu_ctx_create()). */
  addresses(file: DrmFile): GpuAddressSpace {
    let space = this.#spaces.get(file);
    if (space === undefined) {
      space = new GpuAddressSpace(32 * MIB, 4096 * MIB);
      this.#spaces.set(file, space);
    }
    return space;
  }

  #bo(file: DrmFile, handle: number): PanfrostBo | null {
    const object = file.lookup(handle);
    return object instanceof PanfrostBo ? object : null;
  }

  #table(): DrmIoctl[] {
    const table = [
      this.#submit(),
      this.#waitBo(),
      this.#createBo(),
      this.#mmapBo(),
      this.#getParam(),
      this.#getBoOffset(),
      this.#madvise(),
      // The module parameter unstable_ioctls is off: ENOSYS.
      ...[ioctls.PERFCNT_ENABLE, ioctls.PERFCNT_DUMP].map(({ code }): DrmIoctl => ({
        code,
        permission: ANY_NODE,
        run: () => -errno.ENOSYS,
      })),
    ];
    if (this.has(4)) table.push(this.#setLabelBo());
    if (this.has(5)) {
      table.push(
        ...[ioctls.JM_CTX_CREATE, ioctls.JM_CTX_DESTROY].map(({ code }): DrmIoctl => ({
          code,
          permission: ANY_NODE,
          run: () => -errno.EOPNOTSUPP,
        })),
      );
    }
    if (this.has(6)) table.push(this.#syncBo(), this.#queryBoInfo());
    return table;
  }

  #createBo(): DrmIoctl {
    const known = this.has(6) ? NOEXEC | HEAP | WB_MMAP : NOEXEC | HEAP;
    return drmIoctl(ioctls.CREATE_BO, ANY_NODE, (file, args) => {
      const { flags } = args;
      if (args.size === 0 || args.pad !== 0 || (flags & ~known) !== 0) return -errno.EINVAL;
      if ((flags & HEAP) !== 0 && (flags & NOEXEC) === 0) return -errno.EINVAL;
      if ((flags & HEAP) !== 0 && (flags & WB_MMAP) !== 0) return -errno.EINVAL;
      const bytes = (flags & HEAP) !== 0 ? Math.ceil(args.size / HEAP_STEP) * HEAP_STEP : args.size;
      const bo = createShmem(
        this,
        BigInt(bytes),
        (aligned) => new PanfrostBo(this, aligned, flags),
      );
      if (typeof bo === "number") return bo;
      const handle = file.createHandle(bo);
      bo.put();
      if (handle < 0) return handle;
      args.handle = handle;
      args.offset = BigInt(bo.mappings.find((mapping) => mapping.file === file)?.address ?? 0);
      return 0;
    });
  }

  #mmapBo(): DrmIoctl {
    return drmIoctl(ioctls.MMAP_BO, ANY_NODE, (file, args) => {
      if (args.flags !== 0) return -errno.EINVAL;
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      if (bo.isHeap) return -errno.EINVAL;
      const added = this.offsets.add(bo);
      if (added < 0) return added;
      args.offset = bo.mapOffset ?? 0n;
      return 0;
    });
  }

  #getBoOffset(): DrmIoctl {
    return drmIoctl(ioctls.GET_BO_OFFSET, ANY_NODE, (file, args) => {
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      const mapping = bo.mappings.find((entry) => entry.file === file);
      if (mapping === undefined) return -errno.EINVAL;
      args.offset = BigInt(mapping.address);
      return 0;
    });
  }

  #syncBo(): DrmIoctl {
    const type = structs.drm_panfrost_bo_sync_op;
    return drmIoctl(ioctls.SYNC_BO, ANY_NODE, (file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      if (args.op_count === 0) return 0;
      const bytes = args.op_count * type.size;
      if (bytes > MOST_ALLOCATED) return -errno.ENOMEM;
      const block = copyIn(args.ops, bytes);
      if (block === null) return -errno.EFAULT;
      for (let i = 0; i < args.op_count; i++) {
        const op = decode(type, block, i * type.size);
        const bo = this.#bo(file, op.handle);
        if (bo === null) return -errno.ENOENT;
        const result = bo.sync(op.type, op.offset, op.size);
        if (result < 0) return result;
      }
      return 0;
    });
  }

  #queryBoInfo(): DrmIoctl {
    return drmIoctl(ioctls.QUERY_BO_INFO, ANY_NODE, (file, args) => {
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      args.pad = 0;
      args.create_flags = 0;
      args.extra_flags = bo.imported ? IS_IMPORTED : 0;
      if (bo.imported) return 0;
      // Put together from what the buffer is, not from what was asked: on a coherent GPU every
      // buffer reads back as cached, heaps too.
      if (bo.noexec) args.create_flags |= NOEXEC;
      if (bo.isHeap) args.create_flags |= HEAP;
      if (bo.caching === "write-back") args.create_flags |= WB_MMAP;
      return 0;
    });
  }

  #setLabelBo(): DrmIoctl {
    return drmIoctl(ioctls.SET_LABEL_BO, ANY_NODE, (file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      const label = isNull(args.label) ? null : copyString(args.label, LABEL_BYTES);
      if (typeof label === "number") return label === -errno.EINVAL ? -errno.E2BIG : label;
      bo.label = label;
      return 0;
    });
  }

  #madvise(): DrmIoctl {
    return drmIoctl(ioctls.MADVISE, ANY_NODE, (file, args) => {
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      if (args.madv === MADV_DONTNEED && bo.mappings.length !== 1) return -errno.EINVAL;
      // Nothing is ever short of memory here, so what may be dropped is kept.
      if (bo.madvice >= 0) bo.madvice = args.madv | 0;
      args.retained = bo.madvice >= 0 ? 1 : 0;
      return 0;
    });
  }

  #getParam(): DrmIoctl {
    return drmIoctl(ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      const value = this.#param(args.param);
      if (value === null) return -errno.EINVAL;
      args.value = value;
      return 0;
    });
  }

  #param(param: number): bigint | null {
    const name = REGISTER_OF_PARAM.get(param);
    if (name !== undefined) return register(this.#registers, name);
    switch (param) {
      case constants.DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP:
        return this.has(3) ? this.machine.clock.now * 24n / 1000n : null;
      case constants.DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP_FREQUENCY:
        return this.has(3) ? 24_000_000n : null;
      case constants.DRM_PANFROST_PARAM_ALLOWED_JM_CTX_PRIORITIES:
        return this.has(5) ? (this.machine.uid === 0 ? 0b111n : 0b011n) : null;
      case constants.DRM_PANFROST_PARAM_SELECTED_COHERENCY:
        return this.has(6) ? BigInt(this.coherent ? ACE_LITE : COHERENCY_NONE) : null;
      default:
        return null;
    }
  }

  #waitBo(): DrmIoctl {
    return drmIoctl(ioctls.WAIT_BO, ANY_NODE, (file, args) => {
      if (args.pad !== 0) return -errno.EINVAL;
      const bo = this.#bo(file, args.handle);
      if (bo === null) return -errno.ENOENT;
      const { clock } = this.machine;
      const waits = args.timeout_ns > clock.now;
      const until = waits ? args.timeout_ns : clock.now;
      if (waitFor(clock, bo.reservation.pending("all"), until) !== "done") {
        return waits ? -errno.ETIMEDOUT : -errno.EBUSY;
      }
      // dma_resv_wait_timeout() returns the jiffies that are left, at least 1, and the ioctl passes
      // them on; a long time is cut to the positive part of an int here.
      const left = waits ? (args.timeout_ns - clock.now) / JIFFY + 1n : 1n;
      return Number(left & 0x7fff_ffffn) || 1;
    });
  }

  #submit(): DrmIoctl {
    const requirements = constants.PANFROST_JD_REQ_FS |
      (this.has(3) ? constants.PANFROST_JD_REQ_CYCLE_COUNT : 0);
    return drmIoctl(ioctls.SUBMIT, ANY_NODE, (file, args) => {
      // The fields behind requirements came with job contexts; the newest kernel checks the pad.
      if (this.has(5) && args.pad !== 0) return -errno.EINVAL;
      if (args.jc === 0n || (args.requirements & ~requirements) !== 0) return -errno.EINVAL;
      const out = args.out_sync > 0 ? file.syncobjs.get(args.out_sync) : null;
      if (out === undefined) return -errno.ENODEV;
      if (this.has(5) && args.jm_ctx_handle !== 0) return -errno.EINVAL;
      const waits = copyWords(args.in_syncs, args.in_sync_count);
      if (typeof waits === "number") return waits;
      const before: Fence[] = [];
      for (const handle of waits) {
        const fence = file.syncobjs.get(handle)?.fence;
        if (fence === undefined) return -errno.ENOENT;
        if (fence === null) return -errno.EINVAL;
        before.push(fence);
      }
      const handles = copyWords(args.bo_handles, args.bo_handle_count);
      if (typeof handles === "number") return handles;
      const bos: PanfrostBo[] = [];
      for (const handle of handles) {
        const bo = this.#bo(file, handle);
        if (bo === null) return -errno.ENOENT;
        bos.push(bo);
      }
      const { clock } = this.machine;
      for (const bo of bos) before.push(...bo.reservation.pending("all"));
      // The job starts when everything that it waits for is done; what never ends counts as ended.
      const start = before.reduce(
        (latest, { signalled, deadline }) =>
          !signalled && deadline !== null && deadline > latest ? deadline : latest,
        clock.now,
      );
      const fence = new Fence(clock, start + this.#jobNanoseconds);
      for (const bo of bos) bo.reservation.add(fence, "write");
      if (out !== null) out.fence = fence;
      return 0;
    });
  }
}

/** A Mali-G52 as far as the driver reads it; a board's `registers` change single values. */
const DEFAULT_REGISTERS: Registers = {
  gpu_prod_id: 0x7212n,
  gpu_revision: 0n,
  shader_present: 0n,
  tiler_present: 0n,
  l2_present: 0n,
  mmu_features: 0x2830n,
};

/** GET_PARAM's plain values: the parameter's name is the register's. */
const REGISTER_OF_PARAM: ReadonlyMap<number, string> = new Map(
  Object.entries(constants)
    .filter(([name, value]) =>
      name.startsWith("DRM_PANFROST_PARAM_") &&
      Number(value) < constants.DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP
    )
    .map(([name, value]) => [
      Number(value),
      name.slice("DRM_PANFROST_PARAM_".length).toLowerCase(),
    ]),
);

/** panfrost as a board names it. */
export const panfrost: SimulatedDriver = {
  registers: [...REGISTER_OF_PARAM.values()],
  create: (setup) => new PanfrostDevice(setup),
};
