/**
 * panfrost's buffer objects and the calls on them (panfrost_gem.c, panfrost_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { decode } from "../../ffi/struct.ts";
import { panfrost as uapi } from "../../ffi/uapi/panfrost.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmDevice } from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { GemDmaBuf } from "../drm/gem.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { bits, extent, gemsText, owner, sharing } from "../drm/gems_text.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { mostAllocated } from "../machine.ts";
import { copyIn, copyString, isNull } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import type { GpuAddressSpace } from "./_gpu_address_space.ts";

const { ioctls, structs } = uapi;

const NOEXEC = 1;
const HEAP = 2;
const WB_MMAP = 4;
const IS_IMPORTED = 1;
const FLUSH = 0;
const FLUSH_AND_INVALIDATE = 1;
const MADV_DONTNEED = 1;
/** PANFROST_BO_LABEL_MAXLEN, the NUL included. */
const LABEL_BYTES = 4096;
/** Heaps grow by 2 MiB, and large buffers lie on it. */
const HEAP_STEP = 2 << 20;
/** The boundary that no executable buffer touches: where the GPU addresses end. */
const EXECUTABLE_END = 2 ** 32;

/** What the parts of the driver know of the device. */
export interface PanfrostDriver extends DrmDevice {
  /** How long a job keeps its buffers busy, in nanoseconds. */
  readonly jobNanoseconds: bigint;
  /** Whether the driver is 1.`minor` or later. */
  has(minor: number): boolean;
  /** The GPU addresses of an open file. */
  addresses(file: DrmFile): GpuAddressSpace;
}

/** A panfrost buffer object. */
export class PanfrostBo extends ShmemObject {
  readonly #driver: PanfrostDriver;
  readonly noexec: boolean;
  readonly isHeap: boolean;
  label: string | null;
  /** What madvise was told; negative: purged. */
  madvice = 0;
  /** CPU mappings: each holds the pages, touched or not. */
  #mapped = 0;
  /** Cache maintenance has fetched its pages. */
  #synced = false;
  /** GPU addresses, one for each handle of each open file. */
  readonly mappings: { readonly file: DrmFile; readonly address: number }[] = [];

  constructor(
    driver: PanfrostDriver,
    bytes: number,
    flags: number,
    attachment: Attachment | null = null,
  ) {
    const cached = driver.coherent || (flags & WB_MMAP) !== 0;
    super(driver, bytes, cached ? "write-back" : "write-combined", attachment);
    this.#driver = driver;
    this.noexec = (flags & NOEXEC) !== 0 || attachment !== null;
    this.isHeap = (flags & HEAP) !== 0;
    this.label = attachment !== null ? "GEM PRIME buffer" : null;
  }

  override open(file: DrmFile): number {
    const align = !this.noexec ? this.bytes : this.bytes >= HEAP_STEP ? HEAP_STEP : 0;
    // panfrost_drm_mm_color_adjust(): executable buffers end before a boundary of 4 GiB.
    const end = this.noexec ? undefined : EXECUTABLE_END - this.#driver.machine.model.pageBytes;
    const address = this.#driver.addresses(file).take(this.bytes, align, end);
    if (address < 0) return address;
    // panfrost_mmu_map() allocates every page; a heap gets its own when the GPU faults on them.
    if (!this.isHeap && !this.imported && BigInt(this.bytes) > this.#driver.machine.memoryBytes) {
      this.#driver.addresses(file).give(address);
      return -errno.ENOMEM;
    }
    if (!this.isHeap) this.mapForDevice();
    this.mappings.push({ file, address });
    return 0;
  }
  override close(file: DrmFile): void {
    const index = this.mappings.findIndex((mapping) => mapping.file === file);
    const [mapping] = index < 0 ? [] : this.mappings.splice(index, 1);
    if (mapping !== undefined) this.#driver.addresses(file).give(mapping.address);
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    const area = super.mmap(request, holder);
    if (typeof area === "number" || this.imported) return area;
    this.#mapped++;
    return {
      ...area,
      close: () => {
        this.#mapped--;
        area.close();
      },
    };
  }

  override pin(): number {
    // Its pages are not all there: another device cannot attach.
    return this.isHeap ? -errno.EINVAL : 0;
  }

  override exportDmaBuf(flags: number): DmaBuf {
    return this.#driver.has(6)
      ? new GemDmaBuf(this, flags, "panfrost", true)
      : new GemDmaBuf(this, flags, "drm", false);
  }

  override get resident(): boolean {
    return this.imported || !this.isHeap || this.#mapped > 0 || this.#synced;
  }
  override get residentBytes(): number {
    // panfrost_gem_rss(): of a heap only what GPU faults brought in.
    return this.imported || this.isHeap ? 0 : this.bytes;
  }
  override get purgeable(): boolean {
    return this.madvice === MADV_DONTNEED;
  }
  protected override touchable(offset: number, length: number): number {
    return this.madvice < 0 ? 0 : super.touchable(offset, length);
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
    this.#synced = true;
    syncForDevice(this.memory, this.device.coherent, offset, size);
    if (type === FLUSH_AND_INVALIDATE) {
      syncForCpu(this.memory, this.device.coherent, "from-device", offset, size);
    }
    return 0;
  }
}

