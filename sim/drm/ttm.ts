import { errno } from "../../ffi/errno.ts";
import { type Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import type { OpenFile } from "../file.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Caching } from "../memory/cache_model.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import type { DrmDevice } from "./device.ts";
import { GemObject } from "./gem.ts";

/** A GEM object over a buffer of TTM (drm_gem_ttm_helper.c, ttm_bo_vm.c). */
export abstract class TtmObject extends GemObject {
  #maps = 0;

  constructor(device: DrmDevice, bytes: number, attachment: Attachment | null = null) {
    const memory = attachment?.dmaBuf.memory ?? new AnonymousMemory(device.machine.model, bytes);
    super(device, bytes, memory, attachment);
  }

  /** How CPU mappings reach the memory where it is now. */
  abstract readonly caching: Caching;

  /**
   * ttm_bo_mmap_obj() holds TTM's object alone: a lookup of the fake offset finds a GEM object
   * without references, EINVAL, and its range is another's only once TTM's object goes as well.
   */
  protected override releaseOffset(): void {
    if (this.#maps === 0) super.releaseOffset();
    else this.device.offsets.hide(this);
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (isCopyOnWrite(request)) return -errno.EINVAL;
    const file = holder.get();
    this.#maps++;
    const isDmaBuf = holder instanceof DmaBuf;
    const caching = (): Caching => this.caching;
    return {
      memory: this.memory,
      // A move takes the pages away from the CPU; the next fault maps them as they are cached then.
      get caching(): Caching {
        return caching();
      },
      // ttm_bo_vm_fault() counts pages from the object's start: a dma-buf's offset is honoured.
      start: isDmaBuf ? Number(request.offset) : 0,
      file,
      shownOffset: request.offset + (isDmaBuf ? this.mapOffset ?? 0n : 0n),
      // Pages of another device (TTM_TT_FLAG_EXTERNAL) are SIGBUS at the first touch.
      ...(this.imported ? { accessible: () => 0 } : {}),
      // The GEM object goes with the last handle, and the memory stays.
      close: () => {
        if (--this.#maps === 0 && this.references === 0) super.releaseOffset();
        file.put();
      },
    };
  }
}
