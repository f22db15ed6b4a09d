/**
 * Several scripts, each in a workspace of its own.
 *
 * @module
 */
import { type BoctlError, exitCodes, Interrupted } from "../errors.ts";
import type { CheckOutcome } from "../output/check_report.ts";
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import type { Context, Result } from "./command.ts";
import { freshWorkspace, inWorkspace } from "./_fresh_workspace.ts";
import type { Script } from "./_load_script.ts";
import { recordScript } from "./_run_one.ts";
import { type RunSettings, writeReport } from "./_run_report.ts";
import { failureText } from "./_step_text.ts";
import { whoAnswered } from "./_who_answered.ts";

/** How many scripts run at the same time on the simulator. */
const AT_ONCE = 8;

/** What became of one script. */
interface Ran {
  readonly verdict: "PASS" | "FAIL" | "SKIP";
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly outcome: CheckOutcome;
  /** What ends the whole run. */
  readonly interrupted?: BoctlError;
}

async function ranScript(context: Context, script: Script, settings: RunSettings): Promise<Ran> {
  const workspace = await freshWorkspace(context);
  try {
    const own = inWorkspace(context, workspace);
    const { record, ended } = await recordScript(own, script, { keepGoing: settings.keepGoing });
    const who = whoAnswered(workspace);
    const policy = await settings.policies?.get(script)?.judge(workspace, ended !== undefined);
    const { failures } = record;
    const verdict = policy?.failed ? "FAIL" : record.verdict;
    const counts = [record.counts, ...(policy === undefined ? [] : [policy.counts])].join("; ");
    const broken = policy?.outcomes.filter(({ status }) => status === "fail") ?? [];
    const details = [
      ...failures.map(failureText),
      ...broken.map(({ name, detail }) => escapeText(`${name}: ${detail}`)),
    ];
    const status = { PASS: "ok", FAIL: "fail", SKIP: "unsupported" } as const;
    return {
      verdict,
      text: [
        `${verdict} ${escapeText(script.file)} on ${who}: ${counts}`,
        ...details.map((line) => `  ${line}`),
      ].join("\n"),
      data: {
        ...record.data(who),
        ...(policy === undefined ? {} : { policy: policy.data }),
        verdict: verdict.toLowerCase(),
        ...(details.length === 0 ? {} : { failures: details }),
      },
      outcome: {
        name: script.file,
        status: status[verdict],
        detail: verdict === "PASS" ? counts : details.join("; "),
      },
      ...(ended instanceof Interrupted ? { interrupted: ended } : {}),
    };
  } finally {
    workspace.close();
  }
}

/** Runs scripts and tells of each in the order of the files, and of all. */
export async function runMany(
  context: Context,
  scripts: readonly Script[],
  settings: RunSettings,
): Promise<Result> {
  // On a live kernel scripts would share its devices, and each other's waits.
  const { backend } = context.workspace.kernel.identity;
  const lanes = backend === "sim" ? Math.min(AT_ONCE, scripts.length) : 1;
  const done: (Ran | undefined)[] = scripts.map(() => undefined);
  let begun = 0;
  let told = 0;
  const lane = async (): Promise<void> => {
    while (begun < scripts.length && !context.signal.aborted) {
      const mine = begun++;
      const script = scripts[mine];
      if (script === undefined) return;
      done[mine] = await ranScript(context, script, settings);
      for (let next = done[told]; next !== undefined; next = done[++told]) {
        if (!settings.tap && !(settings.quiet && next.verdict === "PASS")) context.show(next.text);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const ran = done.filter((one) => one !== undefined);
  const count = (verdict: Ran["verdict"]): number =>
    ran.filter((one) => one.verdict === verdict).length;
  const [passed, failed, skipped] = [count("PASS"), count("FAIL"), count("SKIP")];
  const who = context.workspace.kernel.identity;
  const subject = who.backend === "live" ? `live, Linux ${who.release}` : who.name;
  const data = {
    scripts: ran.map((one) => one.data),
    passed,
    failed,
    skipped,
  };
  if (context.signal.aborted) {
    const interrupted = new Interrupted("interrupted");
    interrupted.soFar = data;
    throw interrupted;
  }
  const tap = await writeReport(context, settings, {
    suite: "script",
    subject,
    outcomes: ran.map(({ outcome }) => outcome),
  });
  return {
    data,
    text: tap ??
      `${plural(ran.length, "script")} on ${subject}: ${passed} passed, ${failed} failed, ` +
        `${skipped} skipped`,
    exitCode: failed > 0
      ? exitCodes.checkFailed
      : skipped === ran.length
      ? exitCodes.notSupported
      : exitCodes.done,
  };
}
