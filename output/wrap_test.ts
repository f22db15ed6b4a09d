import { assertEquals } from "@std/assert";
import { wrapText } from "./wrap.ts";

Deno.test("wrapText() fills lines up to the width, indents them, and breaks no word", () => {
  assertEquals(wrapText("a bb ccc dddd", 6), ["a bb", "ccc", "dddd"]);
  assertEquals(wrapText("a bb ccc dddd", 8, "  "), ["  a bb", "  ccc", "  dddd"]);
  assertEquals(wrapText("a bb ccc", 8, "    ", "x: "), ["x: a bb", "    ccc"]);
  assertEquals(wrapText("incomprehensible a", 5), ["incomprehensible", "a"]);
  assertEquals([wrapText("", 5), wrapText(" \n ", 5)], [[], []]);
});
