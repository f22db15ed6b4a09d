/**
 * What is wrong with a board, all of it at once.
 *
 * @module
 */
import type { TextPlace } from "../syntax/json_text.ts";

/** One thing that is wrong in a board's file. */
export interface BoardProblem {
  /** The field's path, `devices[0].coherency`; "" is the board itself. */
  readonly field: string;
  /** The value as JSON, shortened; absent where there is none. */
  readonly value?: string;
  /** What would be right. */
  readonly wanted: string;
  /** The nearest right name. */
  readonly didYouMean?: string;
  /** In words, without the name of the file. */
  readonly message: string;
  /** Where the field stands, or what it is missing from. */
  readonly at?: TextPlace;
}

/** A board that cannot be had: the message names the field, its value and what is wanted. */
export class BoardError extends Error {
  /** The class's name, for messages. */
  override readonly name = "BoardError";
  /** The file or name that was asked for. */
  readonly source: string;
  /** Of fields, in the order of their reading; empty where there is no board to read. */
  readonly problems: readonly BoardProblem[];

  constructor(
    source: string,
    what: string | readonly BoardProblem[],
    options?: ErrorOptions,
  ) {
    super(typeof what === "string" ? what : summary(source, what), options);
    this.source = source;
    this.problems = typeof what === "string" ? [] : what;
  }
}

/** A problem as one line, `FILE:LINE:COLUMN: …`. */
export function problemLine(source: string, { at, message }: BoardProblem): string {
  return `${source}${at === undefined ? "" : `:${at.line}:${at.column}`}: ${message}`;
}

function summary(source: string, problems: readonly BoardProblem[]): string {
  const [first, ...more] = problems;
  const line = first === undefined ? source : problemLine(source, first);
  return more.length === 0 ? line : `${line} (and ${more.length} more)`;
}

/** The longest value that a message shows whole, in characters. */
const LONGEST_SHOWN = 60;

/** A value as messages show it. */
export function showValue(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN - 3)}...` : shown;
}
