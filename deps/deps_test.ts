import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/jsonc";
import { closestString } from "@std/text/closest-string";
import { red, stripAnsiCode } from "@std/fmt/colors";

Deno.test("@std doors export what their declarations promise", () => {
  assertEquals(closestString("crate", ["create", "close"]), "create");
  assert(stripAnsiCode(red("x")) === "x");
  assertEquals(parse('{"a": [1,], /* why */}'), { a: [1] });
});
