/** @module */
import { UsageError } from "../errors.ts";
import { formatTable } from "../output/table.ts";
import { rules } from "../policy/_index.ts";
import { explainRule, nearestRule } from "../policy/explain.ts";
import { defineCommand, type Result } from "./command.ts";

export const command = defineCommand({
  name: "explain",
  summary: "what a rule says, why, who said it, and how to mend a breach",
  group: "policy",
  arguments: [{
    name: "RULE",
    help: "a rule's id; without it, all rules are listed",
    optional: true,
  }],
  options: {},
  needsKernel: () => false,
  examples: [{ line: "explain late-rdwr", shows: "why a later --rdwr does not help" }],
  async run(_context, { words }): Promise<Result> {
    const id = words[0];
    if (id === undefined) {
      const all = await Promise.all(Object.values(rules).map((load) => load()));
      return {
        data: { rules: all.map(({ id, severity, summary }) => ({ id, severity, summary })) },
        text: formatTable(all.map((rule) => [rule.id, rule.severity, rule.summary])),
      };
    }
    const load = Object.hasOwn(rules, id) ? rules[id] : undefined;
    if (load === undefined) {
      throw new UsageError(`explain: no rule is called "${id}"`, {
        word: id,
        hint: `Did you mean "${nearestRule(id)}"? boctl explain lists them.`,
      });
    }
    const rule = await load();
    const { watch: _watch, ...facts } = rule;
    return { data: { ...facts }, text: explainRule(rule) };
  },
});
