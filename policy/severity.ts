/**
 * How severities compare.
 *
 * @module
 */
import type { Severity } from "./rule.ts";

/** Higher is worse. */
export const severityRank: Readonly<Record<Severity, number>> = { note: 1, warning: 2, error: 3 };

/** The worse of two severities; undefined is none at all. */
export function worse(a: Severity, b: Severity | undefined): Severity {
  return b === undefined || severityRank[a] > severityRank[b] ? a : b;
}

/** The worst severity among findings, or undefined where there are none. */
export function worst(
  findings: Iterable<{ readonly severity: Severity }>,
): Severity | undefined {
  let found: Severity | undefined;
  for (const { severity } of findings) {
    found = worse(severity, found);
  }
  return found;
}
