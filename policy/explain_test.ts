import { assert, assertEquals, assertMatch } from "@std/assert";
import { rules } from "./_index.ts";
import { explainRule, suggestRule } from "./explain.ts";
import type { Rule } from "./rule.ts";

const sample: Rule = {
  id: "sample",
  severity: "note",
  profile: "kernel",
  enforced: "no",
  summary: "A rule.",
  why: `${"word ".repeat(30)}end.`,
  source: "Somebody.\nSomebody else.",
  kernel: "Nothing.",
  fix: "Do this:\n  boctl list   --json\nand that.",
  watch: () => ({ take: () => {} }),
};

Deno.test("explainRule() wraps paragraphs and leaves command lines as they are", () => {
  assertEquals(
    explainRule(sample),
    `sample (note)
A rule.

Why
  word word word word word word word word word word word word word word word
  word word word word word word word word word word word word word word word
  end.

Source
  Somebody.
  Somebody else.

Kernel (enforced: no)
  Nothing.

Profile
  kernel: kernels that run today refuse, promise or demand it themselves.

Fix
  Do this:
    boctl list   --json
  and that.
`,
  );
});

Deno.test("explainRule() tells of a hazard where there is one", () => {
  const page = explainRule({ ...sample, profile: "threads", hazard: "The kernel warns." });
  assert(page.includes("\nHazard\n  The kernel warns.\n\nFix\n"), page);
  assert(page.includes("\nProfile\n  threads: "), page);
  assert(!explainRule(sample).includes("Hazard"));
});

Deno.test("explainRule() fills a line up to the last column", () => {
  const page = (length: number): string =>
    explainRule({ ...sample, why: `${"x".repeat(length)} yy` });
  assert(page(75).includes(`  ${"x".repeat(75)} yy\n`));
  assert(page(76).includes(`  ${"x".repeat(76)}\n  yy\n`));
});

Deno.test("explainRule() keeps a word that is longer than the page", () => {
  const long = "x".repeat(90);
  assert(explainRule({ ...sample, why: `a ${long} b` }).includes(`  a\n  ${long}\n  b\n`));
});

Deno.test("every rule's texts are complete and its page fits 80 columns", async () => {
  for (const [id, load] of Object.entries(rules)) {
    const rule = await load();
    assertEquals(rule.id, id);
    assertMatch(id, /^[a-z]+(-[a-z]+)*$/);
    for (const text of [rule.summary, rule.why, rule.source, rule.kernel, rule.hazard ?? "None."]) {
      assertMatch(text, /^\S[^]*\.$/, id);
    }
    assertMatch(rule.fix, /^ {2}boctl /m, id);
    assert(!rule.summary.includes("\n"), id);
    for (const line of explainRule(rule).split("\n")) assert(line.length <= 80, `${id}: ${line}`);
  }
});

Deno.test("suggestRule() finds the rule that was meant, and guesses none", () => {
  assertEquals(suggestRule("late-rdrw"), 'Did you mean "late-rdwr"? ');
  assertEquals(suggestRule("cached-exports"), 'Did you mean "cached-export"? ');
  assertEquals(suggestRule("frobnicate"), "");
});
