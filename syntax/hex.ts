/**
 * Bytes written as hexadecimal digits: `deadbeef`.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/**
 * Bytes of hexadecimal text; spaces, `_` and a leading `0x` are allowed.
 * @throws {UsageError} when there is an odd number of digits or something that is no digit
 */
export function parseHex(text: string, what = "bytes"): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/^0x/i, "").replace(/[\s_]/g, "");
  if (!/^[0-9a-f]*$/i.test(digits)) {
    throw new UsageError(`${what}: "${text}" is not hexadecimal`, {
      word: text,
      hint: "Write bytes as pairs of hexadecimal digits, e.g. deadbeef.",
    });
  }
  if (digits.length === 0 || digits.length % 2 !== 0) {
    throw new UsageError(
      `${what}: "${text}" has ${digits.length} hexadecimal digits; two make a byte`,
      { word: text },
    );
  }
  return Uint8Array.fromHex(digits);
}

/** Bytes as lower-case hexadecimal digits. */
export function formatHex(bytes: Uint8Array): string {
  return bytes.toHex();
}
