/**
 * Runs the rules over a journal.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { rules } from "./_index.ts";
import { Living } from "./_living.ts";
import { suggestRule } from "./nearest.ts";
import type { Finding, Profile, Rule, Severity } from "./rule.ts";

export { severityRank, worst } from "./severity.ts";

/** A finding with the rule it is of. */
export interface RuleFinding extends Finding {
  /** The rule's id. */
  readonly rule: string;
  readonly severity: Severity;
}

/** Which rules to run, by id. */
export interface CheckOptions {
  /** Only these; all where it is absent. */
  readonly select?: readonly string[];
  /** Not these. */
  readonly ignore?: readonly string[];
  /** `kernel`: only what running kernels themselves ask for; all where it is absent. */
  readonly profile?: Profile;
}

function known(ids: readonly string[]): ReadonlySet<string> {
  for (const id of ids) {
    if (Object.hasOwn(rules, id)) continue;
    throw new UsageError(`no rule is called "${id}"`, {
      word: id,
      hint: `${suggestRule(id)}Rules: ${Object.keys(rules).join(", ")}.`,
    });
  }
  return new Set(ids);
}

/** The rules that the options choose. @throws {UsageError} when one does not exist */
export async function chosenRules(options: CheckOptions = {}): Promise<Rule[]> {
  const selected = known(options.select ?? Object.keys(rules));
  const ignored = known(options.ignore ?? []);
  const chosen = Object.entries(rules).filter(([id]) => selected.has(id) && !ignored.has(id));
  const loaded = await Promise.all(chosen.map(([, load]) => load()));
  return options.profile === "kernel" ? loaded.filter((rule) => rule.profile === "kernel") : loaded;
}

/** Runs rules over a journal, once through. Findings come in no particular order. */
export function runRules(
  chosen: readonly Rule[],
  journal: Iterable<JournalEvent>,
  report: (finding: RuleFinding) => void,
): void {
  const living = new Living();
  const watches = chosen.map((rule) =>
    rule.watch((finding) =>
      report({ ...finding, rule: rule.id, severity: finding.severity ?? rule.severity })
    )
  );
  for (const event of journal) {
    for (const watch of watches) watch.take(event);
    for (const memory of living.take(event)) {
      for (const watch of watches) watch.gone?.(memory);
    }
  }
  for (const watch of watches) watch.end?.();
}

/**
 * What the rules find, ordered by the decisive entry and then by the rule's id, so that the same
 * journal gives the same report.
 * @throws {UsageError} when an option names a rule that does not exist
 */
export async function checkJournal(
  journal: Iterable<JournalEvent>,
  options: CheckOptions = {},
): Promise<RuleFinding[]> {
  const findings: RuleFinding[] = [];
  runRules(await chosenRules(options), journal, (finding) => void findings.push(finding));
  const decisive = (finding: Finding): number => finding.events.at(-1) ?? Infinity;
  return findings.sort((a, b) =>
    decisive(a) - decisive(b) || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0)
  );
}
