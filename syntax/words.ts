/**
 * A line split into words as a shell does it, each with its column, for error messages.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** One word; `column` counts characters from 1. */
export interface Word {
  readonly text: string;
  readonly column: number;
}

/** A line that cannot be split. */
export class WordError extends UsageError {
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

/**
 * Splits a line at spaces and tabs. Single quotes take everything as it is; double quotes and plain
 * text take `\` before a character; `#` at a word's start begins a comment.
 * @throws {WordError} for an open quote or a `\` at the end of the line
 */
export function splitWords(line: string): readonly Word[] {
  const words: Word[] = [];
  let text = "";
  let column = 0; // 0: between words
  let quote = "";
  let quoteColumn = 0;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    const here = i + 1;
    if (quote !== "") {
      if (c === quote) quote = "";
      else if (c === "\\" && quote === '"' && i + 1 < line.length) text += line.charAt(++i);
      else text += c;
      continue;
    }
    if (c === " " || c === "\t" || c === "\r") {
      if (column > 0) words.push({ text, column });
      text = "";
      column = 0;
      continue;
    }
    if (column === 0) {
      if (c === "#") break;
      column = here;
    }
    if (c === "'" || c === '"') {
      quote = c;
      quoteColumn = here;
    } else if (c === "\\") {
      if (i + 1 >= line.length) throw new WordError("\\ at the end of the line", here);
      text += line.charAt(++i);
    } else text += c;
  }
  if (quote !== "") throw new WordError(`the quote ${quote} is not closed`, quoteColumn);
  if (column > 0) words.push({ text, column });
  return words;
}
