// What a check of a long journal costs: its length and nothing else.
import { chosenRules, runRules } from "./check.ts";
import { longJournal } from "./_long_journal.ts";

const rules = await chosenRules();

for (const length of [10_000, 100_000, 1_000_000]) {
  Deno.bench({
    name: `${length} entries, all rules`,
    group: "check",
    n: length > 100_000 ? 2 : 5,
    warmup: 1,
    fn: () => runRules(rules, longJournal(length), () => {}),
  });
}
