/**
 * Which fields of an ioctl's argument hold what differs from run to run, by the call's name. The one
 * place to extend for a new driver; `named_fields_test.ts` tells of calls that are missing.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";

/**
 * `descriptor`: one of this process; `fake offset`: what mmap takes for a buffer object; `deadline`:
 * nanoseconds of CLOCK_MONOTONIC until when a call waits; `time`: when something happened.
 */
export type FieldKind = "descriptor" | "fake offset" | "deadline" | "time";

/** A field; lists on the way are gone through: `list.memfd`. */
export interface NamedField {
  readonly path: string;
  readonly kind: FieldKind;
}

function fields(kind: FieldKind, ...paths: readonly string[]): readonly NamedField[] {
  return paths.map((path) => ({ path, kind }));
}

const fd = fields("descriptor", "fd");
const offset = fields("fake offset", "offset");

/** By the name of the call; calls without such fields are not here. */
export const namedFields: Readonly<Record<string, readonly NamedField[]>> = {
  DRM_IOCTL_PRIME_HANDLE_TO_FD: fd,
  DRM_IOCTL_PRIME_FD_TO_HANDLE: fd,
  DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD: fd,
  DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE: fd,
  DRM_IOCTL_SYNCOBJ_EVENTFD: fd,
  DRM_IOCTL_SYNCOBJ_WAIT: fields("deadline", "timeout_nsec"),
  DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT: fields("deadline", "timeout_nsec"),
  DRM_IOCTL_MODE_MAP_DUMB: offset,
  DMA_BUF_IOCTL_EXPORT_SYNC_FILE: fd,
  DMA_BUF_IOCTL_IMPORT_SYNC_FILE: fd,
  DMA_HEAP_IOCTL_ALLOC: fd,
  SYNC_IOC_MERGE: fields("descriptor", "fd2", "fence"),
  SYNC_IOC_FILE_INFO: fields("time", "sync_fence_info.timestamp_ns"),
  SYNC_IOC_SET_DEADLINE: fields("deadline", "deadline_ns"),
  UDMABUF_CREATE: fields("descriptor", "memfd"),
  UDMABUF_CREATE_LIST: fields("descriptor", "list.memfd"),
  DRM_IOCTL_PANFROST_MMAP_BO: offset,
  DRM_IOCTL_PANFROST_WAIT_BO: fields("deadline", "timeout_ns"),
  DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET: offset,
  DRM_IOCTL_VIRTGPU_MAP: offset,
  DRM_IOCTL_VIRTGPU_EXECBUFFER: fields("descriptor", "fence_fd"),
};

/** Calls whose result is a new descriptor. */
export const descriptorResults: ReadonlySet<string> = new Set([
  "UDMABUF_CREATE",
  "UDMABUF_CREATE_LIST",
]);

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
