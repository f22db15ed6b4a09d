/**
 * How severities compare.
 *
 * @module
 */
import type { Severity } from "./rule.ts";

/** Higher is worse. */
export const severityRank: Readonly<Record<Severity, number>> = { note: 1, warning: 2, error: 3 };

/** The worst severity among findings, or undefined where there are none. */
export function worst(
  findings: Iterable<{ readonly severity: Severity }>,
): Severity | undefined {
  let found: Severity | undefined;
  for (const { severity } of findings) {
    if (found === undefined || severityRank[severity] > severityRank[found]) found = severity;
  }
  return found;
}
