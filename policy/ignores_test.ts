import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { parseIgnore } from "./ignores.ts";

Deno.test("parseIgnore() takes rules and a reason, and leaves other comments to people", () => {
  assertEquals(parseIgnore("# boctl: ignore late-rdwr -- the first one is a probe -- really"), {
    rules: ["late-rdwr"],
    reason: "the first one is a probe -- really",
  });
  assertEquals(parseIgnore("#boctl:ignore late-rdwr, cached-export --  both"), {
    rules: ["late-rdwr", "cached-export"],
    reason: "both",
  });
  for (const text of ["# a comment", "# boctl is a tool", "# see boctl: ignore x"]) {
    assertEquals(parseIgnore(text), undefined, text);
  }
});

Deno.test("parseIgnore() wants a known rule and a reason", () => {
  const wrong = [
    ["# boctl: ignore late-rdwr", "a reason must follow"],
    ["# boctl: ignore late-rdwr --", "a reason must follow"],
    ["# boctl: ignore -- because", "a rule must follow"],
    ["# boctl: ignore", "a rule must follow"],
    ["# boctl: ignore late-rdw -- because", 'no rule is called "late-rdw"'],
    ["# boctl: ignore constructor -- because", 'no rule is called "constructor"'],
    ["# boctl: ignored late-rdwr -- because", "is nothing that boctl knows"],
    ["# boctl:", "is nothing that boctl knows"],
  ];
  for (const [text = "", message] of wrong) {
    assertThrows(() => parseIgnore(text), UsageError, message, text);
  }
});
