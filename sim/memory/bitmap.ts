/**
 * Bits of a page's cache lines (or bytes), in 32-bit words. Ranges are half-open: `from` included,
 * `to` not.
 *
 * @module
 */

/** A bitmap of `bits` bits, all clear. */
export function newBitmap(bits: number): Uint32Array<ArrayBuffer> {
  return new Uint32Array((bits + 31) >>> 5);
}

/** The bits of word `index` that lie in the range. */
function maskOf(index: number, from: number, to: number): number {
  const base = index << 5;
  const low = Math.max(from - base, 0);
  const high = Math.min(to - base, 32);
  const upTo = high === 32 ? 0xffffffff : (1 << high) - 1;
  const below = low === 0 ? 0 : (1 << low) - 1;
  return (upTo & ~below) >>> 0;
}

/** Whether one bit is set. */
export function hasBit(map: Uint32Array, bit: number): boolean {
  return ((map[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
}

/** Sets the bits of a range. */
export function setBits(map: Uint32Array, from: number, to: number): void {
  for (let i = from >>> 5; i << 5 < to; i++) map[i] = (map[i] ?? 0) | maskOf(i, from, to);
}

/** Clears the bits of a range. */
export function clearBits(map: Uint32Array, from: number, to: number): void {
  for (let i = from >>> 5; i << 5 < to; i++) map[i] = (map[i] ?? 0) & ~maskOf(i, from, to);
}

function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many bits of a range are set. */
export function countBits(map: Uint32Array, from: number, to: number): number {
  let count = 0;
  for (let i = from >>> 5; i << 5 < to; i++) count += ones((map[i] ?? 0) & maskOf(i, from, to));
  return count;
}

/** Whether any bit of a range is set. */
export function anyBit(map: Uint32Array, from: number, to: number): boolean {
  for (let i = from >>> 5; i << 5 < to; i++) {
    if (((map[i] ?? 0) & maskOf(i, from, to)) !== 0) return true;
  }
  return false;
}

/** Calls `visit` for each set bit of a range, ascending. The visitor may clear the bit. */
export function forEachBit(
  map: Uint32Array,
  from: number,
  to: number,
  visit: (bit: number) => void,
): void {
  for (let i = from >>> 5; i << 5 < to; i++) {
    let word = ((map[i] ?? 0) & maskOf(i, from, to)) >>> 0;
    while (word !== 0) {
      const bit = 31 - Math.clz32(word & -word);
      visit((i << 5) + bit);
      word = (word & (word - 1)) >>> 0;
    }
  }
}
