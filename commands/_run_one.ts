/**
 * One script, run in the workspace of the command.
 *
 * @module
 */
import { BoctlError, exitCodes, Interrupted } from "../errors.ts";
import type { CheckReport } from "../output/check_report.ts";
import { escapeText } from "../output/escape.ts";
import type { Context, Result } from "./command.ts";
import type { Script } from "./_load_script.ts";
import { RunRecord } from "./_run_record.ts";
import { type RunSettings, writeReport } from "./_run_report.ts";
import { runScript, type Step } from "./_run_script.ts";
import { failureText, stepText } from "./_step_text.ts";
import { whoAnswered } from "./_who_answered.ts";

/** Runs a script whose form has been checked for its record; what ended it is in there. */
export async function recordScript(
  context: Context,
  script: Script,
  options: { readonly keepGoing: boolean; readonly onStep?: (step: Step) => void },
): Promise<{ readonly record: RunRecord; readonly ended?: BoctlError }> {
  const record = new RunRecord(script);
  try {
    await runScript(context, script, {
      keepGoing: options.keepGoing,
      checked: true,
      onStep: (step) => {
        record.take(step);
        options.onStep?.(step);
      },
    });
    return { record };
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    if (!(error instanceof Interrupted)) record.end(error);
    return { record, ended: error };
  }
}

function shown(script: Script, step: Step, settings: RunSettings): string | undefined {
  const { failure, error } = step;
  if (settings.tap || (settings.quiet && failure === undefined)) return undefined;
  if (failure === undefined) return stepText(script, step);
  // What ends the run goes to stderr as its error.
  if (settings.keepGoing) return stepText(script, step);
  return failure === error ? undefined : stepText(script, step);
}

/** Reports of a script that ends with an error: that a file cannot be written does not hide it. */
async function reportAnyway(
  context: Context,
  settings: RunSettings,
  report: CheckReport,
): Promise<void> {
  try {
    const tap = await writeReport(context, settings, report);
    if (tap !== undefined) context.show(tap);
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    context.notice(escapeText(error.message));
  }
}

/**
 * Runs a script and reports.
 * @throws what a command throws that was not expected, unless the script keeps going
 */
export async function runOne(
  context: Context,
  script: Script,
  settings: RunSettings,
): Promise<Result> {
  const { record, ended } = await recordScript(context, script, {
    keepGoing: settings.keepGoing,
    onStep: (step) => {
      const text = shown(script, step, settings);
      if (text !== undefined) context.show(text);
    },
  });
  const who = whoAnswered(context.workspace);
  const policy = await settings.policies?.get(script)?.judge(
    context.workspace,
    ended !== undefined,
  );
  const data = {
    ...record.data(who),
    ...(policy === undefined ? {} : { policy: policy.data }),
  };
  const report: CheckReport = {
    suite: "script",
    subject: `${script.file} on ${who}`,
    outcomes: [...record.cases(), ...policy?.outcomes ?? []],
  };
  if (ended !== undefined && (!settings.keepGoing || ended instanceof Interrupted)) {
    ended.soFar = data;
    if (policy?.failed && !settings.tap) context.show(policy.lines.join("\n"));
    await reportAnyway(context, settings, report);
    throw ended;
  }
  const tap = await writeReport(context, settings, report);
  const verdict = policy?.failed ? "FAIL" : record.verdict;
  const summary = `${verdict} ${escapeText(script.file)} on ${who}: ` +
    [record.counts, ...(policy === undefined ? [] : [policy.counts])].join("; ");
  const exitCode = record.failed > 0 || policy?.failed
    ? exitCodes.checkFailed
    : record.skipped > 0
    ? exitCodes.notSupported
    : exitCodes.done;
  return {
    data: record.failures.length === 0
      ? data
      : { ...data, failures: record.failures.map(failureText) },
    text: tap ?? [
      ...record.failures.map((failure) => `  ${failureText(failure)}`),
      ...policy?.lines ?? [],
      summary,
    ].join("\n"),
    exitCode,
  };
}
