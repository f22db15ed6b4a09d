/**
 * etnaviv's buffer objects and the calls on them (etnaviv_gem.c, etnaviv_gem_prime.c, etnaviv_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { etnaviv as uapi } from "../../ffi/uapi/etnaviv.ts";
import { type Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { waitFor } from "../dmabuf/fence.ts";
import type { DrmDevice } from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { GemObject } from "../drm/gem.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import type { OpenFile } from "../file.ts";
import { pageAlign } from "../machine.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Caching } from "../memory/cache_model.ts";
import { type Direction, syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import { ShmemFile } from "./_shmem_file.ts";
import { deadlineOf } from "./_timespec.ts";

const { ioctls, constants } = uapi;

const CACHE_MASK = constants.ETNA_BO_CACHE_MASK;
const CACHED = constants.ETNA_BO_CACHED;
const WC = constants.ETNA_BO_WC;
const UNCACHED = constants.ETNA_BO_UNCACHED;
const KNOWN_FLAGS = CACHED | WC | UNCACHED | constants.ETNA_BO_FORCE_MMU;
const READ = constants.ETNA_PREP_READ;
const WRITE = constants.ETNA_PREP_WRITE;
const NOSYNC = constants.ETNA_PREP_NOSYNC;
const NONBLOCK = constants.ETNA_WAIT_NONBLOCK;

/** What the parts of the driver know of the device. */
export interface EtnavivDriver extends DrmDevice {
  /** How many GPUs it has: one a pipe, from 0 on. */
  readonly pipes: number;
}

/** etnaviv_op_to_dma_dir(): READ wins where both are said. */
function directionOf(op: number): Direction {
  if ((op & READ) !== 0) return "from-device";
  return (op & WRITE) !== 0 ? "to-device" : "bidirectional";
}

function cachingOf(flags: number): Caching {
  if ((flags & WC) !== 0) return "write-combined";
  return (flags & UNCACHED) !== 0 ? "uncached" : "write-back";
}

/** An etnaviv buffer object. */
export class EtnavivBo extends GemObject {
  readonly caching: Caching;
  /** The shmem file behind it, once a cached mapping shows it. */
  #backing: ShmemFile | null = null;

  constructor(
    driver: DrmDevice,
    bytes: number,
    flags: number,
    attachment: Attachment | null = null,
  ) {
    const memory = attachment?.dmaBuf.memory ?? new AnonymousMemory(driver.machine.model, bytes);
    super(driver, bytes, memory, attachment);
    this.caching = cachingOf(flags);
  }

  /** etnaviv_gem_get_pages(): pages are mapped for the device as they come, which cleans them. */
  getPages(): void {
    if (this.deviceMapped || this.imported) return;
    this.deviceMapped = true;
    syncForDevice(this.memory, this.device.coherent, 0, this.bytes);
  }

  override get resident(): boolean {
    return this.imported || this.deviceMapped;
  }
  override pin(): number {
    this.getPages();
    return 0;
  }
  override reachedByDevice(): void {
    this.getPages();
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    // etnaviv_gem_prime_mmap_obj(): dma_buf_mmap() from its start.
    if (this.attachment !== null) {
      return this.attachment.dmaBuf.mapBuffer({ ...request, offset: 0n });
    }
    const cached = this.caching === "write-back";
    // etnaviv_gem_mmap_obj(): cached mappings are the shmem file's, from its start.
    this.#backing ??= cached
      ? new ShmemFile(this.device.machine, "drm mm object", this.bytes)
      : null;
    const file = this.#backing?.get() ?? holder.get();
    const object = this.get();
    // vmf_insert_pfn() is a BUG() for copy on write: such a mapping is made, and not touched.
    const untouchable = isCopyOnWrite(request);
    return {
      memory: this.memory,
      caching: this.caching,
      // etnaviv_gem_fault() counts pages from the start of the mapping: an offset is ignored.
      start: 0,
      file,
      shownOffset: cached
        ? 0n
        : request.offset + (holder instanceof DmaBuf ? this.mapOffset ?? 0n : 0n),
      accessible: (offset, length) =>
        untouchable ? 0 : Math.max(0, Math.min(length, this.bytes - offset)),
      fault: () => object.getPages(),
      close(): void {
        object.put();
        file.put();
      },
    };
  }

