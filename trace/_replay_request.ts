/** @module */
import { findIoctl } from "../ffi/find_ioctl.ts";
import { type IoctlDefinition, splitRequest } from "../ffi/ioctl.ts";
import type { JsonValue } from "../ffi/json.ts";
import type { Argument } from "../ffi/kernel.ts";
import { parseRequest, type Request } from "../ffi/parse_fields.ts";
import { parseDeadline } from "./deadline.ts";
import type { FdName, TraceEntry } from "./format.ts";
import { isWord, mapNamedFields } from "./named_fields.ts";
import { isName, parsePlace } from "./names.ts";

/** The longest that a call of a trace waits, in nanoseconds: a constant for ever is cut to it. */
const LONGEST_WAIT = 60_000_000_000n;

/** What the names of a request stand for. */
export interface Values {
  readonly fd: (name: FdName) => number;
  readonly offset: (name: string) => bigint;
  /** Where a mapping starts. */
  readonly address: (map: string) => bigint;
  /** CLOCK_MONOTONIC, nanoseconds. */
  readonly now: bigint;
}

/** The definition of an entry's call; undefined where it has no name. */
export function definitionOf(entry: TraceEntry & { call: "ioctl" }): IoctlDefinition | undefined {
  return entry.name === undefined ? undefined : findIoctl(entry.name).definition;
}

function deadline(value: JsonValue, now: bigint): JsonValue {
  if (typeof value === "string") {
    const parsed = parseDeadline(value, now);
    if (parsed !== undefined) return String(parsed);
  }
  if (typeof value !== "string" && typeof value !== "number") return value;
  return BigInt(value) > now + LONGEST_WAIT ? String(now + LONGEST_WAIT) : value;
}

function fieldValue(value: JsonValue, values: Values, kind: string): JsonValue {
  switch (kind) {
    case "descriptor":
      if (isName(value, "f")) return values.fd(value);
      // 0 is what a field has that nobody set: a kernel may hold a caller to that.
      return typeof value === "number" && value > 0 ? values.fd(value) : value;
    case "fake offset":
      return isName(value, "o") ? String(values.offset(value)) : value;
    case "address": {
      const place = parsePlace(value);
      return place === undefined ? value : String(values.address(place.map) + BigInt(place.offset));
    }
    case "deadline":
      return deadline(value, values.now);
    default:
      return isWord(kind, value) ? 0 : value;
  }
}

/** At least as many bytes as the code says that the kernel copies, and a NUL where it looks for one. */
function padded(
  code: number,
  definition: IoctlDefinition | undefined,
  argument: Argument,
): Argument {
  if (typeof argument === "bigint") return argument;
  const { length } = argument.bytes;
  const least = definition?.plain === "string"
    ? argument.bytes.includes(0) ? length : length + 1
    : splitRequest(code).size;
  if (length >= least) return argument;
  const bytes = new Uint8Array(least);
  bytes.set(argument.bytes);
  return { ...argument, bytes };
}

/** The code and argument of an ioctl, its names replaced. The entry was checked when it was read. */
export function requestOf(entry: TraceEntry & { call: "ioctl" }, values: Values): Request {
  const { code, argument } = request(entry, values);
  return { code, argument: padded(code, definitionOf(entry), argument) };
}

function request(entry: TraceEntry & { call: "ioctl" }, values: Values): Request {
  const code = Number(entry.code);
  const definition = definitionOf(entry);
  const { in: passed } = entry;
  if (typeof passed === "string" && passed.startsWith("hex:")) {
    return { code, argument: { bytes: Uint8Array.fromHex(passed.slice("hex:".length)) } };
  }
  if (definition === undefined) return { code, argument: BigInt(String(passed)) };
  const fields = mapNamedFields(
    entry.name,
    passed,
    (kind, value) => fieldValue(value, values, kind),
  );
  return { code, argument: parseRequest(definition, fields).argument };
}
