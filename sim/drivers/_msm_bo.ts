/**
 * msm's buffer objects and the calls on them (msm_gem.c, msm_gem_prime.c, msm_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { msm as uapi } from "../../ffi/uapi/msm.ts";
import { type Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { waitFor } from "../dmabuf/fence.ts";
import type { DrmDevice } from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { GemDmaBuf, GemObject } from "../drm/gem.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { objectBytes } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { pageAlign } from "../machine.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Caching, Coherency } from "../memory/cache_model.ts";
import { syncForDevice } from "../memory/dma_sync.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import type { Carved, Carveout } from "./_carveout.ts";
import type { GpuAddressSpace } from "./_gpu_address_space.ts";
import { deadlineOf } from "./_timespec.ts";

const { ioctls, constants } = uapi;

const CACHE_MASK = constants.MSM_BO_CACHE_MASK;
const CACHED = constants.MSM_BO_CACHED;
const WC = constants.MSM_BO_WC;
const CACHED_COHERENT = constants.MSM_BO_CACHED_COHERENT;
const SCANOUT = constants.MSM_BO_SCANOUT;
const NO_SHARE = constants.MSM_BO_NO_SHARE;
const NOSYNC = constants.MSM_PREP_NOSYNC;
const WRITE = constants.MSM_PREP_WRITE;
const PREP_FLAGS = constants.MSM_PREP_READ | WRITE | NOSYNC | constants.MSM_PREP_BOOST;
const WILLNEED = constants.MSM_MADV_WILLNEED;
const DONTNEED = constants.MSM_MADV_DONTNEED;
/** Bytes of a name, the NUL included. */
const NAME_BYTES = 32;
const METADATA_BYTES = 128;

/** What the parts of the driver know of the device. */
export interface MsmDriver extends DrmDevice {
  /** A GPU could be started. */
  readonly hasGpu: boolean;
  /** The GPU knows CACHED_COHERENT. */
  readonly hasCachedCoherent: boolean;
  /** 1.13: address spaces, buffers that stay in one, an exporter's name of its own. */
  readonly recent: boolean;
  /** The carve-out that scan-out buffers come from; null where there is none. */
  readonly carveout: Carveout | null;
  /** The addresses that the GPU sees, of an open file; null before anybody asked. */
  addresses(file: DrmFile): GpuAddressSpace | null;
  /** The same, made where there are none. */
  makeAddresses(file: DrmFile): GpuAddressSpace;
}

/** An msm buffer object. */
export class MsmBo extends GemObject {
  readonly #driver: MsmDriver;
  readonly flags: number;
  readonly name: string;
  readonly #carved: Carved | null;
  /** What madvise was told. */
  madvice: number = WILLNEED;
  #hasPages: boolean;
  readonly #addresses = new Map<DrmFile, number>();

  constructor(
    driver: MsmDriver,
    bytes: number,
    flags: number,
    { attachment = null, carved = null, name = "" }: {
      readonly attachment?: Attachment | null;
      /** Its piece of the carve-out. */
      readonly carved?: Carved | null;
      readonly name?: string;
    } = {},
  ) {
    const memory = attachment?.dmaBuf.memory ?? carved?.memory ??
      new AnonymousMemory(driver.machine.model, bytes);
    super(driver, bytes, memory, attachment);
    this.#driver = driver;
    this.flags = flags;
    this.name = name;
    this.#carved = carved;
    this.#hasPages = attachment !== null || carved !== null;
  }

  get caching(): Caching {
    return (this.flags & WC) !== 0 ? "write-combined" : "write-back";
  }
  /** msm_gem_pin_vma_locked() maps it so that the GPU snoops. */
  override get coherency(): Coherency {
    return (this.flags & CACHED_COHERENT) !== 0 ? "io-coherent" : super.coherency;
  }

