/** @module */
import { exitCodes } from "../errors.ts";
import { plural } from "../output/plural.ts";
import { escapeText } from "../output/escape.ts";
import { checkJournal, type RuleFinding } from "../policy/check.ts";
import { type Context, defineCommand, type Result } from "./command.ts";
import { locatedAsync } from "./_location.ts";
import { runStatements, whoAnswered } from "./_run_script.ts";
import { parseScript } from "./_script.ts";

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

async function checkScript(context: Context, file: string): Promise<void> {
  const bytes = file === "-"
    ? await context.readStdin(16 << 20)
    : await context.readFile(file, 16 << 20);
  const name = file === "-" ? "(standard input)" : file;
  await locatedAsync(
    // What the script expects is its own affair: refusals are part of what is judged.
    () => runStatements(context, parseScript(new TextDecoder().decode(bytes)), name),
    name,
  );
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
  },
  details: `Errors and warnings are exit 1, notes alone are exit 0.
boctl explain lists the rules, boctl explain RULE tells one in full.`,
  examples: [
    {
      line:
        "--device sim:qemu create --size 4KiB --as a , export a , export a --rdwr , policy-check",
      shows: "late-rdwr",
    },
    { line: "--device sim:panthor policy-check repro.boctl", shows: "a script, judged" },
  ],
  async run(context, { options, words }): Promise<Result> {
    const list = (text: string | undefined): readonly string[] | undefined =>
      text?.split(",").filter((id) => id !== "");
    const select = list(options.select);
    const ignore = list(options.ignore);
    const chosen = {
      ...(select === undefined ? {} : { select }),
      ...(ignore === undefined ? {} : { ignore }),
    };
    const script = words[0];
    // Rule names are checked before anything runs.
    await checkJournal([], chosen);
    if (script !== undefined) {
      await checkScript(context, script);
    }
    const findings = await checkJournal(context.workspace.journal.events, chosen);
    return report(
      findings,
      script ?? "what was done so far",
      whoAnswered(context.workspace),
      options.notes,
    );
  },
});
