/** @module */
import { UsageError } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import { type Context, defineCommand, type Result } from "./command.ts";
import { checkScript } from "./_check_script.ts";
import { commandsIn, loadScript, type Script } from "./_load_script.ts";
import type { PolicyOfRun } from "./_run_policy.ts";

/** What each script is judged by, read before the first one runs. */
async function policiesOf(
  context: Context,
  scripts: readonly Script[],
  names: readonly string[],
): Promise<ReadonlyMap<Script, PolicyOfRun>> {
  const { PolicyOfRun } = await import("./_run_policy.ts");
  const policies = new Map<Script, PolicyOfRun>();
  for (const [i, script] of scripts.entries()) {
    policies.set(script, await PolicyOfRun.prepare(context, script, names[i] ?? "-"));
  }
  return policies;
}

export const command = defineCommand({
  name: "run",
  summary: "run scripts: one command a line, expect before a command",
  group: "scripts",
  arguments: [{ name: "FILE", help: "a script, or - for standard input", many: true }],
  options: {
    check: { type: "flag", help: "only read the scripts: exit 2 where a line is wrong" },
    quiet: { type: "flag", help: "only the summary and what fails" },
    "keep-going": { type: "flag", help: "go on after a failure; all are listed at the end" },
    policy: { type: "flag", help: "hold what was done against the rules; exit 1 on a finding" },
    tap: { type: "flag", help: "print TAP version 14" },
    junit: { type: "text", value: "FILE", help: "write JUnit XML to a file, too" },
  },
  details: `A line is a command as in the shell, without "boctl"; # begins a comment.
  expect EACCES mmap ro --write 0=de     the command fails with that errno
  expect ok create --size 4KiB           it succeeds
  expect bytes=deadbeef mmap a --read 0:4
  expect exit=2 create --size 0x         it ends with that exit code
  expect stale device read a 0:4         the device reads stale bytes (fresh: none)
  expect json size=8192 info a           its --json result has that value
  expect violation=late-rdwr export a    that rule finds it (boctl explain)
  set NAME VALUE                         $NAME and \${NAME} in words; $$ is a dollar
  repeat N [as NAME] … end               $i, or $NAME, counts from 0
  include FILE                           relative to the file it stands in
  require driver panthor                 else the script is a skip, exit 77; also
      capability NAME, coherent, non-coherent, backend live|sim, kernel >= X.Y
A script stops at the first thing that is not as expected. All of it is read
before its first command runs. docs/scripts.md has the whole language.

Several scripts run in a workspace each, at the same time on the simulator: exit 1
where one failed, 77 where all were skips. --policy judges each by the nearest
boctl.jsonc, as policy-check does. A report has a case for each line with
an expectation and each that failed; of several scripts, one for each.`,
  examples: [
    { line: "run repro.boctl --device sim:qemu", shows: "the summary names backend and driver" },
    { line: "run repro.boctl --device vgem", shows: "the same on this machine" },
    { line: "run repro.boctl --keep-going --tap", shows: "a report that CI systems read" },
    { line: "run repro.boctl repro.boctl", shows: "of several scripts a line each, and a total" },
  ],
  needsKernel: ({ options }) => !options.check,
  async run(context, { options, words }): Promise<Result> {
    if (words.filter((word) => word === "-").length > 1) {
      throw new UsageError("run: standard input can be read once", { word: "-" });
    }
    const scripts: Script[] = [];
    for (const word of words) scripts.push(await loadScript(context, word));
    // What is wrong with the form of any of them is told before the first one runs.
    for (const { statements } of scripts) await checkScript(statements);
    if (options.check) {
      const files = scripts.map((script) => ({
        file: script.file,
        commands: commandsIn(script.statements),
        checked: true,
      }));
      const [first] = files;
      return {
        data: files.length === 1 && first !== undefined ? first : { files },
        text: files.map(({ file, commands }) =>
          `${escapeText(file)}: ${plural(commands, "command")}, nothing wrong with their form`
        ).join("\n"),
      };
    }
    const policies = options.policy ? await policiesOf(context, scripts, words) : undefined;
    const settings = {
      quiet: options.quiet,
      keepGoing: options["keep-going"],
      tap: options.tap,
      junit: options.junit,
      ...(policies === undefined ? {} : { policies }),
    };
    const [script] = scripts;
    if (scripts.length === 1 && script !== undefined) {
      const { runOne } = await import("./_run_one.ts");
      return await runOne(context, script, settings);
    }
    const { runMany } = await import("./_run_many.ts");
    return await runMany(context, scripts, settings);
  },
});
