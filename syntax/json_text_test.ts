import { assertEquals, assertThrows } from "@std/assert";
import { hostilePieces, randomTexts } from "./_random_text.ts";
import { JsonTextError, readJsonText } from "./json_text.ts";

Deno.test("readJsonText() says by line and column what is no JSON", () => {
  const cases: readonly (readonly [string, string, number, number])[] = [
    ["", "wanted a value, the text ends", 1, 1],
    ["{", "wanted a name in double quotes, the text ends", 1, 2],
    ['{\n  "a": 1\n  "b": 2}', 'wanted "," or "}", there is "\\""', 3, 3],
    ['{\n  "a": 1, // one\n}', "there is a comment, and JSON has none", 2, 11],
    ["/* x */ {}", "there is a comment, and JSON has none", 1, 1],
    ["# x\n{}", "there is a comment, and JSON has none", 1, 1],
    ['{"a": [1, 2,]}', 'a "," before "]", where JSON has none', 1, 12],
    ['{"a": 1,\n}', 'a "," before "}", where JSON has none', 1, 8],
    ["{a: 1}", 'wanted a name in double quotes, there is "a"', 1, 2],
    ['{"a" 1}', 'wanted ":" after the name, there is "1"', 1, 6],
    ['{"a": 01}', 'wanted a value, there is "01"', 1, 7],
    ['{"a": True}', 'wanted a value, there is "True"', 1, 7],
    ['{"a": nullx}', 'wanted a value, there is "nullx"', 1, 7],
    ['{"a": 0x10}', 'wanted a value, there is "0x10"', 1, 7],
    ['{"a": "b\n"}', "a text has no closing quote", 1, 9],
    ['{"a": "b', "a text has no closing quote", 1, 7],
    ['{"a": "\\x"}', "a text has a \\ that JSON does not know", 1, 9],
    ['"\t"', "a text has a control character", 1, 2],
    ["{} {}", 'after the end there is "{"', 1, 4],
    ["\ufeff{}", "wanted a value, there is a byte order mark", 1, 1],
    ["[".repeat(65) + "]".repeat(65), "lists and objects are more than 64 deep", 1, 65],
  ];
  for (const [text, message, line, column] of cases) {
    const error = assertThrows(() => readJsonText(text), JsonTextError);
    assertEquals([error.message, error.at], [message, { line, column }], text);
  }
});

Deno.test("readJsonText() knows where each value stands, and what is given twice", () => {
  const text = '{\n  "a": [1, {"b": null}],\n  "a": 2, "c.d": {"e": 1, "e": 2}\n}';
  const { value, repeated, placeOf } = readJsonText(text);
  assertEquals(value, JSON.parse(text));
  assertEquals(repeated, ["a", "c.d.e"]);
  assertEquals(placeOf(""), { line: 1, column: 1 });
  assertEquals(placeOf("a[1]"), { line: 2, column: 12 });
  assertEquals(placeOf("a[1].b"), { line: 2, column: 13 });
  assertEquals(placeOf("c.d.e"), { line: 3, column: 27 });
  assertEquals(placeOf("nowhere"), undefined);
});

Deno.test("readJsonText() takes exactly what JSON.parse() takes", () => {
  const pieces = [
    ...["{", "}", "[", "]", ",", ":", '"a":', '"b"', "1", "-0.5e+3", "true", "null", " ", "\n"],
    ...['"\\u00e9"', '"\\', "{}", "[]", "-", "1e", "."],
    ...hostilePieces.filter((piece) => piece.length < 3).slice(0, 40),
  ];
  let taken = 0;
  for (const text of randomTexts(pieces, { count: 20_000, most: 7, seed: 5 })) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      assertThrows(() => readJsonText(text), JsonTextError, undefined, JSON.stringify(text));
      continue;
    }
    taken++;
    assertEquals(readJsonText(text).value, parsed);
  }
  assertEquals(taken > 300, true, String(taken));
});
