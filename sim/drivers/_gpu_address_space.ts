import { errno } from "../../ffi/errno.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Addresses of a GPU's MMU, in bytes: drm_mm with its best-fit insertion. */
export class GpuAddressSpace {
  readonly #from: number;
  readonly #to: number;
  /** Taken ranges, ascending. */
  #taken: Range[] = [];

  /** @param from first address; @param to the end, not included */
  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
  }

  /**
   * Takes `bytes` at a multiple of `align`, up to `end` at most, in the smallest hole that has room,
   * or -ENOSPC.
   */
  take(bytes: number, align: number, end = this.#to): number {
    let best: { from: number; room: number; index: number } | null = null;
    let from = this.#from;
    for (let index = 0; index <= this.#taken.length; index++) {
      const next = this.#taken[index];
      const to = Math.min(next?.from ?? this.#to, end);
      const start = align > 0 ? Math.ceil(from / align) * align : from;
      const room = to - from;
      if (start + bytes <= to && (best === null || room < best.room)) {
        best = { from: start, room, index };
      }
      from = next?.to ?? from;
    }
    if (best === null) return -errno.ENOSPC;
    this.#taken.splice(best.index, 0, { from: best.from, to: best.from + bytes });
    return best.from;
  }

  /** Gives back what {@linkcode take} gave. */
  give(from: number): void {
    this.#taken = this.#taken.filter((range) => range.from !== from);
  }
}
