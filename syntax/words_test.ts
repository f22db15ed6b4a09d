import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { splitWords, WordError } from "./words.ts";
import { hostilePieces, randomTexts } from "./_random_text.ts";

function texts(line: string): string[] {
  return splitWords(line).map(({ text }) => text);
}

Deno.test("splitWords() splits at spaces, tabs and the return of a DOS line", () => {
  assertEquals(texts("create --size 4KiB"), ["create", "--size", "4KiB"]);
  assertEquals(texts("  create\t\t--as  a \r"), ["create", "--as", "a"]);
  assertEquals(texts(""), []);
  assertEquals(texts(" \t"), []);
});

Deno.test("splitWords() takes quotes and backslashes as a shell does", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["'a b' c", ["a b", "c"]],
    ['"a b" c', ["a b", "c"]],
    [`'a "b" \\ c'`, [`a "b" \\ c`]],
    [`"it's"`, ["it's"]],
    [`"a \\" b"`, [`a " b`]],
    [`"a \\\\ b"`, ["a \\ b"]],
    ["a\\ b", ["a b"]],
    ["a'b'\"c\"d", ["abcd"]],
    ["''", [""]],
    ['"" x', ["", "x"]],
  ];
  for (const [line, words] of cases) assertEquals(texts(line), [...words], line);
});

Deno.test("splitWords() begins a comment at a word's start only", () => {
  assertEquals(texts("list # all"), ["list"]);
  assertEquals(texts("# nothing"), []);
  assertEquals(texts("a#b '#' \\# \"#\""), ["a#b", "#", "#", "#"]);
});

Deno.test("splitWords() counts columns from 1, quotes included", () => {
  assertEquals(splitWords("ab  'c d' e").map(({ column }) => column), [1, 5, 11]);
  assertEquals(splitWords("ab  'c d' e # x").map(({ end }) => end), [3, 10, 12]);
  assertEquals(splitWords("ab c").map(({ end }) => end), [3, 5]);
});

Deno.test("splitWords() names the column of an open quote and of a last backslash", () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ["list 'abc", 6, "the quote ' is not closed"],
    ['list a"b', 7, 'the quote " is not closed'],
    ['"abc\\', 1, 'the quote " is not closed'],
    ["list \\", 6, "\\ at the end of the line"],
  ];
  for (const [line, column, message] of cases) {
    const error = assertThrows(() => splitWords(line), WordError, message);
    assertEquals(error.column, column, line);
  }
});

Deno.test("splitWords() throws nothing but UsageError, and gives each word once", () => {
  for (const line of randomTexts(hostilePieces, { count: 5000, most: 12, seed: 7 })) {
    try {
      const columns = splitWords(line).map(({ column }) => column);
      assertEquals(columns, columns.toSorted((a, b) => a - b), line);
      assertEquals(new Set(columns).size, columns.length, line);
    } catch (error) {
      if (!(error instanceof UsageError)) throw new Error(JSON.stringify(line), { cause: error });
    }
  }
});
