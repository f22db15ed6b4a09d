/**
 * virtio_gpu's objects: pages of the guest (virtgpu_object.c), memory of the host that the guest sees
 * through a BAR (virtgpu_vram.c), and buffers of other devices as the host's blobs (virtgpu_prime.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { virtioGpu as uapi } from "../../ffi/uapi/virtio_gpu.ts";
import { type Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { copyOnWriteArea } from "../dmabuf/memfd.ts";
import type { DrmDevice } from "../drm/device.ts";
import { GemDmaBuf, GemObject } from "../drm/gem.ts";
import { ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Caching } from "../memory/cache_model.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";

const MAPPABLE = uapi.constants.VIRTGPU_BLOB_FLAG_USE_MAPPABLE;
const EXPORTER = "virtio_gpu";

/** What every object is on the host. */
export interface Resource {
  /** hw_res_handle: the resource's number on the host. */
  readonly resource: number;
  /** VIRTGPU_BLOB_MEM_*; 0 for a resource of its own kind, and for an import. */
  readonly blobMemory: number;
}

/** Pages of the guest. */
export class GuestObject extends ShmemObject implements Resource {
  readonly resource: number;
  readonly blobMemory: number;

  constructor(device: DrmDevice, bytes: number, { resource, blobMemory }: Resource) {
    super(device, bytes, "write-back");
    this.resource = resource;
    this.blobMemory = blobMemory;
  }

  override exportDmaBuf(flags: number): DmaBuf {
    return new GemDmaBuf(this, flags, EXPORTER, false);
  }
}

/** A blob of the host's own memory. */
export class HostBlob extends GemObject implements Resource {
  readonly resource: number;
  readonly blobMemory = uapi.constants.VIRTGPU_BLOB_MEM_HOST3D;
  readonly mappable: boolean;
  /** As the host says when it is mapped (map_info). */
  readonly #caching: Caching;

  constructor(
    device: DrmDevice,
    bytes: number,
    made: { readonly resource: number; readonly flags: number; readonly caching: Caching },
  ) {
    super(device, bytes, new AnonymousMemory(device.machine.model, bytes));
    this.resource = made.resource;
    this.mappable = (made.flags & MAPPABLE) !== 0;
    this.#caching = made.caching;
  }

  /** virtio_gpu_vram_mmap(). */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (!this.mappable) return -errno.EINVAL;
    if (request.length !== this.bytes) return -errno.EINVAL;
    const file = holder.get();
    const object = this.get();
    const area: VmArea = {
      memory: this.memory,
      caching: this.#caching,
      start: 0,
      file,
      shownOffset: request.offset + (holder instanceof DmaBuf ? this.mapOffset ?? 0n : 0n),
      close(): void {
        object.put();
        file.put();
      },
    };
    return isCopyOnWrite(request) ? copyOnWriteArea(area) : area;
  }

  override exportDmaBuf(flags: number): DmaBuf {
    return new HostBlobDmaBuf(this, flags);
  }
}

/** Its dma-buf: what the guest does not see has no pages that another device could map. */
class HostBlobDmaBuf extends GemDmaBuf {
  readonly #blob: HostBlob;

  constructor(blob: HostBlob, flags: number) {
    super(blob, flags, EXPORTER, false);
    this.#blob = blob;
  }

  /** virtio_gpu_vram_map_dma_buf(): no importer here is a virtio device that knows it by a UUID. */
  protected override mapAttachment(): number {
    return this.#blob.mappable ? 0 : -errno.EIO;
  }
}

/** Another device's buffer: virtgpu_dma_buf_init_obj(). It has neither a fake offset nor an mmap. */
export class ImportedBlob extends GemObject implements Resource {
  readonly resource: number;
  readonly blobMemory = 0;

  constructor(device: DrmDevice, resource: number, attachment: Attachment) {
    const { bytes, memory } = attachment.dmaBuf;
    super(device, bytes, memory, attachment);
    this.resource = resource;
  }

  override mmap(): number {
    return -errno.EINVAL;
  }
}
