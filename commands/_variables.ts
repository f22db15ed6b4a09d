/**
 * A script's variables: what `set` and `repeat` gave them, put into words.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { expandWord } from "../syntax/variables.ts";
import type { Word } from "../syntax/words.ts";
import { type Line, placeAt } from "./_location.ts";
import type { RepeatStatement, SetStatement } from "./_script.ts";

/** How many statements a script may execute, each pass of a repeat counting as one. */
export const MOST_STEPS = 1_000_000;

/** The variables of a script as it goes. */
export class Variables {
  readonly #values = new Map<string, string>();

  /**
   * Words with variables replaced; each is one word still, where it stood.
   * @throws {UsageError} with its place
   */
  expand(words: readonly Word[], at: Line): readonly Word[] {
    return words.map((word) => ({
      text: this.#expand(word, at),
      column: word.column,
      end: word.end,
    }));
  }

  #expand(word: Word, at: Line): string {
    try {
      return expandWord(word, this.#values);
    } catch (error) {
      throw error instanceof UsageError ? placeAt(error, at, word.column) : error;
    }
  }

  /** Does a `set`. @throws {UsageError} with its place */
  set({ name, value, at }: SetStatement): void {
    this.#values.set(name, this.#expand(value, at));
  }

  /**
   * How many passes a `repeat` makes.
   * @throws {UsageError} with its place, when it is no number from 1 to {@linkcode MOST_STEPS}
   */
  passes({ count, at }: RepeatStatement): number {
    const text = this.#expand(count, at);
    const passes = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    if (passes >= 1 && passes <= MOST_STEPS) return passes;
    throw placeAt(
      new UsageError(`repeat: "${text}" is not a whole number from 1 to ${MOST_STEPS}`, {
        word: text,
      }),
      at,
      count.column,
    );
  }

  /** Sets a repeat's counter; returns what puts back what the name stood for before. */
  enter({ variable }: RepeatStatement): Disposable & { readonly pass: (n: number) => void } {
    const values = this.#values;
    const before = values.get(variable);
    return {
      pass: (n) => void values.set(variable, String(n)),
      [Symbol.dispose](): void {
        if (before === undefined) values.delete(variable);
        else values.set(variable, before);
      },
    };
  }
}

/** The error of a script that executes too much. */
export function tooManySteps(): UsageError {
  return new UsageError(`the script executes more than ${MOST_STEPS} statements`, {
    hint: "Each pass of a repeat counts as one, too.",
  });
}
