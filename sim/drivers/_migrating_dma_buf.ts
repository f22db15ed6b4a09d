/**
 * COUNTERFACTUAL: a dma-buf whose begin migrates. "If the BO needs to be migrated in order to be
 * accessed from the CPU, that needs to happen on map, not on some sort of begin/end" (Faith
 * Ekstrand, dri-devel, 17 Oct 2025). amdgpu and xe do it for buffers in VRAM, when the CPU begins to
 * read; their next job moves the buffer back. So it is done here, for panthor, which has no VRAM.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { waitFor } from "../dmabuf/fence.ts";
import { GemDmaBuf, type GemObject } from "../drm/gem.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Direction } from "../memory/dma_sync.ts";

/** Where a buffer that migrates has its pages: the device's place, or the CPU's. */
export class Placement {
  readonly #object: GemObject;
  #withCpu = false;

  constructor(object: GemObject) {
    this.#object = object;
  }

  /** Copies the whole buffer to the CPU's place, once its fences let it; 0 or -EINTR. */
  moveToCpu(): number {
    if (this.#withCpu) return 0;
    const { device, reservation } = this.#object;
    const waited = waitFor(device.machine.clock, reservation.pending("all"), null);
    if (waited !== "done") return -errno.EINTR;
    this.#move(true);
    return 0;
  }

  /** Copies it back, where it is not: a job begins. */
  moveToDevice(): void {
    if (this.#withCpu) this.#move(false);
  }

  #move(toCpu: boolean): void {
    const { memory } = this.#object;
    if (memory instanceof AnonymousMemory) memory.move("all");
    this.#withCpu = toCpu;
  }
}

/** The dma-buf: a begin for reading moves the buffer after the hooks that panthor has. */
export class MigratingDmaBuf extends GemDmaBuf {
  readonly #placement: Placement;

  constructor(object: GemObject, placement: Placement, flags: number, exporterName: string) {
    super(object, flags, exporterName, true);
    this.#placement = placement;
  }

  protected override beginCpuAccess(direction: Direction): number {
    const begun = super.beginCpuAccess(direction);
    if (begun < 0 || direction === "to-device") return begun;
    return this.#placement.moveToCpu();
  }
}
