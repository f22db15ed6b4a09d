/**
 * Interval arithmetic on byte ranges. Results are ascending, do not touch each other and have no
 * empty range; arguments may be in any order and overlap.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";

/** All bytes of a buffer, whatever its size. */
export const wholeBuffer: ByteRange = { offset: 0, length: Number.MAX_SAFE_INTEGER };

const endOf = (range: ByteRange): number => range.offset + range.length;

/** The bytes that are in any of the ranges. */
export function union(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.filter((range) => range.length > 0).sort((a, b) => a.offset - b.offset);
  const result: ByteRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last !== undefined && range.offset <= endOf(last)) {
      const end = Math.max(endOf(last), endOf(range));
      result[result.length - 1] = { offset: last.offset, length: end - last.offset };
    } else {
      result.push({ offset: range.offset, length: range.length });
    }
  }
  return result;
}

/** The bytes that are in both. */
export function intersect(a: readonly ByteRange[], b: readonly ByteRange[]): ByteRange[] {
  const [left, right] = [union(a), union(b)];
  const result: ByteRange[] = [];
  for (let i = 0, j = 0;;) {
    const [range, other] = [left[i], right[j]];
    if (range === undefined || other === undefined) return result;
    const offset = Math.max(range.offset, other.offset);
    const length = Math.min(endOf(range), endOf(other)) - offset;
    if (length > 0) result.push({ offset, length });
    if (endOf(range) < endOf(other)) i++;
    else j++;
  }
}

/** The bytes of `from` that are not in `minus`. */
export function subtract(from: readonly ByteRange[], minus: readonly ByteRange[]): ByteRange[] {
  const holes = union(minus);
  const result: ByteRange[] = [];
  let next = 0;
  for (const range of union(from)) {
    let start = range.offset;
    for (; start < endOf(range); next++) {
      const hole = holes[next];
      const until = Math.min(hole?.offset ?? Infinity, endOf(range));
      if (until > start) result.push({ offset: start, length: until - start });
      if (hole === undefined || hole.offset >= endOf(range)) break;
      start = Math.max(start, endOf(hole));
      // A hole that reaches beyond this range is looked at again for the next one.
      if (start > endOf(range)) break;
    }
  }
  return result;
}

/** How many bytes the ranges hold; a byte that is in two of them counts once. */
export function byteCount(ranges: readonly ByteRange[]): number {
  return union(ranges).reduce((sum, range) => sum + range.length, 0);
}
