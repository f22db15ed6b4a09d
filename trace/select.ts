/**
 * Which lines of a trace are part of what is reproduced.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { fdinfoSubject } from "./fdinfo.ts";
import type { TraceEntry } from "./format.ts";
import { namedFields } from "./named_fields.ts";
import { isErrnoText } from "./words.ts";

/** Why a line is no part of it. */
export type LeftOut = "note" | "looking around" | "open that failed";

/** Paths that a replay opens, beside DRM nodes, which it finds by their names. */
const devices = /^\/dev\/(dma_heap\/[A-Za-z0-9_][A-Za-z0-9_.,-]{0,63}|udmabuf|null|zero)$/;

/** Whether a path may be opened as it is. */
export function isDevicePath(path: string): boolean {
  return devices.test(path);
}

/** Why a line is left out of every comparison; undefined where it is not. */
export function leftOut(entry: TraceEntry): LeftOut | undefined {
  switch (entry.call) {
    case "command":
    case "event":
      return "note";
    case "readDirectory":
    case "readLink":
    case "stat":
      return "looking around";
    case "readText":
      return fdinfoSubject(entry.path) === undefined ? "looking around" : undefined;
    case "open":
      // Which nodes a machine has, and who may open them, is the machine's.
      return entry.node === undefined && isErrnoText(entry.result) && !isDevicePath(entry.path)
        ? "open that failed"
        : undefined;
    default:
      return undefined;
  }
}

function isDeadlineCall(name: string | undefined): boolean {
  return name !== undefined && Object.hasOwn(namedFields, name) &&
    (namedFields[name] ?? []).some(({ kind, path }) =>
      kind === "deadline" && path !== "deadline_ns"
    );
}

function withoutDeadlines(entry: TraceEntry & { call: "ioctl" }): JsonValue {
  if (!isRecord(entry.in)) return entry.in;
  const deadlines = (namedFields[entry.name ?? ""] ?? []).map(({ path }) => path);
  return Object.fromEntries(Object.entries(entry.in).filter(([key]) => !deadlines.includes(key)));
}

/** What a waiting call waits for, as a key; undefined for another call. */
export function waitedFor(entry: TraceEntry): string | undefined {
  if (entry.call === "poll") {
    return JSON.stringify(entry.entries.map(({ fd, events }) => [fd, events]));
  }
  if (entry.call !== "ioctl" || !isDeadlineCall(entry.name)) return undefined;
  return JSON.stringify([entry.fd, entry.name, withoutDeadlines(entry)]);
}

/**
 * Whether `next`, the line after it, goes on with the same wait: waits are made in slices, and how
 * many there are is a matter of speed.
 */
export function isContinued(entry: TraceEntry, next: TraceEntry | undefined): boolean {
  const key = waitedFor(entry);
  return key !== undefined && next !== undefined && waitedFor(next) === key;
}
