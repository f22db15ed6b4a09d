import { errno } from "../../ffi/errno.ts";
import type { GemObject } from "./gem.ts";

/** DRM_FILE_PAGE_OFFSET_START, in bytes: offsets below it never name an object. */
const FIRST = 0x1_0000_0000n;
/** DRM_FILE_PAGE_OFFSET_SIZE, in bytes: 256 times 4 GiB, whatever the page size. */
const END = FIRST + 0x100_0000_0000n;

/** What the console of a display takes, in bytes, of as many pixels as its first mode has. */
export function consoleBytes(width: number, height: number, bytesPerPixel: 2 | 4): bigint {
  return BigInt(width * height * bytesPerPixel);
}

interface Hole {
  from: bigint;
  to: bigint;
}

/** The fake offsets of a device's objects: drm_vma_manager.c. All in bytes, whole pages. */
export class OffsetSpace {
  readonly #objects = new Map<bigint, GemObject>();
  #holes: Hole[] = [{ from: FIRST, to: END }];
  /** Bytes of the driver's own objects, by their offsets. */
  readonly #own = new Map<bigint, bigint>();

  /** drm_gem_create_mmap_offset(): 0, or -ENOSPC. An object keeps its offset. */
  add(object: GemObject): number {
    if (object.mapOffset !== null) return 0;
    const size = BigInt(object.bytes);
    // drm_mm has no room for nothing: what asks for a size that wraps to 0 ends here.
    if (size === 0n) return -errno.ENOSPC;
    // DRM_MM_INSERT_BEST: the smallest hole that is large enough.
    let best: Hole | null = null;
    for (const hole of this.#holes) {
      const room = hole.to - hole.from;
      if (room >= size && (best === null || room < best.to - best.from)) best = hole;
    }
    if (best === null) return -errno.ENOSPC;
    object.mapOffset = best.from;
    this.#objects.set(best.from, object);
    best.from += size;
    if (best.from === best.to) this.#holes.splice(this.#holes.indexOf(best), 1);
    return 0;
  }

  /**
   * Takes the first bytes for objects of the driver's own, a console's or a firmware's, which no
   * open file has a handle to; before any other object is added.
   * @param sizes bytes of each
   */
  reserve(...sizes: readonly bigint[]): void {
    const [first] = this.#holes;
    if (first === undefined) return;
    for (const bytes of sizes) {
      this.#own.set(first.from, bytes);
      first.from += bytes;
    }
  }

  /** Whether an object of the driver's own is at this offset, and as long. */
  isOwn(offset: bigint, length: number): boolean {
    const bytes = this.#own.get(offset);
    return bytes !== undefined && BigInt(length) <= bytes;
  }

  /** No lookup finds the object any more, and no other gets its range. */
  hide(object: GemObject): void {
    if (object.mapOffset !== null) this.#objects.delete(object.mapOffset);
  }

  remove(object: GemObject): void {
    const from = object.mapOffset;
    if (from === null) return;
    this.hide(object);
    object.mapOffset = null;
    let to = from + BigInt(object.bytes);
    let start = from;
    this.#holes = this.#holes.filter((hole) => {
      if (hole.to === start) start = hole.from;
      else if (hole.from === to) to = hole.to;
      else return true;
      return false;
    });
    this.#holes.push({ from: start, to });
  }

  /** The object whose offset is exactly this. */
  find(offset: bigint): GemObject | null {
    return this.#objects.get(offset) ?? null;
  }
}
