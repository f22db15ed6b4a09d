/**
 * Variables in the words of a script: `$NAME`, `${NAME}`, and `$$` for a dollar.
 *
 * @module
 */
import { didYouMean } from "./nearest.ts";
import { UsageError } from "../errors.ts";
import type { Word } from "./words.ts";

/** The most characters of a word after its variables are replaced. */
export const LONGEST_WORD = 1 << 20;

/** What a variable may be called. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

const reference = /\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|)/g;

function unknown(name: string, values: ReadonlyMap<string, string>): UsageError {
  const names = [...values.keys()];
  return new UsageError(`no variable is called "${name}"`, {
    hint: names.length === 0
      ? `Set it first: set ${name} VALUE. $$ is a dollar, single quotes keep a word as it is.`
      : `${didYouMean(name, names)}Set: ${names.join(", ")}.`,
  });
}

/**
 * A word's text with its variables replaced. A value is not split into words nor looked at again.
 * @throws {UsageError} for a name that is not set, a `$` that begins no name, or a result of more
 * than {@linkcode LONGEST_WORD} characters
 */
export function expandWord(word: Word, values: ReadonlyMap<string, string>): string {
  if (word.pieces === undefined) return word.text;
  let length = 0;
  const add = (text: string): string => {
    length += text.length;
    if (length > LONGEST_WORD) {
      throw new UsageError(`a word becomes longer than ${LONGEST_WORD} characters`);
    }
    return text;
  };
  return word.pieces.map(({ text, expands }) => {
    if (!expands) return add(text);
    return text.replace(reference, (all, braced?: string, bare?: string) => {
      if (all === "$$") return add("$");
      const name = braced ?? bare;
      if (name === undefined || !variableName.test(name)) {
        throw new UsageError(`"${name === undefined ? "$" : all}" begins no variable`, {
          hint: "Variables are $NAME and ${NAME}; $$ is a dollar.",
        });
      }
      const value = values.get(name);
      if (value === undefined) throw unknown(name, values);
      return add(value);
    });
  }).join("");
}
