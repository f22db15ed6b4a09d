/**
 * lima's buffers: creation, heaps, GPU addresses, waiting (lima_gem.c, lima_vm.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { lima as uapi } from "../../ffi/uapi/lima.ts";
import type { Attachment } from "../dmabuf/dma_buf.ts";
import { waitFor } from "../dmabuf/fence.ts";
import type { DrmDevice } from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { syncForDevice } from "../memory/dma_sync.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import type { GpuAddressSpace } from "./_gpu_address_space.ts";

const { ioctls, constants } = uapi;
const HEAP = constants.LIMA_BO_FLAG_HEAP;
const READ = constants.LIMA_GEM_WAIT_READ;
const WRITE = constants.LIMA_GEM_WAIT_WRITE;
/** Pages that a heap has from the start: lima_heap_init_nr_pages. */
const HEAP_PAGES = 8;

/** What the parts of the driver know of the device. */
export interface LimaDriver extends DrmDevice {
  /** The GPU addresses of an open file. */
  addresses(file: DrmFile): GpuAddressSpace;
}

/** A buffer's GPU address in one open file, for all handles that it has there. */
interface Mapped {
  readonly file: DrmFile;
  readonly address: number;
  handles: number;
}

/** A lima buffer object. */
export class LimaBo extends ShmemObject {
  readonly #driver: LimaDriver;
  readonly isHeap: boolean;
  readonly #mappings: Mapped[] = [];

  constructor(
    driver: LimaDriver,
    bytes: number,
    isHeap: boolean,
    attachment: Attachment | null = null,
  ) {
    super(driver, bytes, "write-combined", attachment);
    this.#driver = driver;
    this.isHeap = isHeap;
  }

  /** Its pages, a heap's first ones, are fetched and mapped for the device; 0 or -errno. */
  fetch(): number {
    const { machine, coherent } = this.#driver;
    const heap = HEAP_PAGES * machine.model.pageBytes;
    const bytes = this.isHeap ? Math.min(heap, this.bytes) : this.bytes;
    if (BigInt(bytes) > machine.memoryBytes) return -errno.ENOMEM;
    this.deviceMapped = true;
    syncForDevice(this.memory, coherent, 0, bytes);
    return 0;
  }

  /** Its GPU address in an open file, in bytes; 0 is an address. */
  addressIn(file: DrmFile): number {
    return this.#mappings.find((mapping) => mapping.file === file)?.address ?? 0;
  }

  override open(file: DrmFile): number {
    const known = this.#mappings.find((mapping) => mapping.file === file);
    if (known !== undefined) {
      known.handles++;
      return 0;
    }
    const address = this.#driver.addresses(file).take(this.bytes, 0);
    if (address < 0) return address;
    this.#mappings.push({ file, address, handles: 1 });
    return 0;
  }
  override close(file: DrmFile): void {
    const index = this.#mappings.findIndex((mapping) => mapping.file === file);
    const mapping = this.#mappings[index];
    if (mapping === undefined || --mapping.handles > 0) return;
    this.#driver.addresses(file).give(mapping.address);
    this.#mappings.splice(index, 1);
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    return this.isHeap ? -errno.EINVAL : super.mmap(request, holder);
  }
  override pin(): number {
    // Its pages are not all there: another device cannot attach.
    return this.isHeap ? -errno.EINVAL : 0;
  }
}

function findBo(file: DrmFile, handle: number): LimaBo | null {
  const object = file.lookup(handle);
  return object instanceof LimaBo ? object : null;
}

/** lima_gem_prime_import_sg_table(). */
export function importLima(driver: LimaDriver, attachment: Attachment): LimaBo | number {
  const bo = new LimaBo(driver, attachment.dmaBuf.bytes, false, attachment);
  const added = driver.offsets.add(bo);
  if (added === 0) return bo;
  bo.put();
  return added;
}

function gemCreate(driver: LimaDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_CREATE, ANY_NODE, (file, args) => {
    if (args.pad !== 0 || (args.flags & ~HEAP) !== 0 || args.size === 0) return -errno.EINVAL;
    const isHeap = (args.flags & HEAP) !== 0;
    const bo = createShmem(
      driver,
      BigInt(args.size),
      (bytes) => new LimaBo(driver, bytes, isHeap),
    );
    if (typeof bo === "number") return bo;
    const fetched = bo.fetch();
    const handle = fetched < 0 ? fetched : file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function gemInfo(): DrmIoctl {
  return drmIoctl(ioctls.GEM_INFO, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    args.va = bo.addressIn(file);
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

function gemWait(driver: LimaDriver): DrmIoctl {
  const { clock } = driver.machine;
  return drmIoctl(ioctls.GEM_WAIT, ANY_NODE, (file, { handle, op, timeout_ns }) => {
    if ((op & ~(READ | WRITE)) !== 0) return -errno.EINVAL;
    if (op === 0) return 0;
    // drm_gem_dma_resv_wait(): EINVAL, not ENOENT.
    const bo = findBo(file, handle);
    if (bo === null) return -errno.EINVAL;
    const waits = timeout_ns > clock.now;
    const fences = bo.reservation.pending((op & WRITE) !== 0 ? "all" : "writers");
    const waited = waitFor(clock, fences, waits ? timeout_ns : clock.now);
    if (waited === "done") return 0;
    if (waited === "interrupted") return -errno.EINTR;
    return waits ? -errno.ETIMEDOUT : -errno.EBUSY;
  });
}

/** The calls on buffers. */
export function boIoctls(driver: LimaDriver): DrmIoctl[] {
  return [gemCreate(driver), gemInfo(), gemWait(driver)];
}
