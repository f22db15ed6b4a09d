/** @module */
import { BoctlError, exitCodes, UsageError } from "../errors.ts";
import { plural } from "../output/plural.ts";
import { escapeText } from "../output/escape.ts";
import { checkJournal, type RuleFinding } from "../policy/check.ts";
import { type Context, defineCommand, type Result } from "./command.ts";
import { needProbe, probeOptions } from "./_probe_options.ts";
import { whoAnswered } from "./_who_answered.ts";

function where(finding: RuleFinding): string {
  const { file, line, command } = finding.at;
  return file === undefined ? command : `${file}:${line}: ${command}`;
}

function findingText(finding: RuleFinding): string {
  return escapeText(`${finding.severity} ${finding.rule}: ${finding.message}`) +
    `\n  at ${escapeText(where(finding))}`;
}

function report(
  findings: readonly RuleFinding[],
  subject: string,
  who: string,
  notes: boolean,
): Result {
  const count = (severity: string): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const shown = notes ? findings : findings.filter(({ severity }) => severity !== "note");
  const hidden = findings.length - shown.length;
  const failed = count("error") + count("warning") > 0;
  const summary =
    `${failed ? "FAIL" : "PASS"} ${escapeText(subject)} on ${who}: ${
      ["error", "warning", "note"].map((word) => plural(count(word), word)).join(", ")
    }` +
    (hidden > 0 ? " (--notes shows them)" : "");
  const explained = [...new Set(shown.map(({ rule }) => rule))];
  const hint = explained.length > 0 ? [`  more: boctl explain ${explained.join(" | ")}`] : [];
  return {
    data: { subject, who, findings },
    text: [...shown.map(findingText), summary, ...hint].join("\n"),
    exitCode: failed ? exitCodes.checkFailed : exitCodes.done,
  };
}

/**
 * Runs a script for its journal. An unexpected refusal ends it, and is judged like the rest.
 * @returns the script's name in messages, and what ended it
 */
async function runJudged(
  context: Context,
  name: string,
): Promise<{ readonly file: string; readonly stopped?: BoctlError }> {
  const { loadScript } = await import("./_load_script.ts");
  const { runScript } = await import("./_run_script.ts");
  const script = await loadScript(context, name);
  try {
    await runScript(context, script);
    return { file: script.file };
  } catch (error) {
    if (!(error instanceof BoctlError) || error.exitCode === exitCodes.usage) throw error;
    return { file: script.file, stopped: error };
  }
}

/** Rule ids separated by commas; undefined where the option was not given. */
function ruleList(text: string | undefined, option: string): readonly string[] | undefined {
  const ids = text?.split(",").filter((id) => id !== "");
  if (ids?.length === 0) {
    throw new UsageError(`--${option} names no rule`, { hint: "boctl explain lists the rules." });
  }
  return ids;
}

export const command = defineCommand({
  name: "policy-check",
  summary: "hold what was done against the rules of the threads",
  group: "policy",
  arguments: [
    {
      name: "SCRIPT",
      help: "a script to run and judge (- for standard input); without it, what was done so far",
      optional: true,
    },
  ],
  options: {
    select: { type: "text", value: "RULES", help: "only these rules, separated by commas" },
    ignore: { type: "text", value: "RULES", help: "not these rules" },
    notes: { type: "flag", help: "show notes, too" },
    probe: { type: "flag", help: "ask a device what each rule is about, instead" },
    ...probeOptions,
  },
  details: `Errors and warnings are exit 1, notes alone are exit 0.
boctl explain lists the rules, boctl explain RULE tells one in full. A script that
stops at an unexpected refusal is judged up to there; the exit code is the refusal's.`,
  examples: [
    {
      line:
        "--device sim:qemu create --size 4KiB --as a , export a , export a --rdwr , policy-check",
      shows: "late-rdwr",
    },
    { line: "--device sim:panthor policy-check repro.boctl", shows: "a script, judged" },
    { line: "--device sim:panthor@6.12 policy-check --probe", shows: "a device, asked" },
  ],
  ownProcess: ({ options, words }) => words.length > 0 || options.probe,
  async run(context, { options, words }): Promise<Result> {
    const select = ruleList(options.select, "select");
    const ignore = ruleList(options.ignore, "ignore");
    if (options.probe) {
      const { probeDevice } = await import("./_probe.ts");
      return await probeDevice(context, { options: { ...options, select, ignore }, words });
    }
    needProbe(options);
    const chosen = {
      ...(select === undefined ? {} : { select }),
      ...(ignore === undefined ? {} : { ignore }),
    };
    // Rule names are checked before anything runs.
    await checkJournal([], chosen);
    const name = words[0];
    const ran = name === undefined ? undefined : await runJudged(context, name);
    const stopped = ran?.stopped;
    const judged = report(
      await checkJournal(context.workspace.journal.events, chosen),
      ran?.file ?? "what was done so far",
      whoAnswered(context.workspace),
      options.notes,
    );
    if (stopped === undefined) return judged;
    // The refusal ends the command, but what the rules found before it is told first.
    if (judged.exitCode !== exitCodes.done) context.show(judged.text);
    stopped.soFar = judged.data;
    throw stopped;
  },
});
