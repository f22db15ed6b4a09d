/**
 * What stands around a line of a trace, for reports of differences.
 *
 * @module
 */
import { escapeText } from "../output/escape.ts";
import { isNote, type TraceEntry } from "./format.ts";
import { formatEntry } from "./format_entry.ts";
import type { Line, Trace } from "./read.ts";

/** Calls shown before one that differs. */
const BEFORE = 3;

/** The command that a line belongs to; undefined where the trace has none before it. */
export function commandOf(
  trace: Trace,
  line: number,
): (TraceEntry & { call: "command" }) | undefined {
  const found = trace.lines.findLast((one) => one.line < line && one.entry.call === "command");
  return found?.entry.call === "command" ? found.entry : undefined;
}

/** `sync a --range 0:64 (x.boctl:3)`. */
export function formatCommand({ text, file, line }: TraceEntry & { call: "command" }): string {
  const at = file === undefined
    ? ""
    : ` (${escapeText(file)}${line === undefined ? "" : `:${line}`})`;
  return `${escapeText(text)}${at}`;
}

/** The lines before one, as text. */
export function linesBefore(trace: Trace, line: number): readonly string[] {
  return trace.lines.filter((one: Line) => one.line < line && !isNote(one.entry))
    .slice(-BEFORE)
    .map((one) => `${one.line}: ${formatEntry(one.entry)}`);
}
