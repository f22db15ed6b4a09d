/**
 * An entry as a line for people.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { escapeText } from "../output/escape.ts";
import type { TraceEntry } from "./format.ts";

/** Longest value shown, in characters. */
const SHOWN = 160;

function plain(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
  if (!isRecord(value)) return String(value);
  if (Array.isArray(value.names) && value.raw !== undefined) {
    return value.names.length > 0 ? value.names.map(plain).join("|") : plain(value.raw);
  }
  return `{${Object.entries(value).map(([key, inner]) => `${key}=${plain(inner)}`).join(", ")}}`;
}

/** A value in one line, cut where it is long. */
export function formatValue(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  const text = escapeText(plain(value));
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** `ioctl f1 DRM_IOCTL_GEM_CLOSE {handle=1, pad=0} = 0`. */
export function formatEntry(entry: TraceEntry): string {
  if (entry.call === "command") return escapeText(entry.text);
  if (entry.call === "event") return formatValue(entry.event as unknown as JsonValue);
  if (entry.call === "ioctl") {
    const { fd, name, code, in: passed, out, result } = entry;
    const came = out === undefined ? "" : ` => ${formatValue(out)}`;
    return `ioctl ${fd} ${name ?? code} ${formatValue(passed)}${came} = ${formatValue(result)}`;
  }
  const { call, result, ...fields } = entry;
  const words = Object.entries(fields).map(([key, value]) =>
    `${key}=${formatValue(value as JsonValue)}`
  );
  return [call, ...words, "=", formatValue(result)].join(" ");
}
