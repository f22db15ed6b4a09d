/**
 * Whole cache lines around ranges.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";

/** The whole lines that a range touches, as a range of bytes. */
export function linesAround({ offset, length }: ByteRange, lineBytes: number): ByteRange {
  if (length === 0) return { offset, length };
  const from = offset - offset % lineBytes;
  const to = Math.ceil((offset + length) / lineBytes) * lineBytes;
  return { offset: from, length: to - from };
}

/** How many lines a range touches. */
export function lineCount(range: ByteRange, lineBytes: number): number {
  return linesAround(range, lineBytes).length / lineBytes;
}
