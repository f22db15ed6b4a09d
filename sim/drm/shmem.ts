import { errno } from "../../ffi/errno.ts";
import { type Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import type { OpenFile } from "../file.ts";
import { pageAlign } from "../machine.ts";
import { atLeast, type Release } from "../release.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Caching } from "../memory/cache_model.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import type { DrmDevice, DumbBuffer, DumbRequest } from "./device.ts";
import { GemObject } from "./gem.ts";

/** MAX_LFS_FILESIZE: shmem_file_setup() refuses more. */
const MAX_FILE_BYTES = (1n << 63n) - 1n;
/** What the fake offsets have room for: checked before anything is allocated. */
const MAX_OBJECT_BYTES = 1n << 40n;

/**
 * The size in bytes of an object asked for with `bytes`, page-aligned; or -errno: EINVAL for what
 * shmem refuses, ENOSPC for what no fake offset fits.
 */
export function objectBytes(device: DrmDevice, bytes: bigint): number {
  const aligned = pageAlign(bytes, device.machine.model.pageBytes);
  if (aligned > MAX_FILE_BYTES) return -errno.EINVAL;
  if (aligned > MAX_OBJECT_BYTES) return -errno.ENOSPC;
  return Number(aligned);
}

/** A GEM object of shmem pages: drm_gem_shmem_helper.c. */
export class ShmemObject extends GemObject {
  /** How its own CPU mappings reach memory. */
  readonly caching: Caching;

  constructor(
    device: DrmDevice,
    bytes: number,
    caching: Caching,
    attachment: Attachment | null = null,
  ) {
    const memory = attachment?.dmaBuf.memory ?? new AnonymousMemory(device.machine.model, bytes);
    super(device, bytes, memory, attachment);
    this.caching = caching;
  }

  /** Bytes from `offset` on that can be touched; drivers that purge pages make it fewer. */
  protected touchable(offset: number, length: number): number {
    return Math.max(0, Math.min(length, this.bytes - offset));
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (this.attachment !== null) {
      // Redirected: dma_buf_mmap() from its start, with the dma-buf as the mapping's file. It does
      // not look at the dma-buf's access mode: the node's open mode alone has been checked, and
      // the length against this object, which is as long.
      const { dmaBuf } = this.attachment;
      return dmaBuf.mapBuffer({ ...request, offset: 0n });
    }
    if (isCopyOnWrite(request)) return -errno.EINVAL;
    const file = holder.get();
    const object = this.get();
    return {
      memory: this.memory,
      caching: this.caching,
      // The fault handler counts pages from the start of the mapping: an offset is ignored.
      start: 0,
      file,
      // drm_gem_prime_mmap() adds the fake offset to a dma-buf's.
      shownOffset: request.offset + (holder instanceof DmaBuf ? this.mapOffset ?? 0n : 0n),
      accessible: (offset, length) => this.touchable(offset, length),
      close(): void {
        object.put();
        file.put();
      },
    };
  }
}

/**
 * A new shmem object with a fake offset, or -errno. `make` builds the driver's own class from the
 * aligned size.
 */
export function createShmem<T extends GemObject>(
  device: DrmDevice,
  bytes: bigint,
  make: (bytes: number) => T,
): T | number {
  const aligned = objectBytes(device, bytes);
  if (aligned < 0) return aligned;
  const object = make(aligned);
  const added = device.offsets.add(object);
  if (added < 0) {
    object.put();
    return added;
  }
  return object;
}

/** Color modes of less than a byte a pixel. */
const PACKED = [1, 2, 4];

/**
 * Bytes a line of a dumb buffer. Since 6.19 (drm_mode_size_dumb()) a pixel takes whole bytes unless
 * the mode is a packed one; before, the bits of a line were rounded up, and wrapped in 32 bits.
 */
export function dumbPitch(device: DrmDevice, { width, bpp }: DumbRequest): number {
  const packs = PACKED.includes(bpp) || !atLeast(device.machine.release, 6, 19);
  return packs ? Math.ceil((Math.imul(width, bpp) >>> 0) / 8) : width * Math.ceil(bpp / 8);
}

/** drm_gem_shmem_dumb_create(). */
export function createShmemDumb(
  device: DrmDevice,
  request: DumbRequest,
  caching: Caching,
): DumbBuffer | number {
  const pitch = dumbPitch(device, request);
  const object = createShmem(
    device,
    BigInt(Math.imul(pitch, request.height) >>> 0),
    (bytes) => new ShmemObject(device, bytes, caching),
  );
  if (typeof object === "number") return object;
  return { object, pitch, bytes: object.bytes };
}

/**
 * Drivers of the helper that reach imports with the CPU alone do not map the exporter's pages since
 * 6.17: drm_gem_shmem_prime_import_no_map(). A device's own access, which they have none of in truth,
 * then maps around itself.
 */
export function shmemMapsImports(release: Release): "at-import" | "per-job" {
  return atLeast(release, 6, 17) ? "per-job" : "at-import";
}

/** drm_gem_shmem_prime_import_sg_table(): an object over an importer's attachment, or -errno. */
export function importShmem(device: DrmDevice, attachment: Attachment): GemObject | number {
  const { bytes } = attachment.dmaBuf;
  const object = new ShmemObject(device, bytes, "write-combined", attachment);
  const added = device.offsets.add(object);
  if (added === 0) return object;
  object.put();
  return added;
}
