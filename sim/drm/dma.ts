import { errno } from "../../ffi/errno.ts";
import { PROT_WRITE } from "../../ffi/constants.ts";
import type { Attachment } from "../dmabuf/dma_buf.ts";
import { copyOnWriteArea } from "../dmabuf/memfd.ts";
import type { OpenFile } from "../file.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import { DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmDevice } from "./device.ts";
import { GemObject } from "./gem.ts";
import { objectBytes } from "./shmem.ts";

/**
 * A GEM object of contiguous memory: drm_gem_dma_helper.c. The device has no MMU of its own; the CPU
 * maps it write-combined.
 */
export class DmaObject extends GemObject {
  constructor(device: DrmDevice, bytes: number, attachment: Attachment | null = null) {
    const memory = attachment?.dmaBuf.memory ?? new AnonymousMemory(device.machine.model, bytes);
    super(device, bytes, memory, attachment);
    // dma_alloc_wc(): it is the device's from the start.
    this.deviceMapped = true;
  }

  override get contiguous(): boolean {
    return true;
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    // drm_gem_dma_mmap() takes the fake offset off what a node was asked with: 0 is left. A dma-buf's
    // own stays, and dma_mmap_wc() is told that the object is as long as the mapping.
    if (holder instanceof DmaBuf && request.offset !== 0n) return -errno.ENXIO;
    const file = holder.get();
    const object = this.get();
    const area: VmArea = {
      memory: this.memory,
      // By its address, an import too: the exporter does not get to know.
      caching: "write-combined",
      start: 0,
      file,
      // remap_pfn_range(): a private mapping shows a physical address there, of which there is none.
      shownOffset: 0n,
      close(): void {
        object.put();
        file.put();
      },
    };
    return isCopyOnWrite(request) ? copyOnWriteArea(area) : area;
  }
}

/** Whether a mapping is for writing from the start. */
export function isForWriting({ prot }: MapRequest): boolean {
  return (prot & PROT_WRITE) !== 0;
}

/**
 * A new contiguous object with a fake offset, or -errno: ENOMEM for more than there is, as
 * dma_alloc_wc() knows no other.
 */
export function createDma<T extends DmaObject>(
  device: DrmDevice,
  bytes: number,
  make: (bytes: number) => T,
): T | number {
  const aligned = objectBytes(device, BigInt(bytes));
  if (aligned < 0 || BigInt(aligned) > device.machine.memoryBytes) return -errno.ENOMEM;
  const object = make(aligned);
  const added = device.offsets.add(object);
  if (added === 0) return object;
  object.put();
  return added;
}

/**
 * drm_gem_dma_prime_import_sg_table(): EINVAL for memory in more than one piece, which the device
 * could not reach.
 */
export function importDma<T extends DmaObject>(
  device: DrmDevice,
  attachment: Attachment,
  make: (bytes: number, attachment: Attachment) => T,
): T | number {
  if (!attachment.dmaBuf.contiguous) return -errno.EINVAL;
  const object = make(attachment.dmaBuf.bytes, attachment);
  const added = device.offsets.add(object);
  if (added === 0) return object;
  object.put();
  return added;
}
