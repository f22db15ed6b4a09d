import { assertEquals } from "@std/assert";
import { KernelRefusal, UsageError } from "../errors.ts";
import { errorText } from "./errors.ts";

Deno.test("errorText() puts the message first and the hint below it", () => {
  const error = new KernelRefusal("mmap", "a", 12, { hint: "Ask for less." });
  assertEquals(errorText(error), "boctl: mmap on a: ENOMEM\n  hint: Ask for less.");
});

Deno.test("errorText() tells errors that belong together a line each, with one hint", () => {
  const error = new UsageError("a: one", { hint: "See b." });
  error.also = ["a: two", "a: three"];
  assertEquals(errorText(error), "boctl: a: one\nboctl: a: two\nboctl: a: three\n  hint: See b.");
});

Deno.test("errorText() begins with file, line and column where there is a script", () => {
  const at = { file: "x.boctl", line: 3, column: 8 };
  assertEquals(errorText(new UsageError("no"), at), "boctl: x.boctl:3:8: no");
});

Deno.test("errorText() cannot be made to print control characters", () => {
  const error = new UsageError("no \x1b[2J\nboctl: PASS", { hint: "\x07" });
  const at = { file: "a\nb", line: 1, column: 1 };
  assertEquals(
    errorText(error, at),
    "boctl: a\\x0ab:1:1: no \\x1b[2J\\x0aboctl: PASS\n  hint: \\x07",
  );
});