  /** etnaviv_gem_cpu_prep(): 0 or -errno. `until`: nanoseconds. */
  prep(op: number, until: bigint): number {
    this.getPages();
    const { clock } = this.device.machine;
    // dma_resv_usage_rw(): a writer waits for everybody, a reader for writers.
    const pending = this.reservation.pending((op & WRITE) !== 0 ? "all" : "writers");
    if ((op & NOSYNC) !== 0) {
      if (pending.length > 0) return -errno.EBUSY;
    } else {
      const waited = waitFor(clock, pending, until > clock.now ? until : clock.now);
      if (waited === "interrupted") return -errno.EINTR;
      if (waited !== "done") return -errno.ETIMEDOUT;
    }
    if (this.caching !== "write-back") return 0;
    this.memory.ask(this.bytes);
    syncForCpu(this.memory, this.device.coherent, directionOf(op), 0, this.bytes);
    return 0;
  }

  /**
   * etnaviv_gem_cpu_fini(). Without a prep the kernel prints a WARNING and cleans all the same, or,
   * where there are no pages yet, follows a null pointer: here nothing happens then.
   */
  fini(): void {
    if (this.caching !== "write-back" || !this.deviceMapped) return;
    this.memory.ask(this.bytes);
    syncForDevice(this.memory, this.device.coherent, 0, this.bytes);
  }
}

function findBo(file: DrmFile, handle: number): EtnavivBo | null {
  const object = file.lookup(handle);
  return object instanceof EtnavivBo ? object : null;
}

function gemNew(driver: EtnavivDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_NEW, ANY_NODE, (file, args) => {
    const { flags } = args;
    if ((flags & ~KNOWN_FLAGS) !== 0) return -errno.EINVAL;
    const mode = flags & CACHE_MASK;
    if (mode !== CACHED && mode !== WC && mode !== UNCACHED) return -errno.EINVAL;
    // etnaviv_gem_new_handle() takes a u32, and rounds in 32 bits.
    const asked = BigInt.asUintN(32, args.size);
    const bytes = Number(BigInt.asUintN(32, pageAlign(asked, driver.machine.model.pageBytes)));
    const bo = new EtnavivBo(driver, bytes, flags);
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function gemInfo(driver: EtnavivDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_INFO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    const added = driver.offsets.add(bo);
    if (added < 0) return added;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

function cpuPrep(): DrmIoctl {
  return drmIoctl(ioctls.GEM_CPU_PREP, ANY_NODE, (file, args) => {
    if ((args.op & ~(READ | WRITE | NOSYNC)) !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    return bo === null ? -errno.ENOENT : bo.prep(args.op, deadlineOf(args.timeout));
  });
}

function cpuFini(): DrmIoctl {
  return drmIoctl(ioctls.GEM_CPU_FINI, ANY_NODE, (file, args) => {
    if (args.flags !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    bo.fini();
    return 0;
  });
}

/** 0, or the errno of a pipe that there cannot be, or is not. */
export function checkPipe(driver: EtnavivDriver, pipe: number): number {
  if (pipe >= constants.ETNA_MAX_PIPES) return -errno.EINVAL;
  return pipe < driver.pipes ? 0 : -errno.ENXIO;
}

function gemWait(driver: EtnavivDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_WAIT, ANY_NODE, (file, args) => {
    if ((args.flags & ~NONBLOCK) !== 0) return -errno.EINVAL;
    const pipe = checkPipe(driver, args.pipe);
    if (pipe < 0) return pipe;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    // Its own submits alone (is_active()): what there is of them here is the fences of its jobs.
    const pending = bo.reservation.pending("all");
    if ((args.flags & NONBLOCK) !== 0) return pending.length > 0 ? -errno.EBUSY : 0;
    const { clock } = driver.machine;
    const until = deadlineOf(args.timeout);
    const waited = waitFor(clock, pending, until > clock.now ? until : clock.now);
    if (waited === "interrupted") return -errno.EINTR;
    return waited === "done" ? 0 : -errno.ETIMEDOUT;
  });
}

/** The calls on buffer objects. */
export function boIoctls(driver: EtnavivDriver): DrmIoctl[] {
  return [gemNew(driver), gemInfo(driver), cpuPrep(), cpuFini(), gemWait(driver)];
}
