/**
 * The reports that CI systems read of a run.
 *
 * @module
 */
import { type CheckReport, checksAsJunit, checksAsTap } from "../output/check_report.ts";
import type { Context } from "./command.ts";
import type { Script } from "./_load_script.ts";
import type { PolicyOfRun } from "./_run_policy.ts";

/** How a run goes and what it tells. */
export interface RunSettings {
  readonly quiet: boolean;
  readonly keepGoing: boolean;
  readonly tap: boolean;
  /** Where JUnit XML goes, if anywhere. */
  readonly junit: string | undefined;
  /** What holds each script against the rules, where that was asked for. */
  readonly policies?: ReadonlyMap<Script, PolicyOfRun>;
}

/**
 * Writes the JUnit file that was asked for.
 * @returns the TAP that was asked for
 * @throws {UsageError} when the file cannot be written
 */
export async function writeReport(
  context: Context,
  settings: RunSettings,
  report: CheckReport,
): Promise<string | undefined> {
  if (settings.junit !== undefined) await context.writeFile(settings.junit, checksAsJunit(report));
  return settings.tap ? checksAsTap(report) : undefined;
}
