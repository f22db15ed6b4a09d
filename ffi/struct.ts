/**
 * Declarative C structures: a field list in order, laid out by the C rules of LP64 (natural
 * alignment, size rounded to the largest alignment), with encoder, decoder and TypeScript types
 * derived from it. `ffi/uapi/layout_test.ts` holds every derived size and offset against what a C
 * compiler printed.
 *
 * @module
 */
import type { Address, Block, Reference } from "./kernel.ts";

/** Names for bits (or values) of an integer field, used by traces and by `boctl ioctl`. */
export type Names = Readonly<Record<string, number | bigint>>;

interface FieldBase {
  /** Bits of a flag word, to be or-ed. */
  readonly flags?: Names;
  /** Values of an enumeration; beside `flags`: of the bits that belong to no flag. */
  readonly values?: Names;
  /** What the C names of `flags` and `values` begin with: DRM_PANTHOR_BO_ before WB_MMAP. */
  readonly prefix?: string;
}
/** An integer of at most 32 bits: a `number`. */
export interface SmallField extends FieldBase {
  readonly kind: "small";
  readonly bytes: 1 | 2 | 4;
  readonly signed: boolean;
}
/** A 64-bit integer: a `bigint`. */
export interface WideField extends FieldBase {
  readonly kind: "wide";
  readonly bytes: 8;
  readonly signed: boolean;
}
/** An 8-byte pointer to memory: a {@linkcode Block} or a raw address. `to` says what is there. */
export interface PointerField extends FieldBase {
  readonly kind: "pointer";
  /** A struct (an array of it where the ioctl counts), or bytes / a string, or an array of words. */
  readonly to: StructType | "bytes" | "string" | "u32" | "u64";
  /** The field beside it with the number of elements, or of bytes for bytes and strings. */
  readonly count?: string;
  /** The field beside it with the distance between two elements, in bytes. */
  readonly stride?: string;
  /** For bytes: which structure they are, by the value of the field beside it. */
  readonly cases?: {
    readonly field: string;
    readonly structs: Readonly<Record<number, StructType>>;
  };
}
/** An embedded structure. */
export interface NestedField extends FieldBase {
  readonly kind: "nested";
  readonly struct: StructType;
}
/** A fixed array of integers. */
export interface ArrayField extends FieldBase {
  readonly kind: "array";
  readonly bytes: 1 | 2 | 4 | 8;
  readonly count: number;
  /** Whether it holds a NUL-padded text, `char[count]`. */
  readonly text?: boolean;
}
/**
 * A flexible array member: structures that follow the last field and do not count in the size.
 * `count` is the field beside it with their number, which the caller fills in.
 */
export interface TailField extends FieldBase {
  readonly kind: "tail";
  readonly struct: StructType;
  readonly count: string;
}
export type Field = SmallField | WideField | PointerField | NestedField | ArrayField | TailField;
export type Fields = Readonly<Record<string, Field>>;

type ValueOf<F extends Field> = F extends { kind: "small" } ? number
  : F extends { kind: "wide" } ? bigint
  : F extends { kind: "pointer" } ? Block | Address
  : F extends { kind: "nested"; struct: StructType<infer G> } ? Partial<ValuesOf<G>>
  : F extends { kind: "tail"; struct: StructType<infer G> } ? readonly Partial<ValuesOf<G>>[]
  : bigint[];
/** The values of a structure, field by field: number to 32 bits, bigint at 64. */
export type ValuesOf<F extends Fields> = { -readonly [K in keyof F]: ValueOf<F[K]> };

/** Values when the type is not known at compile time. */
export type AnyValues = {
  [name: string]: number | bigint | bigint[] | Block | AnyValues | readonly AnyValues[];
};

/** One laid-out field: `offset` and `size` in bytes. */
export interface Placed {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly field: Field;
}

/** A structure type. `size` in bytes. */
export interface StructType<F extends Fields = Fields> {
  readonly name: string;
  readonly size: number;
  readonly align: number;
  readonly fields: F;
  readonly layout: readonly Placed[];
}

