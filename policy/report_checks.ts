/**
 * A report as a list of checks, one a rule: what TAP, JUnit and LAVA tell.
 *
 * @module
 */
import type { CheckOutcome, CheckReport } from "../output/check_report.ts";
import type { PolicyReport } from "./report.ts";

const statuses = { pass: "ok", fail: "fail", skip: "unsupported" } as const;

/** The checks of a report. */
export function outcomesOf({ checks }: Pick<PolicyReport, "checks">): readonly CheckOutcome[] {
  return checks.map(({ name, outcome, detail }) => ({ name, status: statuses[outcome], detail }));
}

/** A report as checks. */
export function reportAsChecks(report: PolicyReport): CheckReport {
  return {
    suite: "policy",
    subject: `${report.subject} on ${report.who}`,
    outcomes: outcomesOf(report),
  };
}
