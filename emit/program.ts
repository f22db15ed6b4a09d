/**
 * What a C file collects while its calls are written: definitions, variables, helpers.
 *
 * @module
 */
import type { Place } from "../trace/names.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import { splitRequest } from "../ffi/ioctl.ts";
import type { ObjectKind } from "../ffi/ioctl_effects.ts";
import type { StructType } from "../ffi/struct.ts";
import { integer } from "./c_text.ts";
import { notInC } from "./errors.ts";
import { type HelperName, helpers } from "./helpers.ts";
import { definitionOf, neededBy } from "./structs.ts";
import type { Style } from "./style.ts";

/** An open file, which duplicated descriptors share. */
export interface OpenFile {
  /** Names of the tables that explain its ioctls. */
  readonly tables: readonly string[];
  /** Handles and the like that it holds. */
  readonly objects: Map<string, { readonly variable: string; live: boolean }>;
}

/** A descriptor of the trace. */
export interface Descriptor {
  readonly variable: string;
  readonly file: OpenFile;
}

/** A mapping of the trace. */
export interface MappingVariable {
  readonly variable: string;
  /** Bytes. */
  readonly length: number;
}

/** A definition, on two lines where it is long. */
function defined(name: string, value: string | number | bigint): string[] {
  const line = `#define ${name} ${value}`;
  return line.length <= 100 ? [line] : [`#define ${name} \\`, `\t${value}`];
}

const macros = { none: "_IO", R: "_IOR", W: "_IOW", RW: "_IOWR" } as const;
const bits = { none: "_IOC_NONE", R: "_IOC_READ", W: "_IOC_WRITE", RW: "_IOC_READ | _IOC_WRITE" };

function identifier(text: string): string {
  const word = text.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return /^[a-z]/.test(word) ? word : `fd_${word}`;
}

/** A new open file whose ioctls stand in `tables`. */
export function openFile(...tables: readonly string[]): OpenFile {
  return { tables, objects: new Map() };
}

/** One file in the making. */
export class Program {
  readonly style: Style;
  readonly descriptors = new Map<string, Descriptor>();
  readonly mappings = new Map<string, MappingVariable>();
  /** Fake offsets and inode numbers by their names. */
  readonly values = new Map<string, string>();
  readonly #statics = new Map<string, string>();
  readonly #structs = new Map<string, StructType>();
  readonly #constants = new Map<string, string>();
  readonly #requests = new Map<string, string>();
  readonly #helpers = new Set<HelperName>();
  readonly #counts = new Map<string, number>();

  /** Whether the file can end as a skip, and whether it compares anything. */
  readonly reports = { skips: false, compares: false };

  constructor(style: Style) {
    this.style = style;
  }

  /** A statement that compares two integers. */
  equal(got: string, want: string): string {
    this.reports.compares = true;
    return `${this.style.equal}(${got}, ${want});`;
  }

  /** A statement that ends the program as a skip; `format` is printf's, in C's spelling. */
  skip(format: string, args: readonly string[] = []): string {
    this.reports.skips = true;
    return this.style.skip(format, args);
  }

