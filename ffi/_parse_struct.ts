/**
 * A structure's values, and what its pointers point to, from text or JSON.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import {
  LARGEST_BUFFER,
  parseAddress,
  parseArray,
  parseBytes,
  parseInteger,
  parseText,
  unfolded,
  wanted,
} from "./_parse_scalar.ts";
import { isRecord, type JsonValue } from "./json.ts";
import type { Address, Block, Reference } from "./kernel.ts";
import {
  type AnyValues,
  type ArrayField,
  encode,
  type PointerField,
  type StructType,
} from "./struct.ts";

/** What a pointer points to, and how many elements (bytes, for bytes and texts) that is. */
interface Target {
  readonly target: Block | Address;
  readonly count: number;
}

const pointerForms = `"@null", "@0xADDRESS", "hex:…" or "buffer:SIZE"`;

function example(type: StructType): string {
  return type.layout.slice(0, 2).map(({ name }) => `${name}=1`).join(",");
}

function parseStructs(type: StructType, value: JsonValue, where: string): AnyValues[] {
  const list = unfolded(value);
  if (isRecord(list)) return [parseStruct(type, list, where)];
  if (Array.isArray(list)) {
    return list.map((item: JsonValue, i) => parseStruct(type, item, `${where}[${i}]`));
  }
  throw wanted(where, value, `structures such as "[${example(type)};…]", ${pointerForms}`);
}

/** Structures side by side, `stride` bytes from one to the next; a short stride cuts them. */
function strided(type: StructType, items: readonly AnyValues[], stride: number): Block {
  const bytes = new Uint8Array(stride * items.length);
  const refs: Reference[] = [];
  items.forEach((item, i) => {
    const block = encode(type, item);
    bytes.set(block.bytes.subarray(0, stride), i * stride);
    for (const ref of block.refs ?? []) {
      if (ref.offset + 8 <= stride) refs.push({ ...ref, offset: i * stride + ref.offset });
    }
  });
  return refs.length > 0 ? { bytes, refs } : { bytes };
}

function parseWords(size: 4 | 8, value: JsonValue, where: string): Block {
  const list = unfolded(value);
  if (!Array.isArray(list)) {
    throw wanted(where, value, `numbers such as "[1,2]", ${pointerForms}`);
  }
  const field: ArrayField = { kind: "array", bytes: size, count: list.length };
  const view = new DataView(new ArrayBuffer(list.length * size));
  parseArray(field, list, where).forEach((word, i) => {
    if (size === 4) view.setUint32(i * 4, Number(BigInt.asUintN(32, word)), true);
    else view.setBigUint64(i * 8, BigInt.asUintN(64, word), true);
  });
  return { bytes: new Uint8Array(view.buffer) };
}

/** The size of an element, in bytes. */
function unitOf(to: PointerField["to"]): number {
  return typeof to === "object" ? to.size : { bytes: 1, string: 1, u32: 4, u64: 8 }[to];
}

function parseTarget(
  field: PointerField,
  value: JsonValue,
  stride: number,
  beside: AnyValues,
  where: string,
): Target {
  const address = parseAddress(value, where);
  if (address !== undefined) return { target: address, count: 0 };
  const bytes = parseBytes(value, where);
  if (bytes) return { target: { bytes }, count: Math.floor(bytes.length / stride) };
  const { to, cases } = field;
  if (typeof to === "object") {
    const items = parseStructs(to, value, where);
    return { target: strided(to, items, stride), count: items.length };
  }
  if (to === "u32" || to === "u64") {
    const target = parseWords(to === "u32" ? 4 : 8, value, where);
    return { target, count: target.bytes.length / stride };
  }
  const type = cases?.structs[Number(beside[cases.field] ?? 0)];
  const record = type ? unfolded(value) : value;
  if (type && isRecord(record)) {
    return { target: encode(type, parseStruct(type, record, where)), count: type.size };
  }
  if (typeof value !== "string") throw wanted(where, value, `a text, ${pointerForms}`);
  // The NUL is there for kernels that look for one; it does not count.
  const text = parseText(value, where);
  return { target: { bytes: text }, count: text.length - 1 };
}

/** A block with at least as many bytes as a count promises, up to a limit. */
function atLeast(block: Block, bytes: number): Block {
  if (block.bytes.length >= bytes || bytes > LARGEST_BUFFER) return block;
  const longer = new Uint8Array(bytes);
  longer.set(block.bytes);
  return { ...block, bytes: longer };
}

/** One structure's values in the making. */
class StructParser {
  readonly #type: StructType;
  readonly #where: string;
  readonly #values: AnyValues = {};
  /** Fields that were said, and not filled in by us. */
  readonly #given: ReadonlySet<string>;

  constructor(type: StructType, where: string, given: Iterable<string>) {
    this.#type = type;
    this.#where = where;
    this.#given = new Set(given);
  }

