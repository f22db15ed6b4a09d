/**
 * A report of rules as the answer of a command, and in the files that were asked for.
 *
 * @module
 */
import { exitCodes, UsageError } from "../errors.ts";
import { type CheckReport, checksAsJunit, checksAsTap } from "../output/check_report.ts";
import { countsOf, type PolicyReport, verdictOf } from "../policy/report.ts";
import { reportAsChecks } from "../policy/report_checks.ts";
import { reportAsText } from "../policy/report_text.ts";
import { columnsOf } from "./_columns.ts";
import type { Context, Result } from "./command.ts";
import type { ReportValues } from "./_policy_options.ts";

/** Says what cannot be printed together. @throws {UsageError} */
export function checkReportOptions({ tap, lava }: ReportValues): void {
  if (tap && lava) {
    throw new UsageError("--tap and --lava: standard output has one form", { word: "--lava" });
  }
}

/** A report as `--json` has it: schemas/policy-check.schema.json. */
export function reportData(report: PolicyReport): Record<string, unknown> {
  const { subject, who, profile, threshold, findings, checks, remarks } = report;
  return {
    subject,
    who,
    profile,
    severity: threshold,
    verdict: verdictOf(report),
    counts: countsOf(report),
    findings,
    checks,
    remarks,
  };
}

/** Checks in the form that standard output is to have; undefined where that is text. */
export async function checksText(
  { tap, lava }: ReportValues,
  checks: CheckReport,
): Promise<string | undefined> {
  if (tap) return checksAsTap(checks);
  return lava ? (await import("../output/lava.ts")).checksAsLava(checks) : undefined;
}

/**
 * Writes the files that were asked for, and gives the answer.
 * @throws {UsageError} when a file cannot be written
 */
export async function answer(
  context: Context,
  report: PolicyReport,
  options: ReportValues,
): Promise<Result> {
  const { junit, sarif, notes = false } = options;
  const checks = reportAsChecks(report);
  if (junit !== undefined) await context.writeFile(junit, `${checksAsJunit(checks)}\n`);
  if (sarif !== undefined) {
    const { reportAsSarif } = await import("../policy/report_sarif.ts");
    await context.writeFile(sarif, reportAsSarif(report));
  }
  const codes = {
    pass: exitCodes.done,
    fail: exitCodes.checkFailed,
    skip: exitCodes.notSupported,
  };
  return {
    data: reportData(report),
    text: await checksText(options, checks) ?? reportAsText(report, {
      all: notes,
      columns: columnsOf(context.asked),
    }),
    exitCode: codes[verdictOf(report)],
  };
}
