/**
 * Names in place of values that differ from run to run, in the order of first appearance.
 *
 * @module
 */

/** The first letter of a name tells what it stands for. */
export type NameLetter = "f" | "m" | "o" | "i" | "n";

const pattern = /^[fmoin][1-9]\d{0,8}$/;

/** Whether a text is a name, and of that kind where one is given. */
export function isName(text: unknown, letter?: NameLetter): text is string {
  return typeof text === "string" && pattern.test(text) &&
    (letter === undefined || text.startsWith(letter));
}

/** `m1+64`: an address in a mapping, by the mapping's name and the bytes from its start. */
export interface Place {
  readonly map: string;
  readonly offset: number;
}

/** The address that a text stands for; `m1` alone is the mapping's start. */
export function parsePlace(text: unknown): Place | undefined {
  const [, map = "", offset = "0"] = typeof text === "string"
    ? /^(m[1-9]\d{0,8})(?:\+([1-9]\d{0,15}))?$/.exec(text) ?? []
    : [];
  return map === "" ? undefined : { map, offset: Number(offset) };
}

/** The text of an address. */
export function formatPlace({ map, offset }: Place): string {
  return offset === 0 ? map : `${map}+${offset}`;
}

/** Where mappings lie, while they do. */
export class PlaceNames {
  readonly #mappings = new Map<string, { readonly address: bigint; readonly length: number }>();

  /** A new mapping. `length` in bytes. */
  mapped(map: string, address: bigint, length: number): void {
    this.#mappings.set(map, { address, length });
  }

  /** The mapping is gone: its addresses may mean others. */
  unmapped(map: string): void {
    this.#mappings.delete(map);
  }

  /** The name of an address, of the mapping that it lies in; undefined outside of all. */
  nameOf(value: bigint): string | undefined {
    for (const [map, { address, length }] of this.#mappings) {
      const offset = value - address;
      if (offset >= 0n && offset < BigInt(length)) {
        return formatPlace({ map, offset: Number(offset) });
      }
    }
    return undefined;
  }

  /** What a mapping's start is; undefined once it is unmapped. */
  valueOf(map: string): bigint | undefined {
    return this.#mappings.get(map)?.address;
  }
}

/** Gives names that were never given before. */
export class Counter {
  readonly #letter: NameLetter;
  #last = 0;

  constructor(letter: NameLetter) {
    this.#letter = letter;
  }

  /** The next name. */
  next(): string {
    return `${this.#letter}${++this.#last}`;
  }
}

/** Values that stay what they are: inode numbers, mount ids. */
export class ValueNames {
  readonly #counter: Counter;
  readonly #names = new Map<string, string>();

  constructor(letter: NameLetter) {
    this.#counter = new Counter(letter);
  }

  /** The name of a value, a new one where it was not seen. */
  nameOf(value: string): string {
    const known = this.#names.get(value) ?? this.#counter.next();
    this.#names.set(value, known);
    return known;
  }
}

/** Descriptors, whose numbers are given again after they are closed. */
export class DescriptorNames {
  readonly #counter = new Counter("f");
  readonly #names = new Map<number, string>();
  readonly #values = new Map<string, number>();

  /** A new descriptor's name. */
  opened(fd: number): string {
    const name = this.#counter.next();
    this.#names.set(fd, name);
    this.#values.set(name, fd);
    return name;
  }

  /** The name, also of a closed descriptor until its number is given again; else the number. */
  nameOf(fd: number): string | number {
    return this.#names.get(fd) ?? fd;
  }

  /** The number that a name stands for. */
  valueOf(name: string): number | undefined {
    return this.#values.get(name);
  }
}

/** A buffer object by one of its handles: `file` is what its descriptors share. */
export interface Holder {
  readonly file: object;
  readonly handle: number;
}

/** A fake offset while a handle of its buffer object is known. */
interface Offset {
  readonly name: string;
  readonly value: bigint;
  /** Offsets are a device's: two devices give the same ones. */
  readonly node: string;
  readonly holders: Holder[];
}

/** Fake mmap offsets, which a device gives again when their buffer object is gone. */
export class OffsetNames {
  readonly #counter = new Counter("o");
  #offsets: readonly Offset[] = [];
  readonly #values = new Map<string, bigint>();

  /** The offset that a device gave for a handle; without one, of 0, it is of something new. */
  given(node: string, value: bigint, holder: Holder): string {
    const known = this.#offsets.find((offset) => offset.node === node && offset.value === value);
    if (known !== undefined && holder.handle === 0) {
      this.#offsets = this.#offsets.filter((offset) => offset !== known);
    } else if (known !== undefined) {
      known.holders.push(holder);
      return known.name;
    }
    const name = this.#counter.next();
    this.#offsets = [...this.#offsets, { name, value, node, holders: [holder] }];
    this.#values.set(name, value);
    return name;
  }

  /** The name of an offset that was given, on this node or else on another one. */
  nameOf(node: string, value: bigint): string | undefined {
    const fitting = this.#offsets.filter((offset) => offset.value === value);
    return (fitting.find((offset) => offset.node === node) ?? fitting.at(-1))?.name;
  }

  /** What a name stands for. */
  valueOf(name: string): bigint | undefined {
    return this.#values.get(name);
  }

  /** Handles are gone: one of an open file, or all of it. */
  gone(file: object, handle?: number): void {
    this.#offsets = this.#offsets.filter(({ holders }) => {
      const left = holders.filter((holder) =>
        holder.file !== file || (handle !== undefined && holder.handle !== handle)
      );
      holders.splice(0, holders.length, ...left);
      return left.length > 0;
    });
  }
}
