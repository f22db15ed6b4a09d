/**
 * An ioctl's argument as C: variables with initializers, and the checks of what came back.
 *
 * @module
 */
import { namesOf } from "../ffi/_names.ts";
import type { ObjectKind } from "../ffi/ioctl_effects.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import type { Argument, Block } from "../ffi/kernel.ts";
import { parseRequest } from "../ffi/parse_fields.ts";
import {
  type AnyValues,
  decode,
  type Field,
  isUnion,
  type Placed,
  type PointerField,
  type StructType,
  type TailField,
} from "../ffi/struct.ts";
import { parseDeadline } from "../trace/deadline.ts";
import { isWord, mapNamedFields, namedFields } from "../trace/named_fields.ts";
import { isName, parsePlace } from "../trace/names.ts";
import { byteLines, integer, stringLiteral } from "./c_text.ts";
import { notInC } from "./errors.ts";
import type { OpenFile, Program } from "./program.ts";
import { elementType, isNative } from "./structs.ts";

/** Keys and indices on the way into plain data. */
export type Path = readonly (string | number)[];

/** An argument in C. */
export interface CArgument {
  readonly declarations: readonly string[];
  /** What is passed to ioctl(). */
  readonly expression: string;
  /** What stands before a member of the structure: `arg.`. */
  readonly members: string;
}

/** Bytes with zeroes behind them where a request code promises the kernel more. */
export function atLeast(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes;
  const longer = new Uint8Array(size);
  longer.set(bytes);
  return longer;
}

/** Asks whether nothing but zeroes is in memory. */
function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The part of plain data at a path; undefined where there is none. */
export function dataAt(data: JsonValue | undefined, path: Path): JsonValue | undefined {
  let value = data;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)] as JsonValue | undefined;
    else if (value !== undefined && isRecord(value)) value = value[key];
    else return undefined;
  }
  return value;
}

/** The memory of an argument; names stand for 0 in it. */
export function memoryOf(definition: IoctlDefinition, data: JsonValue): Argument {
  if (typeof data === "string" && data.startsWith("hex:")) {
    return { bytes: Uint8Array.fromHex(data.slice(4)) };
  }
  const plain = mapNamedFields(definition.name, data, (kind, value) =>
    typeof value === "string" &&
      (isName(value) || parsePlace(value) !== undefined || isWord(kind, value) ||
        parseDeadline(value, 0n) !== undefined)
      ? 0
      : value);
  return parseRequest(definition, plain).argument;
}

function isObjectField(call: string, type: StructType, name: string): ObjectKind | undefined {
  if (/_VM_DESTROY$/.test(call) && name === "id") return "VM";
  if (/^(exclusive_)?vm_id$/.test(name)) return "VM";
  if (/TILER_HEAP|JM_CTX/.test(call) || !/^(src_|dst_|bo_)?handles?$/.test(name)) return undefined;
  const isSync = call.includes("SYNCOBJ") || type.name === "drm_panthor_sync_op";
  return isSync ? "syncobj handle" : "GEM handle";
}

/** Writes the argument of one call. */
export class ArgumentWriter {
  readonly #program: Program;
  readonly #definition: IoctlDefinition;
  readonly #data: JsonValue;
  readonly #file: OpenFile;
  readonly #declarations: string[] = [];

  constructor(program: Program, definition: IoctlDefinition, data: JsonValue, file: OpenFile) {
    this.#program = program;
    this.#definition = definition;
    this.#data = data;
    this.#file = file;
  }

