/**
 * Which fields of an ioctl's argument hold what differs from run to run, by the call's name: what the
 * uapi tables say with `varies`. `named_fields_test.ts` tells of calls that say nothing.
 *
 * @module
 */
import type { FieldKind, IoctlDefinition } from "../ffi/ioctl.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import type { Field, StructType } from "../ffi/struct.ts";
import { tables } from "../ffi/uapi/_index.ts";

export type { FieldKind };

/** Kinds of fields whose value means nothing elsewhere: a trace has the word in its place. */
const WORDS: readonly FieldKind[] = ["time", "serial"];

/** Whether a field's value is a word that stands for a value of that kind. */
export function isWord(kind: string, value: JsonValue): boolean {
  return value === kind && (WORDS as readonly string[]).includes(kind);
}

/** A value that came back in such a field, as a trace has it; undefined for other kinds. */
export function wordFor(kind: FieldKind, value: JsonValue): JsonValue | undefined {
  if (!WORDS.includes(kind)) return undefined;
  return value === 0 ? value : kind;
}

/** A field; lists on the way are gone through: `list.memfd`. */
export interface NamedField {
  readonly path: string;
  readonly kind: FieldKind;
  /** A deadline as a structure of seconds and nanoseconds; who maps it sees nanoseconds. */
  readonly isTimespec: boolean;
}

const definitions: readonly IoctlDefinition[] = tables.flatMap(({ ioctls }) =>
  Object.values(ioctls)
);

/** The field at a path; undefined where there is none, or a pointer is on the way. */
function fieldAt(type: StructType, [head = "", ...rest]: readonly string[]): Field | undefined {
  const field = type.fields[head];
  if (rest.length === 0) return field;
  return field?.kind === "nested" ? fieldAt(field.struct, rest) : undefined;
}

function isTimespec({ struct }: IoctlDefinition, path: string): boolean {
  return struct !== null && fieldAt(struct, path.split("."))?.kind === "nested";
}

/** By the name of the call; calls without such fields are not here. */
export const namedFields: Readonly<Record<string, readonly NamedField[]>> = Object.fromEntries(
  definitions.flatMap((definition) =>
    definition.varies === undefined ? [] : [[
      definition.name,
      Object.entries(definition.varies).map(([path, kind]): NamedField => ({
        path,
        kind,
        isTimespec: isTimespec(definition, path),
      })),
    ]]
  ),
);

/** Calls whose result is a new descriptor. */
export const descriptorResults: ReadonlySet<string> = new Set(
  definitions.flatMap(({ name, givesDescriptor }) => givesDescriptor === true ? [name] : []),
);

function mapPath(
  value: JsonValue,
  path: readonly string[],
  map: (value: JsonValue) => JsonValue,
): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => mapPath(item, path, map));
  const [head, ...rest] = path;
  if (head === undefined) return map(value);
  if (!isRecord(value)) return value;
  const inner = value[head];
  if (inner === undefined) return value;
  return { ...value, [head]: mapPath(inner, rest, map) };
}

const SECOND = 1_000_000_000n;

function isInteger(value: JsonValue | undefined): value is number | string {
  return typeof value === "number" || (typeof value === "string" && /^-?\d+$/.test(value));
}

/** Maps a deadline of seconds and nanoseconds as one number; what `map` leaves alone stays as it is. */
function mapTimespec(value: JsonValue, map: (value: JsonValue) => JsonValue): JsonValue {
  const parts = isRecord(value) ? [value.tv_sec ?? 0, value.tv_nsec ?? 0] : undefined;
  const [seconds, rest] = parts ?? [];
  const given = isInteger(seconds) && isInteger(rest)
    ? String(BigInt(seconds) * SECOND + BigInt(rest))
    : value;
  const mapped = map(given);
  if (mapped === given) return value;
  if (!isInteger(mapped)) return mapped;
  const all = BigInt(mapped);
  return { tv_sec: String(all / SECOND), tv_nsec: String(all % SECOND) };
}

/** An argument's data with those of its fields that are listed replaced by what `map` gives. */
export function mapNamedFields(
  call: string | undefined,
  data: JsonValue,
  map: (kind: FieldKind, value: JsonValue) => JsonValue,
): JsonValue {
  const listed = call !== undefined && Object.hasOwn(namedFields, call) ? namedFields[call] : [];
  return (listed ?? []).reduce<JsonValue>(
    (all, { path, kind, isTimespec }) =>
      mapPath(all, path.split("."), (value) => {
        const mapOne = (one: JsonValue): JsonValue => map(kind, one);
        return isTimespec ? mapTimespec(value, mapOne) : mapOne(value);
      }),
    data,
  );
}