  #count(what: string): number {
    const next = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, next);
    return next;
  }

  /** Declares a variable of the file. `type` ends where the name begins. */
  variable(type: string, name: string): string {
    this.#statics.set(name, type);
    return name;
  }

  /** A new descriptor. @param what what it is: `dmabuf`, a driver's name */
  descriptor(name: string, what: string, file: OpenFile): string {
    if (this.descriptors.has(name)) throw notInC(`the trace opens ${name} twice`);
    const stem = identifier(what);
    const variable = this.variable("int ", `${stem}_${this.#count(stem)}`);
    this.descriptors.set(name, { variable, file });
    return variable;
  }

  /** @throws {NotSupported} for a descriptor that the trace has not opened */
  fd(name: string | number): Descriptor {
    if (typeof name === "number") return { variable: String(name), file: openFile() };
    const known = this.descriptors.get(name);
    if (known === undefined) throw notInC(`the trace uses ${name}, which it has not opened`);
    return known;
  }

  /** A new mapping. `length` in bytes. */
  mapping(name: string, length: number): MappingVariable {
    const variable = this.variable("unsigned char *", `map_${this.#count("map")}`);
    const mapping = { variable, length };
    this.mappings.set(name, mapping);
    return mapping;
  }

  /** An address in a mapping, as an integer. @throws {NotSupported} for one that is not mapped */
  address({ map, offset }: Place): string {
    const known = this.mappings.get(map);
    if (known === undefined) throw notInC(`the trace uses ${map}, which it has not mapped`);
    const start = `(uintptr_t)${known.variable}`;
    return offset === 0 ? start : `${start} + ${offset}`;
  }

  /** The variable of an object that a call made; undefined where the number is no such object. */
  object(file: OpenFile, kind: ObjectKind, number: number): string | undefined {
    return file.objects.get(`${kind} ${number}`)?.variable;
  }

  /**
   * A call answered with an object's number.
   * @returns its variable, and whether the same object was known before
   */
  made(file: OpenFile, kind: ObjectKind, number: number): { variable: string; known: boolean } {
    const known = file.objects.get(`${kind} ${number}`);
    if (known?.live) return { variable: known.variable, known: true };
    const stem = { "GEM handle": "bo", VM: "vm", "syncobj handle": "syncobj" }[kind];
    const variable = this.variable("uint32_t ", `${stem}_${this.#count(stem)}`);
    file.objects.set(`${kind} ${number}`, { variable, live: true });
    return { variable, known: false };
  }

  /** An object is gone; calls with its number go on meaning it until the number is given again. */
  gone(file: OpenFile, kind: ObjectKind, number: number): void {
    const known = file.objects.get(`${kind} ${number}`);
    if (known !== undefined) known.live = false;
  }

  /** The C name of a structure, which is defined from now on. */
  readonly struct = (type: StructType): string => {
    for (const needed of neededBy(type)) this.struct(needed);
    const name = `${this.style.prefix}${type.name}`;
    this.#structs.set(name, type);
    return name;
  };

  /** A constant of the tables, defined from now on; names of the C library are left alone. */
  constant(name: string, value: number | bigint): string {
    if (/^O_/.test(name)) return name;
    const own = `${this.style.prefix.toUpperCase()}${name}`;
    const bits = BigInt(value);
    this.#constants.set(
      own,
      bits < 10n
        ? integer(bits)
        : `0x${bits.toString(16)}${bits >> 32n ? "ull" : bits >> 31n ? "u" : ""}`,
    );
    return own;
  }

  /** The request code of a call, defined from now on. */
  request(definition: IoctlDefinition | undefined, code: number): string {
    const { direction, type, number, size } = splitRequest(code);
    const letter = type > 0x20 && type < 0x7f && type !== 0x27 && type !== 0x5c
      ? `'${String.fromCharCode(type)}'`
      : `0x${type.toString(16)}`;
    const raw = `_IOC(${bits[direction]}, ${letter}, 0x${number.toString(16)}, ${size})`;
    if (definition === undefined) return raw;
    const own = `${this.style.prefix.toUpperCase()}${definition.name}`;
    if (definition.code !== code) return raw;
    const { struct } = definition;
    // The size in the code may be another one than the structure's own.
    const text = direction === "none"
      ? `_IO(${letter}, 0x${number.toString(16)})`
      : struct !== null && (struct.size === size)
      ? `${macros[direction]}(${letter}, 0x${number.toString(16)}, struct ${this.struct(struct)})`
      : raw;
    this.#requests.set(own, text);
    return own;
  }

  /** The name of a helper, which is written from now on. */
  helper<N extends HelperName>(name: N): N {
    for (const needed of helpers[name].needs ?? []) this.helper(needed);
    helpers[name].uses?.(this);
    this.#helpers.add(name);
    return name;
  }

  /** All definitions, in the order that C needs. */
  definitions(): readonly (readonly string[])[] {
    const defines = (map: ReadonlyMap<string, string>): string[] =>
      [...map].flatMap(([name, value]) => defined(name, value));
    const texts = Object.keys(helpers).filter((name) => this.#helpers.has(name as HelperName))
      .map((name) => helpers[name as HelperName].text(this));
    return [
      ...[...this.#structs.values()].map((type) => definitionOf(type, this.struct)),
      defines(this.#constants),
      defines(this.#requests),
      ...texts,
    ].filter((lines) => lines.length > 0);
  }

  /** Variables of the file that `used` says are read. */
  variables(used: (name: string) => boolean): readonly string[] {
    return [...this.#statics].filter(([name]) => used(name))
      .map(([name, type]) => `static ${type}${name};`);
  }
}
