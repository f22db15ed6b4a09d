/** @module */
import { UsageError } from "../errors.ts";
import { formatTable } from "../output/table.ts";
import { rules } from "../policy/_index.ts";
import { explainFact, explainRule, suggestPage } from "../policy/explain.ts";
import { facts } from "../policy/facts/_index.ts";
import { defineCommand, type Result } from "./command.ts";

async function listed(): Promise<Result> {
  const allRules = await Promise.all(Object.values(rules).map((load) => load()));
  const allFacts = await Promise.all(Object.values(facts).map((load) => load()));
  return {
    data: {
      rules: allRules.map(({ id, severity, profile, summary }) => ({
        id,
        severity,
        profile,
        summary,
      })),
      facts: allFacts.map(({ id, summary }) => ({ id, summary })),
    },
    text: formatTable([
      ...allRules.map((rule) => [rule.id, rule.severity, rule.summary]),
      ...allFacts.map((fact) => [fact.id, "fact", fact.summary]),
    ]),
  };
}

export const command = defineCommand({
  name: "explain",
  summary: "what a rule says, why, who said it, and how to mend a breach",
  group: "policy",
  arguments: [{
    name: "RULE",
    help: "the id of a rule, or of a fact; without it, all are listed",
    optional: true,
  }],
  options: {},
  details: `A fact is what the threads complain of and no program can break or keep: it has a
page like a rule and is never found by policy-check.`,
  needsKernel: () => false,
  examples: [
    { line: "explain late-rdwr", shows: "why a later --rdwr does not help" },
    { line: "explain dma-buf-sync-has-no-range", shows: "a fact" },
  ],
  async run(_context, { words }): Promise<Result> {
    const id = words[0];
    if (id === undefined) return await listed();
    const loadFact = Object.hasOwn(facts, id) ? facts[id] : undefined;
    if (loadFact !== undefined) {
      const fact = await loadFact();
      return { data: { ...fact }, text: explainFact(fact) };
    }
    const load = Object.hasOwn(rules, id) ? rules[id] : undefined;
    if (load === undefined) {
      throw new UsageError(`explain: no rule is called "${id}"`, {
        word: id,
        hint: `${suggestPage(id)}boctl explain lists them.`,
      });
    }
    const rule = await load();
    const { watch: _watch, ...about } = rule;
    return { data: { ...about }, text: explainRule(rule) };
  },
});
