/**
 * v3d's buffers: creation, GPU addresses, waiting (v3d_bo.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { v3d as uapi } from "../../ffi/uapi/v3d.ts";
import type { Attachment } from "../dmabuf/dma_buf.ts";
import { waitFor } from "../dmabuf/fence.ts";
import type { DrmDevice } from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import { syncForDevice } from "../memory/dma_sync.ts";
import type { GpuAddressSpace } from "./_gpu_address_space.ts";

const { ioctls } = uapi;

/** nsecs_to_jiffies_timeout() of so long is forever. */
const FOREVER = 1n << 62n;

/** What the parts of the driver know of the device. */
export interface V3dDriver extends DrmDevice {
  /** The device's one address space: every open file has the same. */
  readonly addresses: GpuAddressSpace;
  /** What a buffer's GPU address is a multiple of, for so many bytes. */
  alignment(bytes: number): number;
}

/** A v3d buffer object. */
export class V3dBo extends ShmemObject {
  readonly #driver: V3dDriver;
  #address: number | null = null;

  constructor(driver: V3dDriver, bytes: number, attachment: Attachment | null = null) {
    super(driver, bytes, "write-combined", attachment);
    this.#driver = driver;
  }

  /** The GPU address, in bytes. */
  get address(): number {
    return this.#address ?? 0;
  }

  /** v3d_bo_create_finish(): all pages, mapped for the device, and a GPU address; 0 or -errno. */
  finish(): number {
    const { machine, addresses, coherent } = this.#driver;
    if (!this.imported) {
      if (BigInt(this.bytes) > machine.memoryBytes) return -errno.ENOMEM;
      this.deviceMapped = true;
      syncForDevice(this.memory, coherent, 0, this.bytes);
    }
    const address = addresses.take(this.bytes, this.#driver.alignment(this.bytes));
    if (address < 0) return address;
    this.#address = address;
    return 0;
  }
  protected override free(): void {
    if (this.#address !== null) this.#driver.addresses.give(this.#address);
  }

  /** v3d_gem_status(): an import has no pages of its own. */
  override get resident(): boolean {
    return !this.imported;
  }
}

function findBo(file: DrmFile, handle: number): V3dBo | null {
  const object = file.lookup(handle);
  return object instanceof V3dBo ? object : null;
}

/** v3d_prime_import_sg_table(). */
export function importV3d(driver: V3dDriver, attachment: Attachment): V3dBo | number {
  const bo = new V3dBo(driver, attachment.dmaBuf.bytes, attachment);
  const added = driver.offsets.add(bo);
  const result = added < 0 ? added : bo.finish();
  if (result === 0) return bo;
  bo.put();
  return result;
}

function createBo(driver: V3dDriver): DrmIoctl {
  const page = driver.machine.model.pageBytes;
  return drmIoctl(ioctls.CREATE_BO, ANY_NODE, (file, args) => {
    if (args.flags !== 0) return -errno.EINVAL;
    // PAGE_ALIGN() of a 32-bit size wraps to 0, which v3d_create_object() refuses.
    const size = (Math.ceil(args.size / page) * page) >>> 0;
    if (size === 0) return -errno.EINVAL;
    const bo = createShmem(driver, BigInt(size), (bytes) => new V3dBo(driver, bytes));
    if (typeof bo === "number") return bo;
    const finished = bo.finish();
    if (finished < 0) {
      bo.put();
      return finished;
    }
    args.offset = bo.address;
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function mmapBo(): DrmIoctl {
  return drmIoctl(ioctls.MMAP_BO, ANY_NODE, (file, args) => {
    if (args.flags !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

function getBoOffset(): DrmIoctl {
  return drmIoctl(ioctls.GET_BO_OFFSET, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    args.offset = bo.address;
    return 0;
  });
}

function waitBo(driver: V3dDriver): DrmIoctl {
  const { clock } = driver.machine;
  return drmIoctl(ioctls.WAIT_BO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const start = clock.now;
    // drm_gem_dma_resv_wait(): EINVAL, not ENOENT.
    const bo = findBo(file, args.handle);
    const until = args.timeout_ns >= FOREVER ? null : start + args.timeout_ns;
    const waited = bo === null ? null : waitFor(clock, bo.reservation.pending("all"), until);
    const passed = clock.now - start;
    args.timeout_ns = passed < args.timeout_ns ? args.timeout_ns - passed : 0n;
    if (waited === null) return -errno.EINVAL;
    if (waited === "done") return 0;
    if (waited === "timeout") return args.timeout_ns > 0n ? -errno.EAGAIN : -errno.ETIME;
    return -errno.EINTR;
  });
}

/** The calls on buffers. */
export function boIoctls(driver: V3dDriver): DrmIoctl[] {
  return [createBo(driver), mmapBo(), getBoOffset(), waitBo(driver)];
}
