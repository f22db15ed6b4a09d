/**
 * `policy-check` of what was done, of a script, and of a trace.
 *
 * @module
 */
import { BoctlError, exitCodes, UsageError } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import { formatBaseline } from "../policy/baseline.ts";
import { judgeJournal, knownAs, type Subject } from "../policy/judge.ts";
import { isCounted, type PolicyReport } from "../policy/report.ts";
import type { Context, Result } from "./command.ts";
import type { ReportValues, SettingValues } from "./_policy_options.ts";
import { answer, checkReportOptions } from "./_policy_report.ts";
import { type Settings, settingsFor } from "./_policy_settings.ts";
import { traceSubject } from "./_policy_trace.ts";
import { isTrace } from "./_trace_file.ts";
import { whoAnswered } from "./_who_answered.ts";

/** What the command line says. */
export interface PolicyCheckOptions extends SettingValues, ReportValues {
  readonly "write-baseline"?: boolean;
}

interface Judged {
  readonly subject: Subject;
  /** What ended a script before its end. */
  readonly stopped?: BoctlError;
}

/** Runs a script for its journal. An unexpected refusal ends it, and is judged like the rest. */
async function ranScript(context: Context, name: string): Promise<Judged> {
  const { loadScript } = await import("./_load_script.ts");
  const { runScript } = await import("./_run_script.ts");
  const { ignoresOf, linesOf } = await import("./_policy_script.ts");
  const script = await loadScript(context, name);
  const ignores = ignoresOf(script);
  let stopped: BoctlError | undefined;
  try {
    await runScript(context, script);
  } catch (error) {
    if (!(error instanceof BoctlError) || error.exitCode === exitCodes.usage) throw error;
    stopped = error;
  }
  const { workspace } = context;
  return {
    subject: {
      name: script.file,
      who: whoAnswered(workspace),
      journal: workspace.journal.events,
      lineAt: linesOf(script),
      ignores,
      stopped: stopped !== undefined,
    },
    ...(stopped === undefined ? {} : { stopped }),
  };
}

async function judged(context: Context, name: string | undefined): Promise<Judged> {
  if (name === undefined) {
    const { workspace, script } = context;
    const subject = {
      name: "what was done so far",
      who: whoAnswered(workspace),
      journal: workspace.journal.events,
    };
    if (script === undefined) return { subject };
    const { ignoresOf, linesOf } = await import("./_policy_script.ts");
    // The script goes on: what its later lines ignore has not been done yet.
    return {
      subject: { ...subject, lineAt: linesOf(script), ignores: ignoresOf(script), stopped: true },
    };
  }
  return isTrace(name)
    ? { subject: await traceSubject(context, name) }
    : await ranScript(context, name);
}

/** Makes the findings of a report known; what is known of other scripts and rules stays. */
async function writeBaseline(
  context: Context,
  file: string,
  before: Settings["baseline"],
  report: PolicyReport,
  { journal }: Subject,
): Promise<Result> {
  const found = report.findings.filter((finding) =>
    finding.suppressed?.by !== "comment" &&
    isCounted({ severity: finding.severity }, report.threshold)
  );
  const files = new Set(journal.map(({ at }) => at.file ?? ""));
  const rules = new Set(report.rules.map(({ id }) => id));
  const kept = before?.known.others(files, rules) ?? [];
  await context.writeFile(file, formatBaseline([...kept, ...found.map(knownAs)]));
  return {
    data: { baseline: file, known: found.length, kept: kept.length },
    text: `${escapeText(file)}: ${plural(found.length, "finding")} of ` +
      `${escapeText(report.subject)} known from now on`,
  };
}

/**
 * Judges and reports.
 * @throws {UsageError} before anything runs, for settings and comments that are wrong
 * @throws what ended a script, once what was found before it is told
 */
export async function policyCheck(
  context: Context,
  name: string | undefined,
  options: PolicyCheckOptions,
): Promise<Result> {
  checkReportOptions(options);
  const writes = options["write-baseline"] === true;
  const searched = name === "-" ? undefined : name ?? context.script?.file;
  const settings = await settingsFor(context, options, searched, writes);
  const file = settings.baselineFile;
  if (writes && file === undefined) {
    throw new UsageError("--write-baseline: --baseline FILE says where", {
      word: "--write-baseline",
    });
  }
  const { subject, stopped } = await judged(context, name);
  // A baseline that is written anew does not hide what it is to know.
  const { baseline, ...others } = settings;
  const report = await judgeJournal(subject, writes ? others : settings);
  if (stopped === undefined) {
    return writes && file !== undefined
      ? await writeBaseline(context, file, baseline, report, subject)
      : await answer(context, report, options);
  }
  // The refusal ends the command, but what the rules found before it is told first.
  const { message, exitCode } = stopped;
  const skipped = exitCode === exitCodes.notSupported;
  const result = await answer(context, { ...report, stopped: { message, skipped } }, options);
  const wanted = options.tap === true || options.lava === true;
  if (wanted || result.exitCode !== exitCodes.done) context.show(result.text);
  stopped.soFar = result.data;
  throw stopped;
}
