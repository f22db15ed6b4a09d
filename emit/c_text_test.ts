import { assertEquals } from "@std/assert";
import { brokenLine, comment, commentText, integer, paragraphs, stringLiteral } from "./c_text.ts";

Deno.test("commentText() lets nothing end or begin a comment, and keeps to ASCII", () => {
  assertEquals(commentText("a */ b /* c */*"), "a * / b / * c * / *");
  assertEquals(commentText("*//* ??/ ???"), "* // * ? ?/ ? ? ?");
  assertEquals(commentText("\x1b[2J é \u202e"), "\\x1b[2J \\u{e9} \\u{202e}");
});

Deno.test("stringLiteral() escapes what C would read otherwise", () => {
  assertEquals(stringLiteral('"\\?\n'), '"\\"\\\\\\?\\012"');
  // A digit that follows an escape is no part of it.
  assertEquals(stringLiteral(Uint8Array.of(0, 0x31, 0xff)), '"\\0001\\377"');
});

Deno.test("integer() writes each value in a type that holds it", () => {
  const cases: readonly (readonly [bigint, string])[] = [
    [0n, "0"],
    [65535n, "65535"],
    [65536n, "0x10000"],
    [0x7fffffffn, "0x7fffffff"],
    [0x80000000n, "0x80000000u"],
    [1n << 32n, "0x100000000ull"],
    [(1n << 64n) - 1n, "0xffffffffffffffffull"],
    [-1n, "-1"],
    [-(1n << 31n), "-2147483648"],
    [-(1n << 63n), "(-9223372036854775807ll - 1)"],
  ];
  for (const [value, text] of cases) assertEquals(integer(value), text);
});

Deno.test("comment() wraps long lines and leaves short ones on one", () => {
  assertEquals(comment(["one"]), ["/* one */"]);
  const lines = comment(["word ".repeat(40), "", "end"], "\t");
  assertEquals(lines.length, 7);
  assertEquals([lines[0], lines[4], lines[6]], ["\t/*", "\t *", "\t */"]);
  assertEquals(lines.every((line) => line.length <= 102), true);
});

Deno.test("paragraphs() joins lines, but not those that are indented", () => {
  assertEquals(paragraphs(["a", "b", "", "c", "  d", "e"]), ["a b", "", "c", "  d", "e"]);
});

Deno.test("brokenLine() breaks a long line between flags, and no other", () => {
  const flags = Array.from({ length: 6 }, (_, i) => `BASE_MEM_PROTECTION_NUMBER_${i}`);
  const line = `\t\tassert_eq(arg.out.flags, ${flags.join(" | ")});`;
  const lines = brokenLine(line);
  assertEquals(lines.length > 1, true);
  assertEquals(lines.map((one) => one.trim()).join(" "), line.trim());
  assertEquals(lines.every((one) => one.replaceAll("\t", "        ").length <= 100), true);
  assertEquals(lines.slice(1).every((one) => one.startsWith("\t\t\t")), true);
  assertEquals(brokenLine("\tshort(A | B);"), ["\tshort(A | B);"]);
});
