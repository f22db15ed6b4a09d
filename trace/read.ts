/**
 * Reading traces, which strangers send in: every line is checked before anything is done with it.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { findByCode, findIoctl } from "../ffi/find_ioctl.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { parseRequest } from "../ffi/parse_fields.ts";
import { escapeText } from "../output/escape.ts";
import { readUserFile } from "../output/files.ts";
import { type Check, problem, type Shape } from "./_checks.ts";
import { shapes } from "./_entry_shapes.ts";
import { parseDeadline } from "./deadline.ts";
import { mapEntryNames } from "./entry_names.ts";
import { TRACE_VERSION, type TraceCall, type TraceEntry, type TraceHeader } from "./format.ts";
import { isWord, mapNamedFields } from "./named_fields.ts";
import { isName, parsePlace } from "./names.ts";

/** The largest trace that is read, in bytes. */
export const TRACE_LIMIT = 64 << 20;
/** The most lines. */
const MOST_LINES = 1_000_000;
/** The longest that a call may wait, in nanoseconds. */
const LONGEST_DEADLINE = 60_000_000_000n;
/** How deep JSON may be nested; ioctl arguments are at most a handful. */
const DEEPEST = 32;

/** An entry and its line in the file, from 1. */
export interface Line {
  readonly line: number;
  readonly entry: TraceEntry;
}

/** A trace in memory. */
export interface Trace {
  /** As it was named. */
  readonly file: string;
  readonly header: TraceHeader;
  readonly lines: readonly Line[];
  /** What is to be said of it: that its last line is cut off. */
  readonly notice?: string;
}

class LineError extends Error {}

function depth(value: JsonValue): number {
  let deepest = 0;
  let level: readonly JsonValue[] = [value];
  while (level.length > 0 && deepest <= DEEPEST) {
    deepest++;
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? Object.values(item) : []
    );
  }
  return deepest;
}

function parseJson(text: string): { readonly [key: string]: JsonValue } {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new LineError("is not JSON");
  }
  if (!isRecord(value)) throw new LineError("is no JSON object");
  if (depth(value) > DEEPEST) throw new LineError(`is nested more than ${DEEPEST} deep`);
  return value;
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value.length <= 256;
}

const header: Shape = {
  "boctl-trace": (value) => value === TRACE_VERSION ? undefined : String(TRACE_VERSION),
  boctl: (value) => isText(value) ? undefined : "boctl's version",
  on: (value) => isRecord(value) ? problem(machine, value) ?? undefined : "who answered, an object",
  "board?": (value) => isRecord(value) ? undefined : "what boctl devices tells, an object",
};
const short: Check = (value) => isText(value) ? undefined : "a text of at most 256 characters";
const machine: Shape = {
  backend: (value) => value === "live" || value === "sim" ? undefined : `"live" or "sim"`,
  kernel: short,
  release: short,
  arch: short,
  pageSize: (value) =>
    typeof value === "number" && [4096, 16384, 65536].includes(value)
      ? undefined
      : "4096, 16384 or 65536",
};

function readHeader(text: string): TraceHeader {
  const value = parseJson(text);
  const found = value["boctl-trace"];
  if (found === undefined) throw new LineError(`is no header of a trace: "boctl-trace" is missing`);
  if (typeof found === "number" && found > TRACE_VERSION) {
    throw new LineError(
      `says version ${found} of traces, this boctl reads ${TRACE_VERSION}: use a newer boctl`,
    );
  }
  const wrong = problem(header, value);
  if (wrong !== undefined) throw new LineError(wrong);
  return value as unknown as TraceHeader;
}

/** An argument with something harmless in place of names, to see whether it can be encoded. */
function withoutNames(name: string, data: JsonValue): JsonValue {
  return mapNamedFields(name, data, (kind, value) => {
    if (kind === "descriptor" && isName(value, "f")) return 0;
    if (kind === "fake offset" && isName(value, "o")) return 0;
    if (kind === "address" && parsePlace(value) !== undefined) return 0;
    if (kind === "deadline" && typeof value === "string") {
      const left = parseDeadline(value, 0n);
      if (left === undefined) return value;
      if (left > LONGEST_DEADLINE) throw new LineError(`waits longer than a minute: "${value}"`);
      return 0;
    }
    if (isWord(kind, value)) return 0;
    return value;
  });
}

