import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { parseConfig } from "./config.ts";
import { findConfig } from "./config_find.ts";

Deno.test("parseConfig() reads all settings, comments and a comma too many", () => {
  const text = `// what we hold our scripts to
  {
    "$schema": "./boctl.schema.json",
    "select": ["late-rdwr", "cached-export"], /* these */
    "ignore": ["cached-export"],
    "severity": "error",
    "profile": "kernel",
    "baseline": "known.json",
  }`;
  assertEquals(parseConfig(text, "/project/boctl.jsonc"), {
    select: ["late-rdwr", "cached-export"],
    ignore: ["cached-export"],
    severity: "error",
    profile: "kernel",
    baseline: "/project/known.json",
  });
  assertEquals(parseConfig("{}", "boctl.jsonc"), {});
});

Deno.test("parseConfig() names the nearest setting and the nearest rule", () => {
  const error = assertThrows(() => parseConfig('{"slect": []}', "b.jsonc"), UsageError);
  assertEquals(error.message, 'b.jsonc: there is no setting "slect"');
  assertStringIncludes(error.hint ?? "", 'Did you mean "select"?');
  const rule = assertThrows(() => parseConfig('{"ignore": ["late-rdw"]}', "b.jsonc"), UsageError);
  assertStringIncludes(rule.hint ?? "", 'Did you mean "late-rdwr"?');
});

Deno.test("parseConfig() refuses what is malformed", () => {
  const wrong: readonly (readonly [string, string])[] = [
    ["", "is no JSON with comments"],
    ["{", "is no JSON with comments"],
    ["[]", "is no JSON object"],
    ["null", "is no JSON object"],
    ['{"severity": "bad"}', '"severity": wanted "note" or "warning" or "error"'],
    ['{"select": []}', "at least one rule"],
    ['{"select": "late-rdwr"}', "a list of rules"],
    ['{"select": [1]}', "a list of rules"],
    ['{"baseline": ""}', "the name of a file"],
    ['{"constructor": 1}', 'there is no setting "constructor"'],
    ['{"__proto__": 1}', 'there is no setting "__proto__"'],
    ["[".repeat(200_000), "is no JSON with comments"],
  ];
  for (const [text, message] of wrong) {
    assertThrows(() => parseConfig(text, "b.jsonc"), UsageError, message, text.slice(0, 40));
  }
});

Deno.test("findConfig() takes the nearest one upward, and none where nobody may look", () => {
  const having = (...files: readonly string[]): Parameters<typeof findConfig>[1] => ({
    current: () => "/home/me/project",
    isReadable: (path) => files.includes(path),
  });
  const all = having("/home/boctl.jsonc", "/home/me/project/scripts/boctl.jsonc");
  assertEquals(findConfig("scripts/a.boctl", all), "/home/me/project/scripts/boctl.jsonc");
  assertEquals(findConfig("a.boctl", all), "/home/boctl.jsonc");
  assertEquals(findConfig("../../x/./a.boctl", all), "/home/boctl.jsonc");
  assertEquals(findConfig("/tmp/a.boctl", all), undefined);
  assertEquals(findConfig("/a.boctl", having("/boctl.jsonc")), "/boctl.jsonc");
  const blind = { current: () => undefined, isReadable: () => true };
  assertEquals(findConfig("a.boctl", blind), undefined);
});
