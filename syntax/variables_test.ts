import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { expandWord, LONGEST_WORD } from "./variables.ts";
import { splitWords } from "./words.ts";
import { hostilePieces, randomTexts } from "./_random_text.ts";

const values = new Map([["a", "1"], ["long_name", "x y"], ["_b2", "$a"], ["empty", ""]]);

function expanded(line: string): string[] {
  return splitWords(line).map((word) => expandWord(word, values));
}

Deno.test("expandWord() replaces $NAME and ${NAME}, and keeps a value with spaces one word", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["x$a", ["x1"]],
    ["$a$a", ["11"]],
    ["${a}0 $long_name", ["10", "x y"]],
    ['"<$long_name>"', ["<x y>"]],
    ["$empty", [""]],
    ["0=$a..$a", ["0=1..1"]],
    // A value is taken as it is.
    ["$_b2", ["$a"]],
    // Dollars.
    ["$$", ["$"]],
    ["$$a", ["$a"]],
    ["'$a' \\$a \"\\$a\"", ["$a", "$a", "$a"]],
    // A name ends where the quotes do.
    ["$a'b' $a\"b\" '$'a", ["1b", "1b", "$a"]],
    ["é$a", ["é1"]],
  ];
  for (const [line, words] of cases) assertEquals(expanded(line), [...words], line);
});

Deno.test("expandWord() names what is no variable, and the nearest that is", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["$", '"$" begins no variable', "$$ is a dollar"],
    ["a$ b", '"$" begins no variable', "$$ is a dollar"],
    ["$1", '"$" begins no variable', "$$ is a dollar"],
    ["${}", '"${}" begins no variable', "$$ is a dollar"],
    ["${a b}", '"$" begins no variable', "$$ is a dollar"],
    ["${a", '"$" begins no variable', "$$ is a dollar"],
    ["$long_nam", 'no variable is called "long_nam"', 'Did you mean "long_name"?'],
    ["$constructor", 'no variable is called "constructor"', "Set: a, long_name, _b2, empty."],
  ];
  for (const [line, message, hint] of cases) {
    const error = assertThrows(() => expanded(line), UsageError, message);
    assertEquals(error.hint?.includes(hint), true, `${line}: ${error.hint}`);
  }
});

Deno.test("expandWord() refuses a word that grows without end", () => {
  const big = new Map([["x", "y".repeat(LONGEST_WORD)]]);
  const [one, two] = splitWords("$x $x$x");
  if (one === undefined || two === undefined) throw new Error("two words");
  assertEquals(expandWord(one, big).length, LONGEST_WORD);
  assertThrows(() => expandWord(two, big), UsageError, "longer than 1048576 characters");
});

Deno.test("expandWord() throws nothing but UsageError, and leaves words without $ alone", () => {
  const pieces = [...hostilePieces, "$", "${", "$a", "'", '"', "\\"];
  for (const line of randomTexts(pieces, { count: 5000, most: 12, seed: 21 })) {
    try {
      for (const word of splitWords(line)) {
        const text = expandWord(word, values);
        if (word.pieces === undefined) assertEquals(text, word.text, line);
      }
    } catch (error) {
      if (!(error instanceof UsageError)) throw new Error(JSON.stringify(line), { cause: error });
    }
  }
});
