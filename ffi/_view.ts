/**
 * An ioctl's argument taken apart, before it is rendered as text or JSON.
 *
 * @module
 */
import { type Named, namesOf } from "./_names.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import type { Address, Argument, Block } from "./kernel.ts";
import {
  type AnyValues,
  decode,
  type Field,
  isTwoWay,
  type PointerField,
  type StructType,
} from "./struct.ts";

/** What there is to show. `named` is absent for fields without names. */
export type View =
  | { readonly kind: "integer"; readonly value: bigint; readonly named?: Named }
  | { readonly kind: "address"; readonly value: Address }
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "list"; readonly items: readonly View[] }
  | { readonly kind: "struct"; readonly fields: readonly (readonly [string, View])[] };

function integer(value: bigint): View {
  return { kind: "integer", value };
}

/** Bytes up to the first NUL. */
function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Bytes without the NULs at their end. */
function trimmed(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

function words(bytes: Uint8Array, size: 4 | 8, count: number): View {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.min(count, Math.floor(bytes.length / size));
  return {
    kind: "list",
    items: Array.from({ length }, (_, i) =>
      integer(
        size === 4 ? BigInt(view.getUint32(i * 4, true)) : view.getBigUint64(i * 8, true),
      )),
  };
}

/** How many elements the field beside a pointer promises; all that there are where none does. */
function promised(field: PointerField, beside: AnyValues): number {
  return field.count === undefined ? Infinity : Number(beside[field.count] ?? 0);
}

function target(field: PointerField, block: Block, beside: AnyValues): View {
  const { bytes } = block;
  const count = promised(field, beside);
  if (field.to === "u32") return words(bytes, 4, count);
  if (field.to === "u64") return words(bytes, 8, count);
  if (field.to === "string") {
    return {
      kind: "text",
      bytes: field.count === undefined ? untilNul(bytes) : trimmed(bytes.subarray(0, count)),
    };
  }
  if (field.to === "bytes") {
    const type = field.cases?.structs[Number(beside[field.cases.field])];
    const held = count < bytes.length ? bytes.subarray(0, count) : bytes;
    return type ? viewStruct(type, decodeAny(type, block)) : { kind: "bytes", bytes: held };
  }
  const type = field.to;
  // A stride of 0 is a caller's mistake that must not hide what was passed.
  const stride = (field.stride && Number(beside[field.stride])) || type.size;
  const held = Math.ceil(bytes.length / stride);
  return {
    kind: "list",
    items: Array.from(
      { length: Math.min(count, held) },
      (_, i) => viewStruct(type, decodeAny(type, block, i * stride)),
    ),
  };
}

function isBlock(value: unknown): value is Block {
  return typeof value === "object" && value !== null && "bytes" in value &&
    value.bytes instanceof Uint8Array;
}

function viewField(field: Field, value: AnyValues[string], beside: AnyValues): View {
  switch (field.kind) {
    case "nested":
      return viewStruct(field.struct, value as AnyValues);
    case "tail":
      return {
        kind: "list",
        items: (value as readonly AnyValues[]).map((item) => viewStruct(field.struct, item)),
      };
    case "pointer":
      return isBlock(value)
        ? target(field, value, beside)
        : { kind: "address", value: value as Address };
    case "array": {
      const items = value as bigint[];
      return field.text
        ? { kind: "text", bytes: untilNul(Uint8Array.from(items, Number)) }
        : { kind: "list", items: items.map(integer) };
    }
    default: {
      const number = BigInt(value as number | bigint);
      const named = namesOf(field, BigInt.asUintN(field.bytes * 8, number));
      return { kind: "integer", value: number, ...(named ? { named } : {}) };
    }
  }
}

function decodeAny(type: StructType, block: Block, base = 0): AnyValues {
  // ValuesOf of any structure is AnyValues; TypeScript cannot follow it down the nesting.
  return decode(type, block, base) as AnyValues;
}

function viewStruct(type: StructType, values: AnyValues): View {
  return {
    kind: "struct",
    fields: type.layout.map(({ name, field }) =>
      [name, viewField(field, values[name] ?? 0n, values)] as const
    ),
  };
}

/** What of a union of question and answer is meant. */
export type Half = "in" | "out";

/**
 * Takes an argument apart as its definition says.
 * @param half of a union of question and answer; both where absent
 */
export function viewArgument(
  definition: IoctlDefinition,
  argument: Argument,
  half?: Half,
): View {
  if (!isBlock(argument)) {
    return definition.plain === "integer" || definition.plain === "none"
      ? integer(argument)
      : { kind: "address", value: argument };
  }
  if (definition.struct) {
    const whole = viewStruct(definition.struct, decodeAny(definition.struct, argument));
    return half !== undefined && whole.kind === "struct" && isTwoWay(definition.struct)
      ? { ...whole, fields: whole.fields.filter(([name]) => name === half) }
      : whole;
  }
  switch (definition.plain) {
    case "string":
      return { kind: "text", bytes: untilNul(argument.bytes) };
    case "u32": {
      const list = words(argument.bytes, 4, 1);
      return list.kind === "list" ? list.items[0] ?? integer(0n) : list;
    }
    default:
      return { kind: "bytes", bytes: argument.bytes };
  }
}
