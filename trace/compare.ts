/**
 * Comparing two entries: names by what they stand for, facts about the machine left out.
 *
 * @module
 */
import { O_ACCMODE, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { mapEntryNames } from "./entry_names.ts";
import { withoutFacts } from "./facts.ts";
import type { TraceEntry } from "./format.ts";
import { mapNamedFields } from "./named_fields.ts";
import { parsePlace } from "./names.ts";

/** One field that differs; absent values are undefined. */
export interface Difference {
  /** `result`, `out.handle`, `text.size`, or `call` where it is another one. */
  readonly field: string;
  readonly a: JsonValue | undefined;
  readonly b: JsonValue | undefined;
}

/** Which names of two traces stand for the same thing, one to one. */
export class Pairing {
  readonly #ofA = new Map<string, string>();
  readonly #ofB = new Map<string, string>();

  /** Whether they stand for the same thing; names that are new on both sides do from now on. */
  pair(a: string, b: string): boolean {
    const [placeA, placeB] = [parsePlace(a), parsePlace(b)];
    if (placeA !== undefined && placeB !== undefined) {
      return placeA.offset === placeB.offset && this.#pair(placeA.map, placeB.map);
    }
    return this.#pair(a, b);
  }

  #pair(a: string, b: string): boolean {
    const knownB = this.#ofA.get(a);
    const knownA = this.#ofB.get(b);
    if (knownB === undefined && knownA === undefined && a[0] === b[0]) {
      this.#ofA.set(a, b);
      this.#ofB.set(b, a);
      return true;
    }
    return knownB === b && knownA === a;
  }

  /** The name on the other side. */
  toB(a: string): string | undefined {
    return this.#ofA.get(a);
  }
}

/** Marks a name (or an address by one) among plain texts; a control character is in no text of a trace that is printed. */
const MARK = "\u0000";

/** Status flags that mean the same everywhere: O_LARGEFILE is another bit on another architecture. */
const STATUS_FLAGS = O_ACCMODE | O_NONBLOCK | O_CLOEXEC;

/** A text of fdinfo as fields. */
function fdinfoFields(text: string): JsonValue {
  const fields = text.split("\n").filter((line) => line !== "").map((line): [string, string] => {
    const colon = line.indexOf(":");
    const key = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    return [key, key === "flags" ? `0${(parseInt(value, 8) & STATUS_FLAGS).toString(8)}` : value];
  });
  return Object.fromEntries(fields);
}

/** An entry as data to compare, its names marked. */
function comparable(entry: TraceEntry, strict: boolean): { readonly [key: string]: JsonValue } {
  const marked = mapEntryNames(entry, (name) => `${MARK}${name}`);
  let data = JSON.parse(JSON.stringify(marked)) as { [key: string]: JsonValue };
  if (marked.call === "ioctl") {
    // What is absent came back as it was passed. Descriptors of strangers have no number in common.
    data.out = mapNamedFields(
      marked.name,
      marked.out ?? marked.in,
      (kind, value) =>
        // A wait may leave its time-out as it was, or less of it.
        kind === "deadline" || (kind === "time" && value !== 0) ||
          (kind === "descriptor" && typeof value === "number" && value > 0)
          ? kind
          : value,
    );
  }
  if (marked.call === "readText") {
    const subject = marked.path.indexOf(MARK);
    if (subject >= 0) data.path = marked.path.slice(subject);
    if (subject >= 0 && marked.text !== undefined) data.text = fdinfoFields(marked.text);
  }
  if (
    marked.call === "fcntl" && marked.command === "F_GETFL" && typeof marked.result === "number"
  ) {
    data.result = marked.result & STATUS_FLAGS;
  }
  if (!strict) data = withoutFacts(data) as { [key: string]: JsonValue };
  return data;
}

/** Fields that a caller chose: the same on both sides of a replay. */
const passed: Readonly<Record<string, readonly string[]>> = {
  open: ["path", "flags"],
  ioctl: ["name", "code", "in"],
  mmap: ["length", "prot", "flags", "offset", "access"],
  "map.read": ["offset", "length"],
  "map.write": ["offset", "length", "bytes"],
  "map.fill": ["offset", "length", "value"],
  fcntl: ["command", "argument"],
  lseek: ["offset", "whence"],
  poll: ["timeoutMs"],
  ftruncate: ["length"],
  memfd_create: ["name", "flags"],
  readText: ["path"],
  "device.read": ["handle", "offset", "length"],
  "device.write": ["handle", "offset", "length", "bytes"],
  "device.begin": ["handle", "access"],
  "device.end": ["handle"],
  "device.stale": ["handle", "offset", "length"],
  "device.books": ["handle"],
};

function answers(data: { readonly [key: string]: JsonValue }): { [key: string]: JsonValue } {
  const asked = ["fd", "map", ...passed[String(data.call)] ?? []];
  const told = Object.fromEntries(Object.entries(data).filter(([key]) => !asked.includes(key)));
  if (!Array.isArray(told.entries)) return told;
  return {
    ...told,
    entries: told.entries.map((one: JsonValue) => (isRecord(one) ? one.revents ?? "" : one)),
  };
}

function unmarked(value: JsonValue | undefined): JsonValue | undefined {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value).replaceAll("\\u0000", "")) as JsonValue;
}

/** How two entries are compared. */
export interface CompareOptions {
  /** Facts about the machine, too. */
  readonly strict: boolean;
  /** Only what the kernel answered: the calls are known to be the same. */
  readonly answersOnly?: boolean;
}

/**
 * What differs between two entries, in the order of the fields. Names that are new in both are
 * paired from then on.
 */
export function compareEntries(
  a: TraceEntry,
  b: TraceEntry,
  pairing: Pairing,
  { strict, answersOnly = false }: CompareOptions,
): readonly Difference[] {
  const callOf = (entry: TraceEntry): string =>
    entry.call === "ioctl" ? `ioctl ${entry.name ?? entry.code}` : entry.call;
  if (callOf(a) !== callOf(b)) return [{ field: "call", a: callOf(a), b: callOf(b) }];
  const found: Difference[] = [];
  const differ = (field: string, left?: JsonValue, right?: JsonValue): void => {
    found.push({ field, a: unmarked(left), b: unmarked(right) });
  };
  const walk = (
    field: string,
    left: JsonValue | undefined,
    right: JsonValue | undefined,
  ): void => {
    if (typeof left === "string" && typeof right === "string") {
      const bothNames = left.startsWith(MARK) && right.startsWith(MARK);
      const same = bothNames ? pairing.pair(left.slice(1), right.slice(1)) : left === right;
      if (!same) differ(field, left, right);
      return;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      const length = Math.max(left.length, right.length);
      for (let i = 0; i < length; i++) walk(`${field}[${i}]`, left[i], right[i]);
      return;
    }
    if (
      left !== undefined && right !== undefined && isRecord(left) && isRecord(right)
    ) {
      const dot = field === "" ? "" : `${field}.`;
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
        // The names of flags follow from their bits.
        if (key === "names" && left.raw !== undefined && right.raw !== undefined) continue;
        walk(`${dot}${key}`, left[key], right[key]);
      }
      return;
    }
    if (left !== right) differ(field, left, right);
  };
  const resultFirst = (entry: TraceEntry): { readonly [key: string]: JsonValue } => {
    const { result = 0, ...others } = comparable(entry, strict);
    return { result, ...others };
  };
  const [dataA, dataB] = [resultFirst(a), resultFirst(b)];
  if (answersOnly) walk("", answers(dataA), answers(dataB));
  else walk("", dataA, dataB);
  return found;
}
