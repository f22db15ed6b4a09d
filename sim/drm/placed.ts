/**
 * Buffers with a place: system memory that the device maps, or memory of its own (VRAM). They move
 * between the two: for another device or the CPU to system memory, with the next job back.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { waitFor } from "../dmabuf/fence.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Direction } from "../memory/dma_sync.ts";
import { GemDmaBuf } from "./gem.ts";
import { TtmObject } from "./ttm.ts";

/** Where a buffer is. */
export type Place = "system" | "vram";

/** A buffer that can be in two places. */
export abstract class PlacedObject extends TtmObject {
  /** Where it is now. */
  abstract place: Place;
  /** Where the device wants it, and whether it may be in system memory at all. */
  abstract readonly preferred: Place;
  abstract readonly maySystem: boolean;

  /** Another device's attachment holds it in system memory. */
  get pinnedBySharing(): boolean {
    return (this.dmaBuf?.attachments.size ?? 0) > 0;
  }

  /** Copies all of it, once its fences let it; 0 or -EINTR. */
  move(to: Place): number {
    if (this.place === to || this.imported) return 0;
    const { clock } = this.device.machine;
    const waited = waitFor(clock, this.reservation.pending("all"), null);
    if (waited !== "done") return -errno.EINTR;
    if (this.memory instanceof AnonymousMemory) this.memory.move("all");
    this.place = to;
    return 0;
  }

  override jobBegins(): number {
    const moved = this.preferred === "vram" && !this.pinnedBySharing ? this.move("vram") : 0;
    return moved < 0 ? moved : super.jobBegins();
  }
}

/** Its dma-buf, which has a begin that moves and no end. */
export class PlacedDmaBuf extends GemDmaBuf {
  readonly #object: PlacedObject;
  readonly #moves: (object: PlacedObject) => boolean;

  /** @param moves whether the begin of a CPU's read moves it to system memory */
  constructor(object: PlacedObject, flags: number, moves: (object: PlacedObject) => boolean) {
    super(object, flags, "drm", false);
    this.#object = object;
    this.#moves = moves;
  }

  protected override beginCpuAccess(direction: Direction): number {
    if (direction === "to-device" || this.#object.pinnedBySharing) return 0;
    return this.#moves(this.#object) ? this.#object.move("system") : 0;
  }
}
