/**
 * A probe's outcomes as a table that tests compare: what does not differ from machine to machine.
 *
 * @module
 */
import type { ProbeOutcome } from "./probe.ts";

/** Probes by id: `refused (EINVAL)`, `allowed`, what was seen, without times and reasons. */
export function probeTable(outcomes: readonly ProbeOutcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map(({ probe, answer, errno, detail }) => {
    const told = answer === "refused"
      ? `refused (${errno})`
      : answer === "seen"
      ? detail.replace(/, after [\d.]+ ms$/, "")
      : answer === "consistent"
      ? `consistent with ${detail.replace(/: .*$/s, "")}`
      : answer === "allowed" && probe === "import-mapped-through-node"
      ? `allowed: ${detail}`
      : answer;
    return [probe, told];
  }));
}

/** The ids of the probes that have a verdict. */
export function probesWith(
  outcomes: readonly ProbeOutcome[],
  verdict: ProbeOutcome["verdict"],
): readonly string[] {
  return outcomes.filter((outcome) => outcome.verdict === verdict).map(({ probe }) => probe);
}
