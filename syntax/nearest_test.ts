import { assertEquals } from "@std/assert";
import { nearestWord } from "./nearest.ts";

Deno.test("nearestWord() tells what was probably meant, and nothing where that is a guess", () => {
  const words = ["lineBytes", "eviction", "none", "io-coherent", "full", "x86_64"];
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["linebytes", "lineBytes"],
    ["line_bytes", "lineBytes"],
    ["evicton", "eviction"],
    ["io_coherent", "io-coherent"],
    ["non", "none"],
    ["x86-64", "x86_64"],
    ["nnoe", "none"],
    ["enon", "none"],
    ["eno", undefined],
    ["sparc", undefined],
    ["", undefined],
    ["e".repeat(200), undefined],
  ];
  for (const [given, wanted] of cases) assertEquals(nearestWord(given, words), wanted, given);
  assertEquals(nearestWord("a", []), undefined);
});