  #path(name: string): string {
    return this.#where === "" ? name : `${this.#where}.${name}`;
  }

  /** Sets a count or stride that follows from an array, unless it was said. */
  #follow(name: string | undefined, value: number, from: string): void {
    if (name === undefined || this.#given.has(name)) return;
    const before = this.#values[name];
    if (before !== undefined && Number(before) !== value) {
      throw new TypeError(
        `Field "${this.#path(from)}" makes "${name}" ${value}, another array makes it ${before}: ` +
          `wanted "${this.#path(name)}=…" as well`,
      );
    }
    this.#values[name] = this.#type.fields[name]?.kind === "wide" ? BigInt(value) : value;
  }

  #pointer(name: string, field: PointerField, value: JsonValue): void {
    const said = field.stride === undefined ? 0 : Number(this.#values[field.stride] ?? 0);
    const stride = said || unitOf(field.to);
    const { target, count } = parseTarget(field, value, stride, this.#values, this.#path(name));
    if (typeof target === "bigint") {
      this.#values[name] = target;
      return;
    }
    this.#follow(field.count, count, name);
    this.#follow(field.stride, stride, name);
    const promised = field.count === undefined ? 0 : Number(this.#values[field.count] ?? 0);
    this.#values[name] = atLeast(target, promised * stride);
  }

  /** All but pointers. */
  #field(name: string, values: readonly JsonValue[]): void {
    const field = this.#type.fields[name];
    const where = this.#path(name);
    const [value = null] = values;
    switch (field?.kind) {
      case "nested":
        this.#values[name] = parseStruct(field.struct, merged(field.struct, values, where), where);
        break;
      case "tail": {
        const items = parseStructs(field.struct, value, where);
        this.#values[name] = items;
        this.#follow(field.count, items.length, name);
        break;
      }
      case "array":
        this.#values[name] = parseArray(field, value, where);
        break;
      case "small":
        this.#values[name] = Number(parseInteger(field, field.bytes, value, where));
        break;
      case "wide":
        this.#values[name] = parseInteger(field, field.bytes, value, where);
        break;
      default:
        throw this.#unknown(name);
    }
  }

  #unknown(name: string): TypeError {
    const names = this.#type.layout.map((placed) => placed.name);
    const of = this.#where === "" ? "" : ` ("${this.#where}")`;
    return new TypeError(
      `Structure ${this.#type.name}${of} has no field "${name}". ` +
        `${didYouMean(name, names)}It has ${names.join(", ")}`,
    );
  }

  parse(groups: ReadonlyMap<string, readonly JsonValue[]>): AnyValues {
    const later: [string, PointerField, JsonValue][] = [];
    for (const [name, values] of groups) {
      const field = Object.hasOwn(this.#type.fields, name) ? this.#type.fields[name] : undefined;
      if (field === undefined) throw this.#unknown(name);
      if (field.kind !== "nested" && values.length > 1) {
        throw new TypeError(`Field "${this.#path(name)}" is given twice`);
      }
      if (field.kind === "pointer") later.push([name, field, values[0] ?? null]);
      else this.#field(name, values);
    }
    // Counts and strides may stand behind their arrays.
    for (const [name, field, value] of later) this.#pointer(name, field, value);
    return this.#values;
  }
}

/** The fields of a record, `ops.count` under `ops`. */
function grouped(record: { readonly [name: string]: JsonValue }): Map<string, JsonValue[]> {
  const groups = new Map<string, JsonValue[]>();
  for (const [name, value] of Object.entries(record)) {
    const [head = "", ...tail] = name.split(".");
    const inner = tail.length === 0 ? value : { [tail.join(".")]: value };
    groups.set(head, [...groups.get(head) ?? [], inner]);
  }
  return groups;
}

/** One record of what was said of a nested structure in several places. */
function merged(type: StructType, values: readonly JsonValue[], where: string): JsonValue {
  const records = values.map((value) => {
    const record = unfolded(value);
    if (isRecord(record)) return record;
    // An array in a structure of its own with its count (panthor's obj_array) may be given alone.
    const [only, ...others] = type.layout.filter(({ field }) =>
      field.kind === "pointer" && field.count !== undefined
    );
    if (only && others.length === 0) return { [only.name]: value };
    throw wanted(where, value, `"{${example(type)},…}" or "${where}.${type.layout[0]?.name}=…"`);
  });
  return Object.fromEntries(records.flatMap((record) => Object.entries(record)));
}

/**
 * A structure's values from its fields. Counts and strides that are not given follow from the
 * arrays that are. `where` is the path to the structure, for messages.
 * @throws {TypeError} for unknown fields and names and for values of another shape
 * @throws {RangeError} for values that do not fit
 */
export function parseStruct(type: StructType, value: JsonValue, where: string): AnyValues {
  const record = unfolded(value);
  if (!isRecord(record)) throw wanted(where, value, `"{${example(type)},…}"`);
  const groups = grouped(record);
  return new StructParser(type, where, groups.keys()).parse(groups);
}
