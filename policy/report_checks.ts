/**
 * A report as a list of checks, one a rule: what TAP, JUnit and LAVA tell.
 *
 * @module
 */
import type { CheckOutcome, CheckReport } from "../output/check_report.ts";
import type { PolicyReport } from "./report.ts";

/** The check that a subject came to its end: what was not done was not judged. */
const STOPPED = "ran-to-its-end";

const statuses = { pass: "ok", fail: "fail", skip: "unsupported" } as const;

/** The checks of a report. */
export function outcomesOf({ checks }: Pick<PolicyReport, "checks">): readonly CheckOutcome[] {
  return checks.map(({ name, outcome, detail }) => ({ name, status: statuses[outcome], detail }));
}

/** A report as checks. */
export function reportAsChecks(report: PolicyReport): CheckReport {
  const { stopped } = report;
  const outcomes = outcomesOf(report);
  return {
    suite: "policy",
    subject: `${report.subject} on ${report.who}`,
    outcomes: stopped === undefined ? outcomes : [...outcomes, {
      name: STOPPED,
      status: stopped.skipped ? "unsupported" : "fail",
      detail: stopped.message,
    }],
  };
}
