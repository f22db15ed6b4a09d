/**
 * Values by byte ranges that do not overlap: the newest value of a byte is the one that was set last.
 *
 * Ranges lie in blocks of a few hundred, so that setting, deleting and finding cost the logarithm of
 * how many there are and not their number.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";

interface Interval<T> {
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

/** A range with its value. */
export interface Valued<T> extends ByteRange {
  readonly value: T;
}

/** Intervals in one block; more of them are two blocks. */
const BLOCK = 256;

/** The first index of a sorted list for which a condition holds that stays true from there on. */
function firstWhere<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Values by byte ranges. */
export class IntervalMap<T> {
  #blocks: Interval<T>[][] = [];
  #size = 0;

  /** How many ranges it holds. */
  get size(): number {
    return this.#size;
  }

  /** Every byte of the range has this value from now on. */
  set({ offset, length }: ByteRange, value: T): void {
    if (length > 0) {
      this.#replace(offset, offset + length, [{ from: offset, to: offset + length, value }]);
    }
  }

  /** No byte of the range has a value any more. */
  delete({ offset, length }: ByteRange): void {
    if (length > 0) this.#replace(offset, offset + length, []);
  }

  clear(): void {
    this.#blocks = [];
    this.#size = 0;
  }

  /** The parts of a range that have values, ascending. */
  *within({ offset, length }: ByteRange): Generator<Valued<T>> {
    const end = offset + length;
    for (let b = this.#blockOf(offset); b < this.#blocks.length; b++) {
      const block = this.#blocks[b] ?? [];
      for (let i = firstWhere(block, ({ to }) => to > offset); i < block.length; i++) {
        const found = block[i];
        if (found === undefined || found.from >= end) return;
        const from = Math.max(found.from, offset);
        yield { offset: from, length: Math.min(found.to, end) - from, value: found.value };
      }
    }
  }

  /** All of them, ascending. */
  *entries(): Generator<Valued<T>> {
    for (const block of this.#blocks) {
      for (const { from, to, value } of block) yield { offset: from, length: to - from, value };
    }
  }

  /** The first block that can hold something behind an offset. */
  #blockOf(offset: number): number {
    return firstWhere(this.#blocks, (block) => (block.at(-1)?.to ?? 0) > offset);
  }

  /** Cuts out what lies in `from`..`to` and puts something else there. */
  #replace(from: number, to: number, instead: readonly Interval<T>[]): void {
    const first = this.#blockOf(from);
    let last = first;
    const kept: Interval<T>[] = [];
    const before: Interval<T>[] = [];
    const after: Interval<T>[] = [];
    while (
      last < this.#blocks.length && ((this.#blocks[last]?.[0]?.from ?? 0) < to || last === first)
    ) {
      kept.push(...this.#blocks[last] ?? []);
      last++;
    }
    for (const interval of kept) {
      if (interval.to <= from) before.push(interval);
      else if (interval.from >= to) after.push(interval);
      else {
        if (interval.from < from) before.push({ ...interval, to: from });
        if (interval.to > to) after.push({ ...interval, from: to });
      }
    }
    const all = [...before, ...instead, ...after];
    this.#size += all.length - kept.length;
    const blocks: Interval<T>[][] = [];
    // Two halves instead of one full block: the next one has room.
    const step = all.length > BLOCK
      ? Math.ceil(all.length / Math.ceil(all.length / (BLOCK / 2)))
      : BLOCK;
    for (let i = 0; i < all.length; i += step) blocks.push(all.slice(i, i + step));
    this.#blocks.splice(first, last - first, ...blocks);
  }
}
