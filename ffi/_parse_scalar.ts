/**
 * Integers, addresses, bytes and texts from what people (or `describe()`) write.
 *
 * @module
 */
import { parseLiteral, textBytes } from "./_literal.ts";
import { valueOfName } from "./_names.ts";
import { isRecord, type JsonValue } from "./json.ts";
import type { Address } from "./kernel.ts";
import type { ArrayField, Field } from "./struct.ts";

/** What `buffer:N` and a made-up count may make us allocate, in bytes. */
export const LARGEST_BUFFER = 64 << 20;

const units: Readonly<Record<string, bigint>> = { k: 1n << 10n, m: 1n << 20n, g: 1n << 30n };

/** A message about a field: what it is, and what was wanted. */
export function wanted(where: string, value: JsonValue, what: string): TypeError {
  const shown = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return new TypeError(`Field "${where}" is ${shown}: wanted ${what}`);
}

/** A string in list or record notation as what it stands for. */
export function unfolded(value: JsonValue): JsonValue {
  return typeof value === "string" ? parseLiteral(value) : value;
}

/** An integer's text: decimal, 0x, 0o, 0b, with a sign, with K, KiB, M, …; undefined for a name. */
function numberOf(text: string): bigint | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|0o[0-7]+|0b[01]+|[0-9]+)(?:([kmg])(?:i?b)?)?$/i.exec(
    text.trim(),
  );
  if (!match) return undefined;
  const [, sign, digits = "", unit = ""] = match;
  const value = BigInt(digits) * (units[unit.toLowerCase()] ?? 1n);
  return sign === "-" ? -value : value;
}

function inBits(value: bigint, bytes: number, where: string): bigint {
  const bits = BigInt(bytes * 8);
  // As encode() has it: signed and unsigned spellings of the same bits are both welcome.
  if (value < -(1n << (bits - 1n)) || value >= 1n << bits) {
    throw new RangeError(`Field "${where}" has ${bits} bits: "${value}" does not fit`);
  }
  return value;
}

function jsonInteger(value: number, where: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw wanted(where, value, "an integer; beyond 2^53 it is to be a string");
}

/**
 * An integer of `bytes` bytes: a number, or names and numbers joined by "|".
 * @throws {TypeError} for an unknown name or another shape
 * @throws {RangeError} where it does not fit
 */
export function parseInteger(
  field: Field,
  bytes: number,
  value: JsonValue,
  where: string,
): bigint {
  // describe() shows fields with names as { raw, names }.
  if (isRecord(value) && value.raw !== undefined) {
    return parseInteger(field, bytes, value.raw, where);
  }
  if (typeof value === "number") return inBits(jsonInteger(value, where), bytes, where);
  if (typeof value !== "string") throw wanted(where, value, "an integer");
  const terms = value.trim().replace(/^"(.*)"$/s, "$1").split("|").map((term) => term.trim());
  if (terms.length > 1 && field.flags === undefined) {
    throw wanted(where, value, `one value, not several joined by "|"`);
  }
  return terms
    .map((term) => inBits(numberOf(term) ?? valueOfName(field, term, where), bytes, where))
    .reduce((all, bits) => all | bits);
}

/** An integer without names, as {@linkcode parseInteger}. */
export function parsePlainInteger(value: JsonValue, bytes: number, where: string): bigint {
  return parseInteger({ kind: "wide", bytes: 8, signed: false }, bytes, value, where);
}

/**
 * A raw address: `@null`, `NULL`, `@0xADDR`, `0xADDR` or a number; undefined for another notation.
 * @throws {TypeError} for something else after "@"
 * @throws {RangeError} beyond 64 bits
 */
export function parseAddress(value: JsonValue, where: string): Address | undefined {
  if (value === null) return 0n;
  if (typeof value === "number") return inBits(jsonInteger(value, where), 8, where);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^@?null$/i.test(text)) return 0n;
  if (/^@?(0x[0-9a-f]+|0)$/i.test(text)) return inBits(BigInt(text.replace("@", "")), 8, where);
  if (text.startsWith("@")) throw wanted(where, value, `"@null" or "@0xADDRESS"`);
  return undefined;
}

/**
 * Bytes: `hex:00ff`, or `buffer:64` for zeroes that the kernel may write to; undefined for another
 * notation.
 * @throws {TypeError} for digits that are none
 * @throws {RangeError} for a buffer beyond {@linkcode LARGEST_BUFFER}
 */
export function parseBytes(value: JsonValue, where: string): Uint8Array<ArrayBuffer> | undefined {
  if (typeof value !== "string") return undefined;
  const [, notation, rest = ""] = /^\s*(hex|buffer):(.*)$/is.exec(value) ?? [];
  if (notation === undefined) return undefined;
  if (notation.toLowerCase() === "hex") {
    const digits = rest.replace(/[\s_]/g, "");
    if (/^([0-9a-f]{2})*$/i.test(digits)) return Uint8Array.fromHex(digits);
    throw wanted(where, value, `pairs of hexadecimal digits after "hex:"`);
  }
  const size = numberOf(rest);
  if (size === undefined || size < 0n) {
    throw wanted(where, value, `"buffer:SIZE", for instance "buffer:64"`);
  }
  if (size > BigInt(LARGEST_BUFFER)) {
    throw new RangeError(`Field "${where}" is "${value}": at most ${LARGEST_BUFFER} bytes`);
  }
  return new Uint8Array(Number(size));
}

/**
 * A text and the NUL after it.
 * @throws {TypeError} when it is none, or its quotes and escapes do not fit
 */
export function parseText(value: JsonValue, where: string): Uint8Array<ArrayBuffer> {
  if (typeof value !== "string") throw wanted(where, value, "a text");
  const text = textBytes(value);
  const bytes = new Uint8Array(text.length + 1);
  bytes.set(text);
  return bytes;
}

/**
 * A fixed array: `[1,2]`, bytes, or the text of a `char` array.
 * @throws {TypeError} for another shape
 * @throws {RangeError} for too many values or one that does not fit
 */
export function parseArray(field: ArrayField, value: JsonValue, where: string): bigint[] {
  const text = field.text === true && typeof value === "string";
  const list = text ? value : unfolded(value);
  const bytes = field.bytes === 1
    ? parseBytes(list, where) ?? (text ? textBytes(value) : undefined)
    : undefined;
  if (bytes === undefined && !Array.isArray(list)) {
    throw wanted(where, value, field.text ? "a text" : `a list such as "[1,2]"`);
  }
  const items = bytes
    ? Array.from(bytes, BigInt)
    : (list as readonly JsonValue[]).map((item, i) =>
      parseInteger(field, field.bytes, item, `${where}[${i}]`)
    );
  if (items.length <= field.count) return items;
  throw new RangeError(`Field "${where}" holds ${field.count} values, not ${items.length}`);
}
