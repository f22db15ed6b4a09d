/**
 * Errors as people read them on standard error.
 *
 * @module
 */
import { escapeText } from "./escape.ts";

/** Where in a script an error stands. */
export interface ScriptPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `boctl: FILE:3:8: message`, further errors like it and, below them, the way on. */
export function errorText(
  error: {
    readonly message: string;
    readonly hint: string | undefined;
    readonly also?: readonly string[] | undefined;
  },
  at?: ScriptPlace,
): string {
  const place = at === undefined ? "" : `${at.file}:${at.line}:${at.column}: `;
  const lines = [error.message, ...error.also ?? []]
    .map((message) => `boctl: ${escapeText(`${place}${message}`)}`);
  if (error.hint !== undefined) lines.push(`  hint: ${escapeText(error.hint)}`);
  return lines.join("\n");
}
