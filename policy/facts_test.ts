import { assert, assertEquals, assertMatch } from "@std/assert";
import { rules } from "./_index.ts";
import { explainFact, suggestPage, suggestRule } from "./explain.ts";
import { facts } from "./facts/_index.ts";

Deno.test("every fact's texts are complete and its page fits 80 columns", async () => {
  assert(Object.keys(facts).length > 0);
  for (const [id, load] of Object.entries(facts)) {
    const fact = await load();
    assertEquals(fact.id, id);
    assertMatch(id, /^[a-z]+(-[a-z]+)*$/);
    assert(!Object.hasOwn(rules, id), id);
    for (const text of [fact.summary, fact.why, fact.source, fact.kernel]) {
      assertMatch(text, /^\S[^]*\.$/, id);
    }
    assertMatch(fact.instead, /^ {2}boctl /m, id);
    for (const line of explainFact(fact).split("\n")) assert(line.length <= 80, `${id}: ${line}`);
  }
});

Deno.test("texts of rules and facts name rules and facts that exist", async () => {
  const ids = new Set([...Object.keys(rules), ...Object.keys(facts)]);
  const pages = [
    ...await Promise.all(Object.values(rules).map(async (load) => (await load()).why)),
    ...await Promise.all(Object.values(facts).map(async (load) => (await load()).why)),
  ];
  const named = pages.flatMap((text) =>
    text.match(
      /\b(?:race-on|line-shared|invalidate-discards|cached-export|device-read-of)[a-z-]*/g,
    ) ?? []
  );
  assert(named.length > 0);
  for (const id of named) assert(ids.has(id), id);
});

Deno.test("suggestPage() finds facts, suggestRule() rules alone", () => {
  const given = "dma-buf-sync-has-no-rage";
  assertEquals(suggestPage(given), 'Did you mean "dma-buf-sync-has-no-range"? ');
  assertEquals(suggestPage("late-rdrw"), 'Did you mean "late-rdwr"? ');
  assertEquals(suggestRule(given), "");
});
