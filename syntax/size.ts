/**
 * Sizes as people write them: `64`, `4KiB`, `0x1000`, `1M`.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

const units: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["b", 1n],
  ["k", 1n << 10n],
  ["kib", 1n << 10n],
  ["m", 1n << 20n],
  ["mib", 1n << 20n],
  ["g", 1n << 30n],
  ["gib", 1n << 30n],
  ["t", 1n << 40n],
  ["tib", 1n << 40n],
]);

/** The largest size that a 64-bit field holds. */
const limit = (1n << 64n) - 1n;

/**
 * Bytes of a size. Units are powers of 1024 (`K`, `KiB`, `M`, …), letter case does not matter.
 * @param what names the value in the message, e.g. `--size`
 * @throws {UsageError} when the text is no size, negative, or does not fit 64 bits
 */
export function parseSize(text: string, what = "size"): bigint {
  const bad = (why: string): UsageError =>
    new UsageError(`${what}: "${text}" ${why}`, {
      word: text,
      hint: "Write sizes as 64, 4KiB, 0x1000 or 1M (units are powers of 1024).",
    });
  if (/^-/.test(text)) throw bad("is negative");
  const match = /^(0x[0-9a-f]+|(?!0x)[0-9]+)\s*([a-z]*)$/i.exec(text);
  if (match === null) throw bad("is not a size");
  const [, digits = "", unitText = ""] = match;
  // "0x1b" is a hexadecimal number, not 0x1 bytes: the pattern takes the digits first.
  const unit = units.get(unitText.toLowerCase());
  if (unit === undefined) throw bad(`has an unknown unit "${unitText}"`);
  const bytes = BigInt(digits) * unit;
  if (bytes > limit) throw bad("does not fit 64 bits");
  return bytes;
}

/** A size for people: exact, with a unit where it divides evenly: `4 KiB`, `100 B`. */
export function formatSize(bytes: bigint | number): string {
  let value = BigInt(bytes);
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value !== 0n && value % 1024n === 0n && unit < names.length - 1) {
    value /= 1024n;
    unit++;
  }
  return `${value} ${names[unit]}`;
}

/** The least multiple of `unit` that is not less than `bytes`. */
export function nextMultiple(bytes: bigint, unit: number): bigint {
  const of = BigInt(unit);
  return (bytes + of - 1n) / of * of;
}

/** `: 8192 is one`, behind "no multiple of …"; nothing where the next one does not fit 64 bits. */
export function proposeMultiple(bytes: bigint, unit: number): string {
  const next = nextMultiple(bytes, unit);
  return next > limit ? "" : `: ${next} is one`;
}
