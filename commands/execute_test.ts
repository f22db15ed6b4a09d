import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../errors.ts";
import { hostilePieces, randomTexts } from "../syntax/_random_text.ts";
import { splitWords } from "../syntax/words.ts";
import { findCommand, quoteWords } from "./execute.ts";

Deno.test("findCommand() names the nearest command for one that there is not", async () => {
  assertEquals((await findCommand("create")).name, "create");
  const cases: readonly (readonly [string, string])[] = [
    ["creat", "create"],
    ["lst", "list"],
    ["polcy-check", "policy-check"],
  ];
  for (const [name, nearest] of cases) {
    const error = await assertRejects(() => findCommand(name), UsageError);
    assertEquals(error.message, `unknown command "${name}"`);
    assertEquals(error.hint, `Did you mean "${nearest}"? boctl --help lists all.`);
    assertEquals(error.word, name);
  }
  for (const name of ["", "constructor", "__proto__", "--size"]) {
    await assertRejects(() => findCommand(name), UsageError);
  }
});

Deno.test("quoteWords() quotes only what needs it", () => {
  assertEquals(quoteWords(["mmap", "a", "--write", "0=@x y"]), "mmap a --write '0=@x y'");
  assertEquals(quoteWords(["a", "", "#b", "it's", `"`, "\\"]), `a '' '#b' "it's" '"' '\\'`);
});

Deno.test("quoteWords() writes a line that splits into the same words", () => {
  for (const text of randomTexts(hostilePieces, { count: 3000, most: 8, seed: 10 })) {
    const words = text.split(" ");
    assertEquals(splitWords(quoteWords(words)).map((word) => word.text), words);
  }
});