  /** @param size the argument's size in the request code, in bytes */
  write(size: number): CArgument {
    const definition = this.#definition;
    const argument = memoryOf(definition, this.#data);
    if (typeof argument === "bigint") {
      const value = argument === 0n ? "NULL" : `(void *)(uintptr_t)${integer(argument)}`;
      return { declarations: [], expression: value, members: "" };
    }
    const { struct: type, plain } = definition;
    const isRaw = typeof this.#data === "string" && this.#data.startsWith("hex:");
    if (type !== null && !isRaw) {
      const members = this.#struct(type, argument, Math.max(size, argument.bytes.length));
      return { declarations: this.#declarations, expression: "&arg", members };
    }
    if (plain === "u32" && !isRaw) {
      const value = new DataView(argument.bytes.buffer, argument.bytes.byteOffset).getUint32(
        0,
        true,
      );
      return { declarations: [`uint32_t arg = ${value};`], expression: "&arg", members: "" };
    }
    this.#bytes("arg", atLeast(argument.bytes, size), plain === "string");
    return { declarations: this.#declarations, expression: "arg", members: "" };
  }

  /** The variable of a structure, with memory behind it where a caller of another size has some. */
  #struct(type: StructType, block: Block, size: number): string {
    const values = decode(type, block) as AnyValues;
    const lines = this.#members(type, values, [], "");
    const cType = `struct ${this.#program.struct(type)}`;
    const last = type.layout.at(-1);
    if (last?.field.kind === "tail") {
      this.#tail(cType, lines, last.name, last.field, values);
      return "arg.head.";
    }
    if (size > type.size && !isNative(type)) {
      this.#declarations.push(
        "struct {",
        `\t${cType} known;`,
        `\tunsigned char beyond[${size - type.size}];`,
        "} arg = {",
        ...braced("\t", lines, ",", ".known = "),
        "};",
      );
      return "arg.known.";
    }
    this.#declarations.push(...braced("", lines, ";", `${cType} arg = `));
    return "arg.";
  }

  /** A structure and the elements that follow it. */
  #tail(
    cType: string,
    lines: readonly string[],
    name: string,
    { struct: element }: TailField,
    values: AnyValues,
  ): void {
    const items = values[name] as readonly AnyValues[];
    const elements = items.map((item, i) =>
      this.#members(element, item, [name, i], `${name}_${i}_`)
    );
    this.#declarations.push(
      "struct {",
      `\t${cType} head;`,
      `\tstruct ${this.#program.struct(element)} ${name}[${Math.max(1, items.length)}];`,
      "} arg = {",
      ...braced("\t", lines, ",", ".head = "),
      ...(elements.length === 0 ? [] : [
        `\t.${name} = {`,
        ...elements.flatMap((one) => braced("\t\t", one, ",")),
        "\t},",
      ]),
      "};",
    );
  }

  #members(type: StructType, values: AnyValues, path: Path, stem: string): string[] {
    // Of a union the member that is passed in, which has all that the others have.
    const placed = isUnion(type) ? type.layout.slice(0, 1) : type.layout;
    return placed.flatMap((one) => this.#member(type, one, values, path, stem));
  }

  #member(type: StructType, placed: Placed, values: AnyValues, path: Path, stem: string): string[] {
    const { name, field } = placed;
    const value = values[name] ?? 0n;
    const here = [...path, name];
    const set = (text: string): string[] => [`.${name} = ${text},`];
    switch (field.kind) {
      case "tail":
        return [];
      case "nested": {
        const until = this.#named(dataAt(this.#data, here), here);
        if (until !== undefined) {
          const variable = `${stem}${name}`;
          this.#declarations.push(`int64_t ${variable} = ${until};`);
          return set(`{ ${variable} / 1000000000, ${variable} % 1000000000 }`);
        }
        const members = this.#members(field.struct, value as AnyValues, here, `${stem}${name}_`);
        if (name === "_anonymous") return members;
        return members.length === 0 ? [] : braced("", members, ",", `.${name} = `);
      }
      case "array": {
        const items = value as bigint[];
        const last = items.findLastIndex((item) => item !== 0n);
        if (last < 0) return [];
        if (field.text) {
          return set(stringLiteral(Uint8Array.from(items.slice(0, last + 1), Number)));
        }
        const kind = isObjectField(this.#definition.name, type, name);
        return set(
          `{ ${items.slice(0, last + 1).map((item) => this.#number(item, kind)).join(", ")} }`,
        );
      }
      case "pointer": {
        if (typeof value === "bigint" || typeof value === "number") {
          const address = BigInt(value);
          if (address === 0n) return [];
          return set(
            isNative(type) ? `(char *)(uintptr_t)${integer(address)}` : integer(address),
          );
        }
        const variable = `${stem}${name}`;
        this.#target(variable, type, placed, field, value as Block, here);
        return set(isNative(type) ? `(char *)${variable}` : `(uintptr_t)${variable}`);
      }
      default:
        return this.#integer(type, placed, field, BigInt(value as number | bigint), here);
    }
  }

  #integer(
    type: StructType,
    { name }: Placed,
    field: Field & { bytes: number },
    value: bigint,
    path: Path,
  ): string[] {
    const text = this.#named(dataAt(this.#data, path), path);
    if (text !== undefined) return [`.${name} = ${text},`];
    const words = this.constant(field, value);
    if (words !== undefined) return [`.${name} = ${words},`];
    if (value === 0n) return [];
    const kind = isObjectField(this.#definition.name, type, name);
    return [`.${name} = ${this.#number(value, kind)},`];
  }

  #number(value: bigint, kind: ObjectKind | undefined): string {
    const object = kind && this.#program.object(this.#file, kind, Number(value));
    return object ?? integer(value);
  }

  /** A value of a field with names, by its names; undefined for fields without. */
  constant(field: Field, value: bigint): string | undefined {
    const bits = "bytes" in field ? field.bytes * 8 : 64;
    const named = namesOf(field, BigInt.asUintN(bits, value));
    if (named === undefined || named.names.length === 0) return undefined;
    const known = { ...field.values, ...field.flags };
    const words = named.names.map((name) =>
      this.#program.constant(`${field.prefix ?? ""}${name}`, known[name] ?? 0)
    );
    return [...words, ...(named.rest === 0n ? [] : [integer(named.rest)])].join(" | ");
  }

  /** What a name in a field stands for. */
  #named(value: JsonValue | undefined, path: Path): string | undefined {
    const plain = path.filter((key) => typeof key === "string").join(".");
    const kind = namedFields[this.#definition.name]?.find((one) => one.path === plain)?.kind;
    if (kind === undefined || typeof value !== "string") return undefined;
    if (isName(value, "f")) return this.#program.fd(value).variable;
    if (isName(value, "o")) {
      const variable = this.#program.values.get(value);
      if (variable === undefined) throw notInC(`the trace uses ${value} before it was given`);
      return variable;
    }
    const place = parsePlace(value);
    if (place !== undefined) return this.#program.address(place);
    const ms = parseDeadline(value, 0n);
    if (ms === undefined) return undefined;
    return `${this.#program.helper("deadline")}(${ms / 1_000_000n})`;
  }

  #bytes(name: string, bytes: Uint8Array, isText: boolean): void {
    const end = bytes.indexOf(0);
    const padded = end >= 0 && isZero(bytes.subarray(end));
    if (isText && padded) {
      const size = bytes.length > end + 1 ? String(bytes.length) : "";
      this.#declarations.push(
        `char ${name}[${size}] = ${stringLiteral(bytes.subarray(0, end))};`,
      );
    } else if (isZero(bytes)) {
      this.#declarations.push(`unsigned char ${name}[${Math.max(1, bytes.length)}] = { 0 };`);
    } else {
      this.#declarations.push(
        `unsigned char ${name}[] = {`,
        ...byteLines(bytes, "\t"),
        "};",
      );
    }
  }

  #target(
    name: string,
    type: StructType,
    placed: Placed,
    field: PointerField,
    block: Block,
    path: Path,
  ): void {
    const { to } = field;
    const { bytes } = block;
    const data = dataAt(this.#data, path);
    if (to === "u32" || to === "u64") {
      const size = to === "u32" ? 4 : 8;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const kind = isObjectField(this.#definition.name, type, placed.name);
      const words = Array.from(
        { length: Math.floor(bytes.length / size) },
        (_, i) => size === 4 ? BigInt(view.getUint32(i * 4, true)) : view.getBigUint64(i * 8, true),
      );
      const list = words.map((word, i) =>
        this.#named(dataAt(data, [i]), path) ?? this.#number(word, kind)
      ).join(", ");
      this.#declarations.push(`${elementType(to)} ${name}[] = { ${list || "0"} };`);
      return;
    }
    if (typeof to === "object" && Array.isArray(data) && bytes.length === data.length * to.size) {
      const elements = Array.from({ length: data.length }, (_, i) => {
        const values = decode(to, block, i * to.size) as AnyValues;
        return this.#members(to, values, [...path, i], `${name}_${i}_`);
      });
      const cType = this.#program.struct(to);
      this.#declarations.push(
        `struct ${cType} ${name}[${Math.max(1, elements.length)}] = {`,
        ...elements.flatMap((one) => braced("\t", one, ",")),
        ...(elements.length === 0 ? ["\t{ 0 },"] : []),
        "};",
      );
      return;
    }
    if ((block.refs ?? []).length > 0) {
      throw notInC(`${this.#definition.name}.${placed.name} holds pointers in bytes`);
    }
    this.#bytes(name, bytes, to === "string");
  }
}

function braced(indent: string, lines: readonly string[], end: string, before = ""): string[] {
  if (lines.length === 0) return [`${indent}${before}{ 0 }${end}`];
  const one = `${indent}${before}{ ${lines.join(" ").replace(/,$/, "")} }${end}`;
  if (
    lines.every((line) => line.startsWith(".") && line.endsWith(",")) &&
    one.replaceAll("\t", "        ").length <= 82
  ) {
    return [one];
  }
  return [`${indent}${before}{`, ...lines.map((line) => `${indent}\t${line}`), `${indent}}${end}`];
}
