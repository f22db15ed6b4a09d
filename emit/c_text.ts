/**
 * Text of strangers as C: nothing in a script or a trace can end a comment or a string.
 *
 * @module
 */
import { escapeText } from "../output/escape.ts";

/** The longest line of a comment, in characters, without " * ". */
const WIDTH = 97;

/**
 * One line for a comment, in ASCII: controls and what is not ASCII as \xNN or \u{NNNN}, ends and
 * begins of comments and trigraphs taken apart.
 */
export function commentText(text: string): string {
  return escapeText(text)
    .replace(/[^\x20-\x7e]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/\*(?=\/)/g, "* ")
    .replace(/\/(?=\*)/g, "/ ")
    .replace(/\?(?=\?)/g, "? ");
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=\s)/)) {
    if (line !== "" && line.length + word.trimEnd().length > WIDTH) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += word;
  }
  return [...lines, line.trimEnd()];
}

/** Lines of one paragraph as one line; those that are indented stay by themselves. */
export function paragraphs(lines: readonly string[]): string[] {
  const out: string[] = [];
  let open = false;
  for (const line of lines) {
    const joins = open && /^\S/.test(line);
    if (joins) out.push(`${out.pop()} ${line}`);
    else out.push(line);
    open = line !== "" && /^\S/.test(line);
  }
  return out;
}

/** A comment of its own lines, which are wrapped. */
export function comment(lines: readonly string[], indent = ""): string[] {
  const safe = lines.flatMap((line) => wrapped(commentText(line)));
  const [first = ""] = safe;
  if (safe.length === 1) return [`${indent}/* ${first} */`];
  return [
    `${indent}/*`,
    ...safe.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}`),
    `${indent} */`,
  ];
}

function byteText(byte: number): string {
  if (byte === 0x22 || byte === 0x5c || byte === 0x3f) return `\\${String.fromCharCode(byte)}`;
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  // Three octal digits end by themselves; \x would take the digits that follow.
  return `\\${byte.toString(8).padStart(3, "0")}`;
}

/** A string literal of these bytes, in ASCII and without trigraphs. */
export function stringLiteral(text: string | Uint8Array): string {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return `"${Array.from(bytes, byteText).join("")}"`;
}

/** Hexadecimal digits in the lines of an array's initializer, 12 bytes a line. */
export function byteLines(bytes: Uint8Array, indent: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 12) {
    const words = Array.from(
      bytes.subarray(at, at + 12),
      (byte) => `0x${byte.toString(16).padStart(2, "0")}`,
    );
    lines.push(`${indent}${words.join(", ")},`);
  }
  return lines;
}

/** An integer's literal: decimal where it is small, with the suffix that its size needs. */
export function integer(value: bigint): string {
  if (value < 0n) {
    return value < -(1n << 31n) ? `(-${-value - 1n}ll - 1)` : String(value);
  }
  if (value < 1n << 16n) return String(value);
  const digits = `0x${value.toString(16)}`;
  return value < 1n << 31n ? digits : value < 1n << 32n ? `${digits}u` : `${digits}ull`;
}

const COLUMNS = 100;

/** A line of C in several where it is long: broken before one of the flags that are or-ed in it. */
export function brokenLine(line: string): readonly string[] {
  const columns = (text: string): number => text.replaceAll("\t", "        ").length;
  if (columns(line) <= COLUMNS) return [line];
  const indent = /^\t*/.exec(line)?.[0] ?? "";
  const [first = "", ...flags] = line.split(" | ");
  const lines = [first];
  for (const flag of flags) {
    const longer = `${lines.at(-1) ?? ""} | ${flag}`;
    // Room for the " |" of a line that goes on.
    if (columns(longer) + 2 <= COLUMNS) lines[lines.length - 1] = longer;
    else {
      lines[lines.length - 1] += " |";
      lines.push(`${indent}\t${flag}`);
    }
  }
  return lines;
}