/** Holds an ioctl's name, code and argument against the tables. */
function checkIoctl(entry: TraceEntry & { call: "ioctl" }): void {
  const code = Number(entry.code);
  if (entry.name === undefined) {
    const { in: passed } = entry;
    if (
      typeof passed === "string" && /^(0x[0-9a-f]{1,16}|hex:([0-9a-f]{2}){0,16383})$/.test(passed)
    ) {
      return;
    }
    throw new LineError(`"in": wanted "hex:…" or "0x…", since the call has no name`);
  }
  let found: ReturnType<typeof findIoctl>;
  try {
    found = findIoctl(entry.name);
  } catch {
    throw new LineError(`"name": no table of this boctl has a call ${entry.name}`);
  }
  if (findByCode(code, [found.table.name]) === undefined) {
    throw new LineError(`"code" ${entry.code} is not that of ${entry.name}`);
  }
  if (typeof entry.in === "string" && entry.in.startsWith("hex:")) {
    if (/^hex:([0-9a-f]{2}){0,16383}$/.test(entry.in)) return;
    throw new LineError(`"in": wanted pairs of hexadecimal digits after "hex:"`);
  }
  try {
    parseRequest(found.definition, withoutNames(entry.name, entry.in));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new LineError(`"in" of ${entry.name}: ${error.message}`);
  }
}

function isCall(name: string): name is TraceCall {
  return Object.hasOwn(shapes, name);
}

function readEntry(text: string): TraceEntry {
  const { call, ...rest } = parseJson(text);
  if (typeof call !== "string" || !isCall(call)) {
    throw new LineError(
      call === undefined ? `"call" is missing` : `there is no call ${JSON.stringify(call)}`,
    );
  }
  const wrong = problem(shapes[call], rest);
  if (wrong !== undefined) throw new LineError(`${call}: ${wrong}`);
  const entry = { call, ...rest } as unknown as TraceEntry;
  if (entry.call === "ioctl") checkIoctl(entry);
  if (entry.call === "map.read" || entry.call === "map.write") {
    const { bytes, length } = entry;
    if ("hex" in bytes && bytes.hex.length > 2 * length) {
      throw new LineError(`${call}: "bytes" has more than "length" says`);
    }
  }
  return entry;
}

/** Mappings by name: bytes, 0 once they are unmapped. */
type Lengths = Map<string, number>;

/** Holds accesses against their mapping. */
function checkAccess(entry: TraceEntry, lengths: Lengths): void {
  if (entry.call === "mmap" && typeof entry.result === "string") {
    lengths.set(entry.result, entry.length);
  }
  if (entry.call === "map.unmap" && entry.result === 0) lengths.set(entry.map, 0);
  if (entry.call !== "map.read" && entry.call !== "map.write" && entry.call !== "map.fill") return;
  const length = lengths.get(entry.map) ?? 0;
  if (entry.offset + entry.length <= length) return;
  throw new LineError(
    `${entry.call}: ends behind ${entry.map}, which has ${length} bytes here`,
  );
}

/** Holds the names that a call was passed against those that calls before it told. */
function learnNames(entry: TraceEntry, given: Set<string>): void {
  const told: string[] = [];
  mapEntryNames(entry, (name, role) => {
    if (role === "told") told.push(name);
    else if (!given.has(name)) {
      throw new LineError(`${entry.call}: "${name}" is given by no call before it`);
    }
    return name;
  });
  for (const name of told) given.add(name);
}

/**
 * A trace's text.
 * @param file its name, for messages
 * @throws {UsageError} `FILE:LINE: …` for what is malformed; only a last line that was cut off (by
 * the end of the process that wrote it) is left out, and said in `notice`
 */
export function parseTrace(text: string, file: string): Trace {
  const shown = escapeText(file);
  const at = (line: number, error: unknown): unknown =>
    error instanceof LineError
      ? new UsageError(`${shown}:${line}: ${escapeText(error.message)}`, { word: file })
      : error;
  const texts = text.split("\n");
  // Every line ends with a line feed: what follows the last one was cut off.
  const cut = texts.pop() ?? "";
  if (texts.length === 0) {
    throw new UsageError(
      text === "" ? `${shown}: is empty` : `${shown}:1: is no line of a trace`,
      { word: file, hint: "boctl --record FILE … writes a trace." },
    );
  }
  if (texts.length > MOST_LINES) {
    throw new UsageError(`${shown}: has more than ${MOST_LINES} lines`, { word: file });
  }
  const [first = "", ...others] = texts;
  let head: TraceHeader;
  try {
    head = readHeader(first);
  } catch (error) {
    throw at(1, error);
  }
  const given = new Set<string>();
  const lengths: Lengths = new Map();
  const lines = others.map((line, i): Line => {
    try {
      const entry = readEntry(line);
      learnNames(entry, given);
      checkAccess(entry, lengths);
      return { line: i + 2, entry };
    } catch (error) {
      throw at(i + 2, error);
    }
  });
  return {
    file,
    header: head,
    lines,
    ...(cut === ""
      ? {}
      : { notice: `${shown}:${texts.length + 1}: the last line is cut off and left out` }),
  };
}

/**
 * A trace of a file.
 * @throws {UsageError} as {@linkcode parseTrace}, and where the file cannot be read
 */
export async function readTrace(file: string, read = readUserFile): Promise<Trace> {
  const bytes = await read(file, TRACE_LIMIT);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${escapeText(file)}: is not UTF-8 text`, { word: file });
  }
  return parseTrace(text, file);
}
