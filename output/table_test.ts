import { assertEquals } from "@std/assert";
import { formatTable } from "./table.ts";

Deno.test("formatTable() makes each column as wide as its widest cell", () => {
  assertEquals(
    formatTable([["NAME", "KIND"], ["a", "buffer"], ["longer", "dma-buf"]]),
    "NAME    KIND\na       buffer\nlonger  dma-buf",
  );
});

Deno.test("formatTable() leaves no space at the end of a line, and indents where asked", () => {
  assertEquals(formatTable([["a", ""], ["bb", "c"]], "  "), "  a\n  bb  c");
  assertEquals(formatTable([]), "");
});

Deno.test("formatTable() does not count colour codes", () => {
  const red = "\x1b[31mab\x1b[39m";
  assertEquals(formatTable([[red, "x"], ["abc", "y"]]), `${red}   x\nabc  y`);
});