  protected override free(): void {
    if (this.#carved !== null) this.#driver.carveout?.give(this.#carved);
  }
  override close(file: DrmFile): void {
    const address = this.#addresses.get(file);
    if (address === undefined) return;
    this.#driver.addresses(file)?.give(address);
    this.#addresses.delete(file);
  }

  /** get_pages(): write-combined ones are cleaned as they come, cached ones never. */
  getPages(): void {
    if (this.#hasPages) return;
    this.#hasPages = true;
    if (this.caching !== "write-combined") return;
    this.deviceMapped = true;
    syncForDevice(this.memory, this.device.coherent, 0, this.bytes);
  }
  override get resident(): boolean {
    return this.#hasPages;
  }
  override get purgeable(): boolean {
    return this.madvice === DONTNEED;
  }
  override reachedByDevice(): void {
    this.getPages();
  }
  override pin(): number {
    if ((this.flags & NO_SHARE) !== 0) return -errno.EINVAL;
    if (this.madvice !== WILLNEED) return -errno.EBUSY;
    this.getPages();
    return 0;
  }

  // msm_gem_prime_export(): no hooks for CPU accesses, whatever the caching.
  override exportDmaBuf(flags: number): DmaBuf | number {
    if ((this.flags & NO_SHARE) !== 0) return -errno.EPERM;
    return new GemDmaBuf(this, flags, this.#driver.recent ? "msm" : "drm", false);
  }

  /** The exporter of an import is not asked: its pages are mapped as msm's own. */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    const file = holder.get();
    const object = this.get();
    // vmf_insert_pfn() is a BUG() for copy on write: such a mapping is made, and not touched.
    const untouchable = isCopyOnWrite(request);
    return {
      memory: this.memory,
      caching: this.caching,
      // msm_gem_fault() counts pages from the start of the mapping: an offset is ignored.
      start: 0,
      file,
      shownOffset: request.offset + (holder instanceof DmaBuf ? this.mapOffset ?? 0n : 0n),
      accessible: (offset, length) =>
        untouchable || object.madvice !== WILLNEED
          ? 0
          : Math.max(0, Math.min(length, object.bytes - offset)),
      fault: () => object.getPages(),
      close(): void {
        object.put();
        file.put();
      },
    };
  }

  /** msm_gem_cpu_prep(): waits, and does nothing to a cache. 0 or -errno. */
  prep(op: number, deadline: bigint): number {
    const { clock } = this.device.machine;
    const waits = (op & NOSYNC) === 0 && deadline > clock.now;
    // dma_resv_usage_rw(): a writer waits for everybody, a reader for writers.
    const pending = this.reservation.pending((op & WRITE) !== 0 ? "all" : "writers");
    const waited = waitFor(clock, pending, waits ? deadline : clock.now);
    if (waited === "done") return 0;
    if (waited === "interrupted") return -errno.EINTR;
    return waits ? -errno.ETIMEDOUT : -errno.EBUSY;
  }

  /** Its address in an open file's space, or -errno. */
  addressIn(file: DrmFile): number {
    const known = this.#addresses.get(file);
    if (known !== undefined) return known;
    const address = this.#driver.makeAddresses(file).take(this.bytes, 0);
    if (address >= 0) this.#addresses.set(file, address);
    return address;
  }
}

function findBo(file: DrmFile, handle: number): MsmBo | null {
  const object = file.lookup(handle);
  return object instanceof MsmBo ? object : null;
}

/** Whether a buffer may be made with such flags (msm_gem_new_impl()). */
function isCachingKnown(driver: MsmDriver, flags: number): boolean {
  const mode = flags & CACHE_MASK;
  return mode === CACHED || mode === WC || (mode === CACHED_COHERENT && driver.hasCachedCoherent);
}

/** msm_gem_new(): a buffer with a fake offset, or -errno. `size`: as asked, in bytes. */
export function newBo(
  driver: MsmDriver,
  size: bigint,
  flags: number,
  name = "",
): MsmBo | number {
  const { pageBytes } = driver.machine.model;
  // The size is 32 bits wide before 1.13, also while it is rounded.
  const narrow = (value: bigint): bigint => driver.recent ? value : BigInt.asUintN(32, value);
  const aligned = narrow(pageAlign(narrow(size), pageBytes));
  if (aligned === 0n || !isCachingKnown(driver, flags)) return -errno.EINVAL;
  const bytes = objectBytes(driver, aligned);
  if (bytes < 0) return bytes;
  const carved = driver.carveout !== null && (flags & SCANOUT) !== 0
    ? driver.carveout.take(bytes)
    : null;
  if (typeof carved === "number") return carved;
  const bo = new MsmBo(driver, bytes, flags, { carved, name });
  const added = driver.offsets.add(bo);
  if (added === 0) return bo;
  bo.put();
  return added;
}

function gemNew(driver: MsmDriver): DrmIoctl {
  const share = driver.recent ? NO_SHARE : 0;
  const known = SCANOUT | constants.MSM_BO_GPU_READONLY | share | CACHE_MASK;
  return drmIoctl(ioctls.GEM_NEW, ANY_NODE, (file, args) => {
    if ((args.flags & ~known) !== 0) return -errno.EINVAL;
    const bo = newBo(driver, args.size, args.flags);
    if (typeof bo === "number") return bo;
    // The buffer takes over the lock of the file's address space; without one the kernel follows a
    // null pointer, which is refused here.
    if ((args.flags & NO_SHARE) !== 0 && driver.addresses(file) === null) {
      bo.put();
      return -errno.EFAULT;
    }
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

/** GEM_INFO's arguments behind the handle. */
interface InfoArguments {
  value: bigint;
  len: number;
}

/** What answers by value, which wants `len` to be 0. */
const BY_VALUE: ReadonlySet<number> = new Set([
  constants.MSM_INFO_GET_OFFSET,
  constants.MSM_INFO_GET_IOVA,
  constants.MSM_INFO_SET_IOVA,
  constants.MSM_INFO_GET_FLAGS,
]);

/** Texts are behind an address, where the caller has nothing: a length of 0 alone can be copied. */
function copied(length: number): number {
  return length === 0 ? 0 : -errno.EFAULT;
}

function answerInfo(
  driver: MsmDriver,
  file: DrmFile,
  bo: MsmBo,
  info: number,
  args: InfoArguments,
): number {
  switch (info) {
    case constants.MSM_INFO_GET_OFFSET:
      args.value = bo.mapOffset ?? 0n;
      return 0;
    case constants.MSM_INFO_GET_IOVA: {
      if (!driver.hasGpu) return -errno.EINVAL;
      const address = bo.addressIn(file);
      if (address < 0) return address;
      args.value = BigInt(address);
      return 0;
    }
    case constants.MSM_INFO_SET_IOVA:
      // The GPUs here have one address space for all.
      return driver.hasGpu ? (driver.recent ? -errno.EOPNOTSUPP : -errno.EINVAL) : -errno.EINVAL;
    case constants.MSM_INFO_GET_FLAGS:
      if (bo.imported) return -errno.EINVAL;
      args.value = BigInt(bo.flags);
      return 0;
    case constants.MSM_INFO_SET_NAME:
      return args.len >= NAME_BYTES ? -errno.EINVAL : copied(args.len);
    case constants.MSM_INFO_GET_NAME: {
      const { length } = bo.name;
      if (args.value !== 0n && args.len < length) return -errno.ETOOSMALL;
      args.len = length;
      return args.value === 0n ? 0 : copied(length);
    }
    case constants.MSM_INFO_SET_METADATA:
      return args.len > METADATA_BYTES ? -errno.EOVERFLOW : copied(args.len);
    default: // GET_METADATA: there is none
      args.len = 0;
      return 0;
  }
}

function gemInfo(driver: MsmDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_INFO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    if (BY_VALUE.has(args.info) && args.len !== 0) return -errno.EINVAL;
    if (args.info > constants.MSM_INFO_GET_METADATA) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    return answerInfo(driver, file, bo, args.info, args);
  });
}

function cpuPrep(): DrmIoctl {
  return drmIoctl(ioctls.GEM_CPU_PREP, ANY_NODE, (file, args) => {
    if ((args.op & ~PREP_FLAGS) !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    return bo === null ? -errno.ENOENT : bo.prep(args.op, deadlineOf(args.timeout));
  });
}

function cpuFini(): DrmIoctl {
  return drmIoctl(
    ioctls.GEM_CPU_FINI,
    ANY_NODE,
    (file, args) => findBo(file, args.handle) === null ? -errno.ENOENT : 0,
  );
}

function madvise(): DrmIoctl {
  return drmIoctl(ioctls.GEM_MADVISE, ANY_NODE, (file, args) => {
    if (args.madv !== WILLNEED && args.madv !== DONTNEED) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    // Nothing takes pages away here.
    bo.madvice = args.madv;
    args.retained = 1;
    return 0;
  });
}

/** The calls on buffer objects. */
export function boIoctls(driver: MsmDriver): DrmIoctl[] {
  return [gemNew(driver), gemInfo(driver), cpuPrep(), cpuFini(), madvise()];
}
