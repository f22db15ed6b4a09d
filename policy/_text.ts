/**
 * The words that messages of rules have in common.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { formatRange } from "../syntax/range.ts";
import type { Source } from "../workspace/journal.ts";

/** Ranges and places that one message spells out; the rest is a count. */
const SPELLED_OUT = 3;
/** Code units of a command that a message quotes. */
const QUOTED = 60;

/** `a, b, c and 4 more`. */
export function listText(items: readonly string[], separator = ", "): string {
  const more = items.length - SPELLED_OUT;
  const shown = items.slice(0, SPELLED_OUT).join(separator);
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Ranges for people: `0x0..0x40 (64 B), 0x80..0xc0 (64 B)`. */
export function rangesText(ranges: readonly ByteRange[]): string {
  return listText(ranges.map(formatRange));
}

/**
 * Where something happened, as seen from another place: `line 3` of the same script,
 * `other.boctl:3`, or the command itself where there is no script.
 */
export function place(at: Source, seenFrom: Source): string {
  if (at.line !== undefined) {
    return at.file === undefined || at.file === seenFrom.file
      ? `line ${at.line}`
      : `${at.file}:${at.line}`;
  }
  if (at.command === "") return "an earlier command";
  return at.command.length > QUOTED
    ? `"${at.command.slice(0, QUOTED).toWellFormed()}…"`
    : `"${at.command}"`;
}
