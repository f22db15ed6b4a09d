/**
 * Which fields of an ioctl's argument hold what differs from run to run, by the call's name: what the
 * uapi tables say with `varies`. `named_fields_test.ts` tells of calls that say nothing.
 *
 * @module
 */
import type { FieldKind, IoctlDefinition } from "../ffi/ioctl.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { tables } from "../ffi/uapi/_index.ts";

export type { FieldKind };

/** A field; lists on the way are gone through: `list.memfd`. */
export interface NamedField {
  readonly path: string;
  readonly kind: FieldKind;
}

const definitions: readonly IoctlDefinition[] = tables.flatMap(({ ioctls }) =>
  Object.values(ioctls)
);

/** By the name of the call; calls without such fields are not here. */
export const namedFields: Readonly<Record<string, readonly NamedField[]>> = Object.fromEntries(
  definitions.flatMap(({ name, varies }) =>
    varies === undefined
      ? []
      : [[name, Object.entries(varies).map(([path, kind]) => ({ path, kind }))]]
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

/** An argument's data with those of its fields that are listed replaced by what `map` gives. */
export function mapNamedFields(
  call: string | undefined,
  data: JsonValue,
  map: (kind: FieldKind, value: JsonValue) => JsonValue,
): JsonValue {
  const listed = call !== undefined && Object.hasOwn(namedFields, call) ? namedFields[call] : [];
  return (listed ?? []).reduce<JsonValue>(
    (all, { path, kind }) => mapPath(all, path.split("."), (value) => map(kind, value)),
    data,
  );
}
