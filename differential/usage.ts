/**
 * What the programs of this folder say to a word that they do not know.
 *
 * @module
 */
import { printError } from "../output/terminal.ts";

/** For `parseArgs`: tells how the program is used and ends, with 0 for `--help` and 2 for all else. */
export function unknownWord(help: string): (word: string) => never {
  return (word) => {
    const asked = word === "--help";
    printError(asked ? help : `There is no option ${word}\n${help}`);
    Deno.exit(asked ? 0 : 2);
  };
}
