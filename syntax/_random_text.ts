/**
 * Random text for property tests: the same for the same seed.
 *
 * @module
 */

/** Whole numbers below `limit`, by mulberry32. */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Texts of up to `most` pieces out of `pieces`. */
export function* randomTexts(
  pieces: readonly string[],
  options: { readonly count: number; readonly most: number; readonly seed: number },
): Generator<string> {
  const below = randomNumbers(options.seed);
  for (let i = 0; i < options.count; i++) {
    const length = below(options.most + 1);
    yield Array.from({ length }, () => pieces[below(pieces.length)] ?? "").join("");
  }
}

/** Pieces from which hostile numbers, ranges and words are made. */
export const hostilePieces: readonly string[] = [
  ..."0123456789abcdefxXkKmMgGtTiIbB",
  ..." \t\r\n,.:;-+_=#'\"\\/@%()[]{}|&$",
  "..",
  "0x",
  "KiB",
  "constructor",
  "toString",
  "__proto__",
  "18446744073709551616",
  "99999999999999999999",
  "\0",
  "\x1b[31m",
  "\u202e",
  "é",
  "𝟘",
  "\u00a0",
  "\ud800",
];