/** The buffer of a handle, or null. */
export function findBo(file: DrmFile, handle: number): PanfrostBo | null {
  const object = file.lookup(handle);
  return object instanceof PanfrostBo ? object : null;
}

function createBo(driver: PanfrostDriver): DrmIoctl {
  const known = driver.has(6) ? NOEXEC | HEAP | WB_MMAP : NOEXEC | HEAP;
  return drmIoctl(ioctls.CREATE_BO, ANY_NODE, (file, args) => {
    const { flags } = args;
    if (args.size === 0 || args.pad !== 0 || (flags & ~known) !== 0) return -errno.EINVAL;
    if ((flags & HEAP) !== 0 && (flags & NOEXEC) === 0) return -errno.EINVAL;
    if ((flags & HEAP) !== 0 && (flags & WB_MMAP) !== 0) return -errno.EINVAL;
    const bytes = (flags & HEAP) !== 0 ? Math.ceil(args.size / HEAP_STEP) * HEAP_STEP : args.size;
    const bo = createShmem(
      driver,
      BigInt(bytes),
      (aligned) => new PanfrostBo(driver, aligned, flags),
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

function mmapBo(driver: PanfrostDriver): DrmIoctl {
  return drmIoctl(ioctls.MMAP_BO, ANY_NODE, (file, args) => {
    if (args.flags !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    if (bo.isHeap) return -errno.EINVAL;
    const added = driver.offsets.add(bo);
    if (added < 0) return added;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

function getBoOffset(): DrmIoctl {
  return drmIoctl(ioctls.GET_BO_OFFSET, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    const mapping = bo.mappings.find((entry) => entry.file === file);
    if (mapping === undefined) return -errno.EINVAL;
    args.offset = BigInt(mapping.address);
    return 0;
  });
}

function syncBo(driver: PanfrostDriver): DrmIoctl {
  const type = structs.drm_panfrost_bo_sync_op;
  return drmIoctl(ioctls.SYNC_BO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    if (args.op_count === 0) return 0;
    const bytes = args.op_count * type.size;
    if (bytes > mostAllocated(driver.machine)) return -errno.ENOMEM;
    const block = copyIn(args.ops, bytes);
    if (block === null) return -errno.EFAULT;
    for (let i = 0; i < args.op_count; i++) {
      const op = decode(type, block, i * type.size);
      const bo = findBo(file, op.handle);
      if (bo === null) return -errno.ENOENT;
      const result = bo.sync(op.type, op.offset, op.size);
      if (result < 0) return result;
    }
    return 0;
  });
}

function queryBoInfo(): DrmIoctl {
  return drmIoctl(ioctls.QUERY_BO_INFO, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
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

function setLabelBo(): DrmIoctl {
  return drmIoctl(ioctls.SET_LABEL_BO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    const label = isNull(args.label) ? null : copyString(args.label, LABEL_BYTES);
    if (typeof label === "number") return label === -errno.EINVAL ? -errno.E2BIG : label;
    bo.label = label;
    return 0;
  });
}

function madvise(): DrmIoctl {
  return drmIoctl(ioctls.MADVISE, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    if (args.madv === MADV_DONTNEED && bo.mappings.length !== 1) return -errno.EINVAL;
    // Nothing is ever short of memory here, so what may be dropped is kept.
    if (bo.madvice >= 0) bo.madvice = args.madv | 0;
    args.retained = bo.madvice >= 0 ? 1 : 0;
    return 0;
  });
}

/** PURGED and PURGEABLE of `gems`. */
function purgeState({ madvice }: PanfrostBo): number {
  return (madvice < 0 ? 4 : 0) | (madvice > 0 ? 8 : 0);
}

/** `gems` in debugfs, with its labels. */
export function panfrostGems(driver: PanfrostDriver): string {
  return gemsText(
    "GEM state flags: imported (0x1), exported (0x2), purged (0x4), purgeable (0x8)\n",
    [...owner, ...extent, bits("state", (bo: PanfrostBo) => sharing(bo) | purgeState(bo))],
    [...driver.objects].filter((object) => object instanceof PanfrostBo),
    ({ label }) => label ?? "",
  );
}

/** The calls on buffers that this version of the driver has. */
export function boIoctls(driver: PanfrostDriver): DrmIoctl[] {
  const table = [createBo(driver), mmapBo(driver), getBoOffset(), madvise()];
  if (driver.has(4)) table.push(setLabelBo());
  if (driver.has(6)) table.push(syncBo(driver), queryBoInfo());
  return table;
}
