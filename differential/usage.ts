/**
 * What the programs of this folder say to a word that they do not know.
 *
 * @module
 */
import { printError, printOut } from "../output/terminal.ts";

/**
 * A whole number from 0 on, or ends the program with 2.
 * @param text what was given; absent: `otherwise`
 */
export function wholeNumber(name: string, text: unknown, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (text !== "" && Number.isSafeInteger(number) && number >= 0) return number;
  printError(`--${name} is "${text}", wanted a whole number`);
  Deno.exit(2);
}

/** For `parseArgs`: tells how the program is used and ends, with 0 for `--help`, `-h` and 2 for all else. */
export function unknownWord(help: string): (word: string) => never {
  return (word) => {
    const asked = word === "--help" || word === "-h";
    if (asked) printOut(help);
    else printError(`There is no option ${word}\n${help}`);
    Deno.exit(asked ? 0 : 2);
  };
}
