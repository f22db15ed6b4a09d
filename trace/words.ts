/**
 * Flag words as traces write them, back to numbers.
 *
 * @module
 */
import * as constants from "../ffi/constants.ts";
import { errno, errnoName, isErrnoName } from "../ffi/errno.ts";

const known = new Map<string, number>(Object.entries(constants));

/** Names that are no bits of a flag word. */
const others = new Set(["O_ACCMODE", "DMA_BUF_MAGIC"]);

function valueOf(word: string, prefix: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/.test(word)) return Number(word);
  if (/^\d{1,9}$/.test(word)) return Number(word);
  return word.startsWith(prefix) && !others.has(word) ? known.get(word) : undefined;
}

/**
 * The number of `O_RDWR|O_CLOEXEC`; names without their `prefix` and unknown ones give undefined.
 * Bits without a name are hexadecimal.
 */
export function parseFlags(text: string, prefix: string): number | undefined {
  let all = 0;
  for (const word of text.split("|")) {
    const value = valueOf(word, prefix);
    if (value === undefined) return undefined;
    all = (all | value) >>> 0;
  }
  return all;
}

/** The number of one name, `SEEK_END`; undefined for an unknown one. */
export function parseName(text: string, prefix: string): number | undefined {
  return text.includes("|") ? undefined : valueOf(text, prefix);
}

/** What a call returned: its value, or the errno's name for `-errno`. */
export function formatTraceResult(result: number | bigint): number | string {
  if (result < 0) return errnoName(Number(result));
  return Number.isSafeInteger(Number(result)) ? Number(result) : String(result);
}

/** Whether a result is an errno as {@linkcode formatTraceResult} writes it. */
export function isErrnoText(text: unknown): text is string {
  return typeof text === "string" && (isErrnoName(text) || /^errno \d{1,4}$/.test(text));
}

/** Positive errno of what {@linkcode isErrnoText} takes; 0 for other results. */
export function errnoOf(text: unknown): number {
  if (typeof text !== "string") return 0;
  return isErrnoName(text) ? errno[text] : Number(/^errno (\d{1,4})$/.exec(text)?.[1] ?? 0);
}