type Hints = { flags?: Names; values?: Names; prefix?: string };
const small = (bytes: 1 | 2 | 4, signed: boolean) => (hints: Hints = {}): SmallField => ({
  kind: "small",
  bytes,
  signed,
  ...hints,
});
const wide = (signed: boolean) => (hints: Hints = {}): WideField => ({
  kind: "wide",
  bytes: 8,
  signed,
  ...hints,
});
export const u8: (hints?: Hints) => SmallField = small(1, false);
export const u16: (hints?: Hints) => SmallField = small(2, false);
export const u32: (hints?: Hints) => SmallField = small(4, false);
export const i32: (hints?: Hints) => SmallField = small(4, true);
export const u64: (hints?: Hints) => WideField = wide(false);
export const i64: (hints?: Hints) => WideField = wide(true);
/** A pointer field; `to` defaults to plain bytes. */
export function pointer(
  to: PointerField["to"] = "bytes",
  hints: Pick<PointerField, "count" | "stride" | "cases"> = {},
): PointerField {
  return { kind: "pointer", to, ...hints };
}
/** An embedded structure field. */
export function nested<F extends Fields>(
  struct: StructType<F>,
): { kind: "nested"; struct: StructType<F> } {
  return { kind: "nested", struct };
}
/** A fixed array of `count` unsigned integers of `bytes` bytes. */
export function array(bytes: 1 | 2 | 4 | 8, count: number): ArrayField {
  return { kind: "array", bytes, count };
}
/** A `char[count]` that holds a NUL-padded text; its value is bytes all the same. */
export function chars(count: number): ArrayField {
  return { kind: "array", bytes: 1, count, text: true };
}
/** A flexible array member, last in its structure; `count` names the field with the number. */
export function tail<F extends Fields>(
  struct: StructType<F>,
  count: string,
): { kind: "tail"; struct: StructType<F>; count: string } {
  return { kind: "tail", struct, count };
}

function sizeOf(field: Field): number {
  switch (field.kind) {
    case "pointer":
      return 8;
    case "nested":
      return field.struct.size;
    case "array":
      return field.bytes * field.count;
    case "tail":
      return 0;
    default:
      return field.bytes;
  }
}
function alignOf(field: Field): number {
  switch (field.kind) {
    case "pointer":
      return 8;
    case "nested":
    case "tail":
      return field.struct.align;
    default:
      return field.bytes;
  }
}
function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** Lays a structure out by the C rules. `name` is the C name without "struct". */
export function struct<const F extends Fields>(name: string, fields: F): StructType<F> {
  const layout: Placed[] = [];
  let offset = 0;
  let align = 1;
  for (const [fieldName, field] of Object.entries(fields)) {
    const fieldAlign = alignOf(field);
    offset = roundUp(offset, fieldAlign);
    layout.push({ name: fieldName, offset, size: sizeOf(field), field });
    offset += sizeOf(field);
    align = Math.max(align, fieldAlign);
  }
  return { name, size: roundUp(offset, align), align, fields, layout };
}

/** A union whose members all start at offset 0, given as one structure each. */
export function union<const F extends Fields>(name: string, members: F): StructType<F> {
  const layout: Placed[] = [];
  let size = 0;
  let align = 1;
  for (const [fieldName, field] of Object.entries(members)) {
    layout.push({ name: fieldName, offset: 0, size: sizeOf(field), field });
    size = Math.max(size, sizeOf(field));
    align = Math.max(align, alignOf(field));
  }
  return { name, size: roundUp(size, align), align, fields: members, layout };
}

/** A union's members all begin at its start. */
export function isUnion(type: StructType): boolean {
  return type.layout.length > 1 && type.layout.every(({ offset }) => offset === 0);
}

/**
 * Whether a structure is one memory for question and answer, a union of `in` and `out`: before the
 * call one of them means something, after it the other.
 */
export function isTwoWay(type: StructType): boolean {
  return isUnion(type) && type.layout.length === 2 &&
    type.layout.every(({ name }) => name === "in" || name === "out");
}

function setInteger(view: DataView, offset: number, bytes: number, value: bigint): void {
  switch (bytes) {
    case 1:
      view.setUint8(offset, Number(BigInt.asUintN(8, value)));
      break;
    case 2:
      view.setUint16(offset, Number(BigInt.asUintN(16, value)), true);
      break;
    case 4:
      view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
      break;
    default:
      view.setBigUint64(offset, BigInt.asUintN(64, value), true);
  }
}
function getInteger(view: DataView, offset: number, bytes: number, signed: boolean): bigint {
  const raw = bytes === 1
    ? BigInt(view.getUint8(offset))
    : bytes === 2
    ? BigInt(view.getUint16(offset, true))
    : bytes === 4
    ? BigInt(view.getUint32(offset, true))
    : view.getBigUint64(offset, true);
  return signed ? BigInt.asIntN(bytes * 8, raw) : raw;
}

function checkedInteger(what: string, bytes: number, given: number | bigint): bigint {
  const bits = bytes * 8;
  const value = BigInt(given);
  // A signed value may be given for an unsigned field and the other way: -1 and 0xffffffff are one.
  if (value < -(1n << BigInt(bits - 1)) || value >= 1n << BigInt(bits)) {
    throw new RangeError(`${what} has ${bits} bits: ${value} does not fit`);
  }
  return value;
}

/** Bytes after the structure proper, where it ends in a flexible array. */
function tailBytes(type: StructType, values: AnyValues): number {
  const last = type.layout.at(-1);
  if (last?.field.kind !== "tail") return 0;
  const items = values[last.name] as readonly AnyValues[] | undefined;
  return (items?.length ?? 0) * last.field.struct.size;
}

