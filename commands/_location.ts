/**
 * Where in a script an error stands.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Word } from "../syntax/words.ts";

/** A line of a script, from 1. */
export interface Line {
  readonly file: string;
  readonly line: number;
}

/** Where an error stands, for whoever prints it; columns count characters from 1. */
export interface Location extends Line {
  readonly column: number;
}

const locations = new WeakMap<Error, Location>();

/** File, line and column of an error that came out of a script. */
export function locationOf(error: Error): Location | undefined {
  return locations.get(error);
}

/** Notes the place of an error; the first note stays. */
export function placeAt<E extends Error>(error: E, at: Line, column: number): E {
  if (!locations.has(error)) locations.set(error, { file: at.file, line: at.line, column });
  return error;
}

/** What a word that is wrong may be a part of: `--read=0:x`, `0:x`, `0..x`, `aa@0:x`. */
function partsOf(text: string): readonly string[] {
  return [text, text.slice(text.indexOf("=") + 1), ...text.split(/[=:@,]|\.\./)];
}

/** The word that a usage error is about: the one it names, else the option it begins with. */
function wrongWord(error: UsageError, words: readonly Word[]): Word | undefined {
  const { word } = error;
  if (word !== undefined) {
    return words.find(({ text }) => text === word) ??
      words.find(({ text }) => text.endsWith(`=${word}`)) ??
      words.find(({ text }) => partsOf(text).includes(word));
  }
  const [, option] = /^(?:[\w -]+: )?(--[\w-]+)/.exec(error.message) ?? [];
  return words.find(({ text }) => text === option || text.startsWith(`${option}=`));
}

/** Notes the place of an error: the column of the word that is wrong, else of the first one. */
export function place<E extends Error>(error: E, at: Line, words: readonly Word[]): E {
  const wrong = error instanceof UsageError ? wrongWord(error, words) : undefined;
  return placeAt(error, at, (wrong ?? words[0])?.column ?? 1);
}
