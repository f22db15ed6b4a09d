import { errno } from "../../ffi/errno.ts";
import type { OpenFile } from "../file.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import { DmaBuf } from "../dmabuf/dma_buf.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import type { DrmDevice, DumbBuffer, DumbRequest } from "./device.ts";
import { GemObject } from "./gem.ts";
import { createShmem } from "./shmem.ts";

/**
 * A buffer of the VRAM helper (drm_gem_vram_helper.c over TTM): it has no pages to hand out, so
 * another device's attach is ENOSYS.
 */
export class VramObject extends GemObject {
  constructor(device: DrmDevice, bytes: number) {
    super(device, bytes, new AnonymousMemory(device.machine.model, bytes));
  }

  override get hasSgTable(): boolean {
    return false;
  }

  /**
   * ttm_bo_mmap_obj() holds TTM's object alone: a lookup of the fake offset finds a GEM object
   * without references, EINVAL, and its range is another's only once TTM's object goes as well.
   */
  protected override releaseOffset(): void {
    if (this.#maps === 0) super.releaseOffset();
    else this.device.offsets.hide(this);
  }
  #maps = 0;

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (isCopyOnWrite(request)) return -errno.EINVAL;
    const file = holder.get();
    this.#maps++;
    const isDmaBuf = holder instanceof DmaBuf;
    return {
      memory: this.memory,
      caching: "write-combined",
      // ttm_bo_vm_fault() counts pages from the object's start: a dma-buf's offset is honoured.
      start: isDmaBuf ? Number(request.offset) : 0,
      file,
      shownOffset: request.offset + (isDmaBuf ? this.mapOffset ?? 0n : 0n),
      // The GEM object goes with the last handle, and the memory stays.
      close: () => {
        if (--this.#maps === 0 && this.references === 0) super.releaseOffset();
        file.put();
      },
    };
  }
}

/** drm_gem_vram_fill_create_dumb(): whole bytes a pixel. */
export function createVramDumb(
  device: DrmDevice,
  { width, height, bpp }: DumbRequest,
): DumbBuffer | number {
  const pitch = Math.imul(width, Math.ceil(bpp / 8)) >>> 0;
  const object = createShmem(
    device,
    BigInt(pitch) * BigInt(height),
    (bytes) => new VramObject(device, bytes),
  );
  if (typeof object === "number") return object;
  return { object, pitch, bytes: object.bytes };
}
