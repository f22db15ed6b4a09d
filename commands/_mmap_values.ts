/**
 * Values of mmap's options: ranges inside a mapping, bytes at an offset, fills; and what is made of
 * the bytes: comparison and hashes.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { parseHex } from "../syntax/hex.ts";
import { formatRange, parseRange, type Range } from "../syntax/range.ts";
import { parseSize } from "../syntax/size.ts";
import type { Accessor } from "../workspace/maps.ts";
import { turn } from "../workspace/turn.ts";
import type { Context } from "./command.ts";

/** The most that is read for `--read` and `--dump`: beyond it, hashes are the way. */
export const READ_LIMIT = 16 << 20;
/** The most of a file that `@file` takes. */
const FILE_LIMIT = 1 << 30;

/** A range given as text, or `all`. Inside the mapping: checked before anything is mapped. */
export function rangeWithin(
  text: string,
  size: number,
  what: string,
): { offset: number; length: number } {
  const range: Range = text === "all"
    ? { offset: 0n, length: BigInt(size) }
    : parseRange(text, what);
  if (range.offset + range.length > BigInt(size)) {
    throw new UsageError(
      `${what}: ${formatRange(range)} ends beyond the ${size} bytes that are mapped`,
      { word: text },
    );
  }
  return { offset: Number(range.offset), length: Number(range.length) };
}

/** The form of `OFF=HEX` or `OFF=@file`; `bytes` is undefined for a file. */
export function placedForm(
  text: string,
  what: string,
): { offset: bigint; value: string; bytes: Uint8Array<ArrayBuffer> | undefined } {
  const equals = text.indexOf("=");
  if (equals < 0) {
    throw new UsageError(`${what}: "${text}" is not OFFSET=BYTES`, {
      word: text,
      hint: "For example 0=deadbeef, or 4KiB=@pattern.bin.",
    });
  }
  const offset = parseSize(text.slice(0, equals), `${what} offset`);
  const value = text.slice(equals + 1);
  return { offset, value, bytes: value.startsWith("@") ? undefined : parseHex(value, what) };
}

/** `OFF=HEX` or `OFF=@file`, inside the mapping. */
export async function placedBytes(
  context: Context,
  text: string,
  size: number,
  what: string,
): Promise<{ offset: number; bytes: Uint8Array<ArrayBuffer> }> {
  const form = placedForm(text, what);
  const bytes = form.bytes ?? await context.readFile(form.value.slice(1), FILE_LIMIT);
  if (form.offset + BigInt(bytes.length) > BigInt(size)) {
    throw new UsageError(
      `${what}: ${bytes.length} bytes at ${form.offset} end beyond the ${size} bytes that are mapped`,
      { word: text },
    );
  }
  return { offset: Number(form.offset), bytes };
}

/** The form of a range option: a range or `all`. */
export function checkRangeForm(text: string, what: string): void {
  if (text !== "all") parseRange(text, what);
}

/** The form of `HEX` or `HEX@RANGE`: one byte, and where. */
export function fillForm(text: string): { value: number; range: string } {
  const at = text.indexOf("@");
  const bytes = parseHex(at < 0 ? text : text.slice(0, at), "--fill");
  if (bytes.length !== 1 || bytes[0] === undefined) {
    throw new UsageError(`--fill: "${text}" is not one byte`, {
      word: text,
      hint: "For example aa, or aa@0:64.",
    });
  }
  const range = at < 0 ? "all" : text.slice(at + 1);
  checkRangeForm(range, "--fill");
  return { value: bytes[0], range };
}

/** `HEX` or `HEX@RANGE`, inside the mapping: one byte, repeated. */
export function fillOf(
  text: string,
  size: number,
): { value: number; offset: number; length: number } {
  const { value, range } = fillForm(text);
  return { value, ...rangeWithin(range, size, "--fill") };
}

/** Offset of the first byte that differs, or -1. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number {
  if (actual.length === expected.length && actual.every((byte, i) => byte === expected[i])) {
    return -1;
  }
  return expected.findIndex((byte, i) => byte !== actual[i]);
}

/** A hash of a range, read in pieces between which Ctrl-C is heard. */
export async function hashes(
  { signal }: Context,
  access: Accessor,
  algorithm: "crc32" | "sha256",
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<string> {
  if (algorithm === "crc32") {
    const { crc32 } = await import("node:zlib");
    let value = 0;
    for (const piece of access.pieces(offset, length)) {
      value = crc32(piece, value);
      await turn(signal);
    }
    return value.toString(16).padStart(8, "0");
  }
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  for (const piece of access.pieces(offset, length)) {
    hash.update(piece);
    await turn(signal);
  }
  return hash.digest("hex");
}
