/**
 * Byte ranges as people write them: `OFFSET:LENGTH` or `START..END` (end excluded).
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { parseSize } from "./size.ts";

/** A half-open range in bytes, wide enough for whatever a 64-bit interface takes. */
export interface Range {
  readonly offset: bigint;
  readonly length: bigint;
}

const hint = "Write ranges as OFFSET:LENGTH or START..END, e.g. 0:64, 4KiB:64, 0x40..0x80.";

/**
 * Parses one range.
 * @throws {UsageError} when the text is no range, a number is bad, or the end is before the start
 */
export function parseRange(text: string, what = "range"): Range {
  const dots = text.indexOf("..");
  const colon = text.indexOf(":");
  if (dots < 0 && colon < 0) {
    throw new UsageError(`${what}: "${text}" is not a range`, { word: text, hint });
  }
  const [first, second] = dots >= 0
    ? [text.slice(0, dots), text.slice(dots + 2)]
    : [text.slice(0, colon), text.slice(colon + 1)];
  const number = (part: string, name: string): bigint => {
    if (part === "") {
      throw new UsageError(`${what}: "${text}" has no ${name}`, { word: text, hint });
    }
    return parseSize(part, `${what}: ${name} of "${text}"`);
  };
  const offset = number(first, dots >= 0 ? "start" : "offset");
  const length = number(second, dots >= 0 ? "end" : "length") - (dots >= 0 ? offset : 0n);
  if (length < 0n) {
    throw new UsageError(`${what}: "${text}" ends before it starts`, { word: text, hint });
  }
  if (offset + length > (1n << 64n) - 1n) {
    throw new UsageError(`${what}: "${text}" overflows 64 bits`, { word: text, hint });
  }
  return { offset, length };
}

/** A range for people: `0x40..0x80 (64 B)`. */
export function formatRange(range: { offset: bigint | number; length: bigint | number }): string {
  const start = BigInt(range.offset);
  const end = start + BigInt(range.length);
  return `0x${start.toString(16)}..0x${end.toString(16)} (${BigInt(range.length)} B)`;
}
