/**
 * Where the names stand in an entry.
 *
 * @module
 */
import type { JsonValue } from "../ffi/json.ts";
import { fdinfoPath, fdinfoSubject, mapFdinfo } from "./fdinfo.ts";
import type { FdName, TraceEntry, TraceResult } from "./format.ts";
import { mapNamedFields } from "./named_fields.ts";
import { formatPlace, isName, parsePlace } from "./names.ts";

/** Whether the call was passed the name, or told it. */
export type Role = "passed" | "told";

/** Gives what is to stand in place of a name. */
export type NameMap = (name: string, role: Role) => string;

function mapResult(result: TraceResult, map: NameMap): TraceResult {
  return isName(result) ? map(result, "told") : result;
}

/** An address by another mapping's name; anything else as it is. */
function mapPlace<T>(value: T, role: Role, map: NameMap): T | string {
  const place = parsePlace(value);
  return place === undefined ? value : formatPlace({ ...place, map: map(place.map, role) });
}

function mapArgument(
  call: string | undefined,
  data: JsonValue,
  role: Role,
  map: NameMap,
): JsonValue {
  return mapNamedFields(call, data, (kind, value) => {
    // The mapping was told by the mmap that made it, also where an answer has its address.
    if (kind === "address") return mapPlace(value, "passed", map);
    const letter = kind === "descriptor" ? "f" : kind === "fake offset" ? "o" : undefined;
    return letter !== undefined && isName(value, letter) ? map(value, role) : value;
  });
}

function mapStat(
  stat: Readonly<Record<string, JsonValue>> | undefined,
  map: NameMap,
): { stat?: Readonly<Record<string, JsonValue>> } {
  if (stat === undefined) return {};
  const { inode } = stat;
  return { stat: isName(inode, "i") ? { ...stat, inode: map(inode, "told") } : stat };
}

/** An entry with other names, in the order in which a reader of its line meets them. */
export function mapEntryNames(entry: TraceEntry, map: NameMap): TraceEntry {
  const fdOf = (fd: FdName): FdName => isName(fd) ? map(fd, "passed") : fd;
  switch (entry.call) {
    case "command":
    case "event":
    case "readDirectory":
    case "readLink":
      return entry;
    case "open":
    case "memfd_create":
      return { ...entry, result: mapResult(entry.result, map) };
    case "map.read":
    case "map.write":
    case "map.fill":
    case "map.unmap":
      return { ...entry, map: map(entry.map, "passed") };
    case "ioctl": {
      const fd = fdOf(entry.fd);
      const passed = mapArgument(entry.name, entry.in, "passed", map);
      const { out } = entry;
      return {
        ...entry,
        fd,
        in: passed,
        ...(out === undefined ? {} : { out: mapArgument(entry.name, out, "told", map) }),
        result: mapResult(entry.result, map),
      };
    }
    case "mmap":
      return {
        ...entry,
        fd: fdOf(entry.fd),
        offset: isName(entry.offset, "o")
          ? map(entry.offset, "passed")
          : mapPlace(entry.offset, "passed", map),
        result: mapResult(entry.result, map),
      };
    case "stat":
      return { ...entry, ...mapStat(entry.stat, map) };
    case "fstat":
      return {
        ...entry,
        ...(entry.fd === undefined ? {} : { fd: fdOf(entry.fd) }),
        ...mapStat(entry.stat, map),
      };
    case "poll":
      return { ...entry, entries: entry.entries.map((one) => ({ ...one, fd: fdOf(one.fd) })) };
    case "readText": {
      const subject = fdinfoSubject(entry.path);
      if (subject === undefined) return entry;
      const path = isName(subject) ? fdinfoPath(map(subject, "passed")) : entry.path;
      if (entry.text === undefined) return { ...entry, path };
      const text = mapFdinfo(
        entry.text,
        (_kind, _key, value) => isName(value) ? map(value, "told") : value,
      );
      return { ...entry, path, text };
    }
    case "device.read":
    case "device.write":
    case "device.begin":
    case "device.end":
    case "device.stale":
    case "device.books":
      return { ...entry, fd: fdOf(entry.fd), handle: mapPlace(entry.handle, "passed", map) };
    default:
      return { ...entry, fd: fdOf(entry.fd), result: mapResult(entry.result, map) };
  }
}
