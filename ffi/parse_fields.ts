/**
 * An ioctl's argument from text (`field=value` of `boctl ioctl`) or JSON.
 *
 * @module
 */
import { parseAddress, parseBytes, parsePlainInteger, parseText, wanted } from "./_parse_scalar.ts";
import { parseStruct } from "./_parse_struct.ts";
import { type IoctlDefinition, requestCode, splitRequest } from "./ioctl.ts";
import { isRecord, type JsonValue } from "./json.ts";
import type { Argument, Block } from "./kernel.ts";
import { encode } from "./struct.ts";

/** What is passed to `Kernel.ioctl`. */
export interface Request {
  readonly code: number;
  readonly argument: Argument;
}

/** Largest argument size of a request code, 14 bits. */
const LARGEST_ARGUMENT = 0x3fff;

/** The value of a call without a structure: given alone or as `argument=…`. */
function argumentValue({ name }: IoctlDefinition, fields: JsonValue): JsonValue {
  if (!isRecord(fields)) return fields;
  const other = Object.keys(fields).find((field) => field !== "argument");
  if (other !== undefined) {
    throw new TypeError(`${name} has no field "${other}": it takes "argument=…"`);
  }
  if (fields.argument === undefined) throw new TypeError(`${name} wants "argument=…"`);
  return fields.argument;
}

function plainArgument(definition: IoctlDefinition, fields: JsonValue): Argument {
  const { name, plain = "none" } = definition;
  const where = "argument";
  if (plain === "none") {
    if (fields === null || (isRecord(fields) && Object.keys(fields).length === 0)) return 0n;
    if (!isRecord(fields)) return parsePlainInteger(fields, 8, where);
    throw new TypeError(`${name} takes no argument: nothing is wanted behind it`);
  }
  const value = argumentValue(definition, fields);
  if (plain === "integer") return parsePlainInteger(value, 8, where);
  if (plain === "u32") {
    const isAddress = value === null || (typeof value === "string" && value.trim().startsWith("@"));
    const address = isAddress ? parseAddress(value, where) : undefined;
    if (address !== undefined) return address;
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, Number(BigInt.asUintN(32, parsePlainInteger(value, 4, where))), true);
    return { bytes: new Uint8Array(view.buffer) };
  }
  return parseAddress(value, where) ??
    { bytes: parseBytes(value, where) ?? parseText(value, where) };
}

/** The whole argument, said by `raw=…`. */
function rawArgument(value: JsonValue): Argument {
  const address = parseAddress(value, "raw");
  if (address !== undefined) return address;
  const bytes = parseBytes(value, "raw");
  if (bytes) return { bytes };
  throw wanted("raw", value, `"hex:…", "buffer:SIZE", "@null" or "@0xADDRESS"`);
}

function build(definition: IoctlDefinition, fields: JsonValue): Argument {
  if (isRecord(fields) && fields.raw !== undefined) {
    const other = Object.keys(fields).find((name) => name !== "raw");
    if (other === undefined) return rawArgument(fields.raw);
    throw new TypeError(`Field "raw" is the whole argument: "${other}" cannot stand beside it`);
  }
  if (definition.struct === null) return plainArgument(definition, fields);
  const address = isRecord(fields) ? undefined : parseAddress(fields, definition.name);
  return address ?? encode(definition.struct, parseStruct(definition.struct, fields, ""));
}

/** Whether the kernel reads on behind what the code says: a text, or a flexible array. */
function isOpenEnded({ plain, struct }: IoctlDefinition): boolean {
  return plain === "string" || struct?.layout.at(-1)?.field.kind === "tail";
}

function resized({ bytes, refs = [] }: Block, size: number): Block {
  const other = new Uint8Array(size);
  other.set(bytes.subarray(0, size));
  const kept = refs.filter(({ offset }) => offset + 8 <= size);
  return kept.length > 0 ? { bytes: other, refs: kept } : { bytes: other };
}

/**
 * The argument of a call from its fields; what is not given is 0. Memory is never shorter than the
 * request code says, since that is what the kernel copies.
 *
 * A value is text, or JSON as `describe()` makes it:
 * - integers: `64`, `0x40`, `-1`, `4KiB`; names of flags and enumerations in any letter case, joined
 *   by `|`, with or without what they begin with in C: `WB_MMAP`, `DRM_PANTHOR_BO_WB_MMAP`;
 * - inside a nested structure: `ops.count=1`, or `box={x=1,y=2}`;
 * - arrays: `[1,2]`; `char` arrays: the text;
 * - pointers: `@null`; `@0xADDR`, a raw address; a text, in quotes where it looks like something
 *   else; `hex:00ff`; `buffer:64`, zeroes for the kernel to fill; numbers `[1,2]`; structures
 *   `[handle=1,type=flush;handle=2]` or a JSON array of objects. Counts and strides follow from
 *   that unless they are given; a count beyond what is given is backed by zeroes, to 64 MiB;
 * - `raw=hex:…` (or `raw=@null`, `raw=@0xADDR`) is the whole argument; calls without a structure
 *   take `argument=…`.
 *
 * @throws {TypeError} for unknown fields and names, and values of another shape than wanted
 * @throws {RangeError} for values that do not fit
 */
export function parseFields(definition: IoctlDefinition, fields: JsonValue): Argument {
  const argument = build(definition, fields);
  const { size } = splitRequest(definition.code);
  // A text's size in the code is that of its pointer.
  if (typeof argument === "bigint" || definition.plain === "string") return argument;
  const { length } = argument.bytes;
  if (length >= size) return argument;
  throw new RangeError(
    `Field "raw" has ${length} bytes, ${definition.name} takes ${size}: ` +
      `wanted "@size=${length}" as well, so that the request code says so`,
  );
}

/**
 * {@linkcode parseFields}, and the code to call with. The field `@size=N` makes the argument N bytes
 * long, cut or filled with zeroes, and says so in the code, as an older or newer caller would.
 *
 * @throws {TypeError} as {@linkcode parseFields}
 * @throws {RangeError} as {@linkcode parseFields}, and for a size beyond 14 bits
 */
export function parseRequest(definition: IoctlDefinition, fields: JsonValue): Request {
  if (!isRecord(fields) || fields["@size"] === undefined) {
    return { code: definition.code, argument: parseFields(definition, fields) };
  }
  const { "@size": given, ...rest } = fields;
  const size = parsePlainInteger(given, 8, "@size");
  if (size < 0n || size > LARGEST_ARGUMENT) {
    throw new RangeError(
      `Field "@size" is "${size}": wanted 0 to ${LARGEST_ARGUMENT}, the code has 14 bits for it`,
    );
  }
  const { direction, type, number } = splitRequest(definition.code);
  const argument = build(definition, rest);
  return {
    code: requestCode(direction, type, number, Number(size)),
    argument: typeof argument === "bigint" || isOpenEnded(definition)
      ? argument
      : resized(argument, Number(size)),
  };
}
