/**
 * An ioctl's argument as JSON and as one line of text, for `boctl ioctl` and `--trace`.
 * The other direction is `parse_fields.ts`.
 *
 * @module
 */
import { isPlainText } from "./_literal.ts";
import { type Half, type View, viewArgument } from "./_view.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import type { JsonValue } from "./json.ts";
import type { Argument } from "./kernel.ts";

export { findByCode, findIoctl, type FoundCode, type FoundIoctl } from "./find_ioctl.ts";
export type { Half } from "./_view.ts";
export type { JsonValue } from "./json.ts";
export { parseFields, parseRequest, type Request } from "./parse_fields.ts";

/** What a line shows of long things. */
const shown = { items: 16, bytes: 32, characters: 96 };

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Printable ASCII as it is, everything else as \xNN; quotes and backslashes are escaped. */
function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

function integerToJson(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function toJson(view: View): JsonValue {
  switch (view.kind) {
    case "integer":
      return view.named === undefined
        ? integerToJson(view.value)
        : { raw: integerToJson(view.value), names: view.named.names };
    case "address":
      return view.value === 0n ? null : hex(view.value);
    case "text": {
      const text = escaped(view.bytes);
      // What would be read as something else stands in quotes.
      return isPlainText(text) ? text : `"${text}"`;
    }
    case "bytes":
      return `hex:${view.bytes.toHex()}`;
    case "list":
      return view.items.map(toJson);
    case "struct":
      return Object.fromEntries(view.fields.map(([name, field]) => [name, toJson(field)]));
  }
}

/**
 * An argument as plain data. Integers are numbers up to 2^53 and decimal strings beyond; fields
 * with names are `{ raw, names }`; pointers show what they point to, null, or an address in
 * hexadecimal; texts have what is not printable ASCII as \xNN; bytes are `hex:…`.
 * {@linkcode parseFields} takes all of that back.
 * @param half of a union of question and answer; both where absent
 */
export function describe(
  definition: IoctlDefinition,
  argument: Argument,
  half?: Half,
): JsonValue {
  return toJson(viewArgument(definition, argument, half));
}

function integerToText({ value, named }: View & { kind: "integer" }): string {
  if (named === undefined || named.names.length === 0) {
    return named && named.rest > 9n ? hex(named.rest) : String(value);
  }
  return [...named.names, ...(named.rest === 0n ? [] : [hex(named.rest)])].join("|");
}

function more(length: number, limit: number, unit: string): string {
  return length > limit ? `…(+${length - limit} ${unit})` : "";
}

function toText(view: View): string {
  switch (view.kind) {
    case "integer":
      return integerToText(view);
    case "address":
      return view.value === 0n ? "NULL" : `@${hex(view.value)}`;
    case "text": {
      const { length } = view.bytes;
      const start = escaped(view.bytes.subarray(0, shown.characters));
      return `"${start}"${more(length, shown.characters, "bytes")}`;
    }
    case "bytes": {
      const { length } = view.bytes;
      return `hex:${view.bytes.subarray(0, shown.bytes).toHex()}${
        more(length, shown.bytes, "bytes")
      }`;
    }
    case "list": {
      const items = view.items.slice(0, shown.items).map(toText);
      const rest = more(view.items.length, shown.items, "more");
      return `[${[...items, ...(rest ? [rest] : [])].join(", ")}]`;
    }
    case "struct":
      return `{${view.fields.map(([name, field]) => `${name}=${toText(field)}`).join(", ")}}`;
  }
}

/**
 * An argument as one line, in the manner of strace: `{size=4096, flags=WB_MMAP, handle=1, pad=0}`.
 * Bits without a name are hexadecimal; long texts, bytes and lists are cut, with what is left out.
 * @param half of a union of question and answer; both where absent
 */
export function formatFields(
  definition: IoctlDefinition,
  argument: Argument,
  half?: Half,
): string {
  return toText(viewArgument(definition, argument, half));
}
