import { assert, assertEquals } from "@std/assert";
import { closestString } from "@std/text/closest-string";
import { red, stripAnsiCode } from "@std/fmt/colors";

Deno.test("@std doors export what their declarations promise", () => {
  assertEquals(closestString("crate", ["create", "close"]), "create");
  assert(stripAnsiCode(red("x")) === "x");
});
