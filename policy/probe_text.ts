/**
 * Outcomes of probes as people read them.
 *
 * @module
 */
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import { formatTable } from "../output/table.ts";
import type { ProbeOutcome, ProbeVerdict } from "./probe.ts";

const verdicts: Readonly<Record<ProbeVerdict, string>> = {
  kept: "kept",
  finding: "FINDING",
  fact: "fact",
  skipped: "-",
};

/** What came of a probe, in one line: `refused (EINVAL): …`, `allowed: …`, `cannot be told, because …`. */
export function answerText({ answer, errno, detail, books }: ProbeOutcome): string {
  const told = {
    refused: `refused (${errno}): ${detail}`,
    allowed: `allowed: ${detail}`,
    seen: detail,
    consistent: `consistent with ${detail}`,
    "not-applicable": `not applicable: ${detail}`,
    "cannot-be-told": `cannot be told, because ${detail}`,
  }[answer];
  return escapeText(books === undefined ? told : `${told}; the books: ${books.detail}`);
}

/** How many have a verdict. */
export function verdictCount(outcomes: readonly ProbeOutcome[], verdict: ProbeVerdict): number {
  return outcomes.filter((outcome) => outcome.verdict === verdict).length;
}

/** The table, what each finding falls short of, and the totals. */
export function probesAsText(subject: string, outcomes: readonly ProbeOutcome[]): string {
  const rows = outcomes.map((outcome) => [
    verdicts[outcome.verdict],
    outcome.probe,
    answerText(outcome),
  ]);
  const findings = outcomes.filter(({ verdict }) => verdict === "finding");
  const rules = [...new Set(findings.flatMap(({ rule }) => rule ?? []))];
  return [
    `probe: ${escapeText(subject)}`,
    formatTable(rows),
    ...findings.map(({ probe, wanted }) => `FINDING ${probe}: asked for is that ${wanted}`),
    `Total: ${plural(outcomes.length, "probe")}, ${verdictCount(outcomes, "kept")} kept, ${
      plural(findings.length, "finding")
    }, ${plural(verdictCount(outcomes, "fact"), "fact")}, ${
      verdictCount(outcomes, "skipped")
    } without an answer`,
    ...(rules.length === 0 ? [] : [`  more: boctl explain ${rules.join(" | ")}`]),
  ].join("\n");
}
