/**
 * A line split into words as a shell does it, each with its column, for error messages.
 *
 * @module
 */
import { UsageError } from "../errors.ts";

/** A part of a word: whether a `$` in it begins a variable. */
export interface Piece {
  readonly text: string;
  readonly expands: boolean;
}

/** One word; columns count characters from 1. */
export interface Word {
  readonly text: string;
  readonly column: number;
  /** The column after its last character, quotes included. */
  readonly end: number;
  /** Where there is a `$` that is neither in single quotes nor after a `\`: see `variables.ts`. */
  readonly pieces?: readonly Piece[];
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
  let pieces: Piece[] = [];
  let text = "";
  let expands = true;
  let column = 0; // 0: between words
  let quote = "";
  let quoteColumn = 0;
  /** Begins a piece; a variable's name does not go on in it. */
  const piece = (next: boolean): void => {
    if (text !== "") pieces.push({ text, expands });
    text = "";
    expands = next;
  };
  const escaped = (c: string): void => {
    piece(false);
    text = c;
    piece(true);
  };
  const end = (after: number): void => {
    piece(true);
    if (column > 0) {
      const whole = { text: pieces.map((part) => part.text).join(""), column, end: after };
      const varies = pieces.some((part) => part.expands && part.text.includes("$"));
      words.push(varies ? { ...whole, pieces } : whole);
    }
    pieces = [];
    column = 0;
  };
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    const here = i + 1;
    if (quote !== "") {
      if (c === quote) {
        quote = "";
        piece(true);
      } else if (c === "\\" && quote === '"' && i + 1 < line.length) {
        escaped(line.charAt(++i));
      } else text += c;
      continue;
    }
    if (c === " " || c === "\t" || c === "\r") {
      end(here);
      continue;
    }
    if (column === 0) {
      if (c === "#") return words;
      column = here;
    }
    if (c === "'" || c === '"') {
      quote = c;
      quoteColumn = here;
      piece(c === '"');
    } else if (c === "\\") {
      if (i + 1 >= line.length) throw new WordError("\\ at the end of the line", here);
      escaped(line.charAt(++i));
    } else text += c;
  }
  if (quote !== "") throw new WordError(`the quote ${quote} is not closed`, quoteColumn);
  end(line.length + 1);
  return words;
}