function encodeInto(
  type: StructType,
  values: AnyValues,
  bytes: Uint8Array,
  base: number,
  refs: Reference[],
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const name of Object.keys(values)) {
    if (!type.layout.some((placed) => placed.name === name)) {
      throw new TypeError(`struct ${type.name} has no field "${name}"`);
    }
  }
  for (const { name, offset, field } of type.layout) {
    const value = values[name];
    if (value === undefined) continue;
    const at = base + offset;
    if (field.kind === "nested") {
      encodeInto(field.struct, value as AnyValues, bytes, at, refs);
    } else if (field.kind === "tail") {
      const { struct } = field;
      const items = value as readonly AnyValues[];
      items.forEach((item, i) => encodeInto(struct, item, bytes, at + i * struct.size, refs));
    } else if (field.kind === "pointer") {
      if (typeof value === "bigint" || typeof value === "number") {
        setInteger(view, at, 8, BigInt(value));
      } else refs.push({ offset: at, target: value as Block });
    } else if (field.kind === "array") {
      const items = value as bigint[];
      if (items.length > field.count) {
        throw new RangeError(
          `${type.name}.${name} holds ${field.count} values, not ${items.length}`,
        );
      }
      items.forEach((item, i) => {
        const number = checkedInteger(`${type.name}.${name}[${i}]`, field.bytes, item);
        setInteger(view, at + i * field.bytes, field.bytes, number);
      });
    } else {
      const number = checkedInteger(`${type.name}.${name}`, field.bytes, value as number | bigint);
      setInteger(view, at, field.bytes, number);
    }
  }
}

/**
 * A structure as memory for a call. Fields left out are 0.
 * @throws {TypeError} for a field that the structure does not have
 * @throws {RangeError} for a value that does not fit its field
 */
export function encode<F extends Fields>(
  type: StructType<F>,
  values: Partial<ValuesOf<F>> = {},
): Block {
  const bytes = new Uint8Array(type.size + tailBytes(type, values as AnyValues));
  const refs: Reference[] = [];
  encodeInto(type, values as AnyValues, bytes, 0, refs);
  return refs.length > 0 ? { bytes, refs } : { bytes };
}

/** Several structures of one type side by side, as the kernel's arrays are. */
export function encodeArray<F extends Fields>(
  type: StructType<F>,
  items: readonly Partial<ValuesOf<F>>[],
): Block {
  const bytes = new Uint8Array(type.size * items.length);
  const refs: Reference[] = [];
  items.forEach((item, i) => encodeInto(type, item as AnyValues, bytes, i * type.size, refs));
  return refs.length > 0 ? { bytes, refs } : { bytes };
}

function refAt(block: Block, offset: number): Block | Address | undefined {
  return block.refs?.find((ref) => ref.offset === offset)?.target;
}

/**
 * Reads a structure out of a block, `base` bytes in. Bytes beyond the block's end read as 0, as the
 * kernel zero-fills what user space did not pass.
 */
export function decode<F extends Fields>(type: StructType<F>, block: Block, base = 0): ValuesOf<F> {
  let bytes = block.bytes;
  if (bytes.length < base + type.size) {
    bytes = new Uint8Array(base + type.size);
    bytes.set(block.bytes);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out: AnyValues = {};
  for (const { name, offset, field } of type.layout) {
    const at = base + offset;
    if (field.kind === "nested") out[name] = decode(field.struct, block, at) as AnyValues;
    else if (field.kind === "pointer") out[name] = refAt(block, at) ?? view.getBigUint64(at, true);
    else if (field.kind === "tail") {
      // As many as the count says and the block holds: a count may be a lie told on purpose.
      const { struct } = field;
      const held = Math.max(0, Math.floor((block.bytes.length - at) / struct.size));
      out[name] = Array.from(
        { length: Math.min(held, Number(out[field.count] ?? 0)) },
        (_, i) => decode(struct, block, at + i * struct.size) as AnyValues,
      );
    } else if (field.kind === "array") {
      out[name] = Array.from(
        { length: field.count },
        (_, i) => getInteger(view, at + i * field.bytes, field.bytes, false),
      );
    } else {
      const value = getInteger(view, at, field.bytes, field.signed);
      out[name] = field.kind === "wide" ? value : Number(value);
    }
  }
  return out as ValuesOf<F>;
}

/** Writes some fields of a structure into a block in place, as a kernel's copy-out does. */
export function store<F extends Fields>(
  type: StructType<F>,
  block: Block,
  values: Partial<ValuesOf<F>>,
  base = 0,
): void {
  const whole = new Uint8Array(base + type.size);
  whole.set(block.bytes.subarray(0, whole.length));
  encodeInto(type, values as AnyValues, whole, base, []);
  block.bytes.set(whole.subarray(0, block.bytes.length));
}
