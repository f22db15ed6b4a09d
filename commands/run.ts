/** @module */
import { UsageError } from "../errors.ts";
import { plural } from "../output/plural.ts";
import { escapeText } from "../output/escape.ts";
import { defineCommand, type Result } from "./command.ts";
import { runStatements, type Step, whoAnswered } from "./_run_script.ts";
import { located, locatedAsync } from "./_location.ts";
import { parseScript } from "./_script.ts";

/** The largest script that is read, in bytes. */
const SCRIPT_LIMIT = 16 << 20;

function stepText(step: Step): string {
  const head = `${step.line}: ${
    step.expectation === undefined ? "" : `expect ${step.expectation} `
  }${step.command}`;
  const body = step.error === undefined ? step.result?.text ?? "" : escapeText(step.error.message);
  return [escapeText(head), ...body.split("\n").filter((line) => line !== "").map((l) => `  ${l}`)]
    .join("\n");
}

/** A script's steps as data. */
export function stepData(step: Step): Record<string, unknown> {
  return {
    line: step.line,
    command: step.command,
    ok: step.ok,
    ...(step.expectation === undefined ? {} : { expected: step.expectation }),
    ...(step.result === undefined ? {} : { result: step.result.data }),
    ...(step.error === undefined ? {} : { error: step.error.toData() }),
  };
}

export const command = defineCommand({
  name: "run",
  summary: "run a script: one command a line, expect before a command",
  group: "scripts",
  arguments: [{ name: "FILE", help: "the script, or - for standard input" }],
  options: {
    check: { type: "flag", help: "only read the script: exit 2 where a line is wrong" },
    quiet: { type: "flag", help: "only the summary and what fails" },
  },
  details: `A line is a command as in the shell, without "boctl"; # begins a comment.
  expect EACCES mmap ro --write 0=de     the command fails with that errno
  expect ok create --size 4KiB           it succeeds
  expect bytes=deadbeef mmap a --read 0:4
  expect exit=2 create --size 0x         it ends with that exit code
  expect stale device read a 0:4         the device reads stale bytes (fresh: none)
The script stops at the first thing that is not as expected.`,
  examples: [
    { line: "run repro.boctl --device sim:qemu", shows: "the summary names backend and driver" },
    { line: "run repro.boctl --device vgem", shows: "the same on this machine" },
  ],
  needsKernel: ({ options }) => !options.check,
  async run(context, { options, words }): Promise<Result> {
    const name = words[0] ?? "";
    const bytes = name === "-"
      ? await context.readStdin(SCRIPT_LIMIT)
      : await context.readFile(name, SCRIPT_LIMIT);
    const file = name === "-" ? "(standard input)" : name;
    const text = new TextDecoder().decode(bytes);
    const statements = located(() => parseScript(text), file);
    if (statements.length === 0) {
      throw new UsageError(`${file}: there is no command in it`, { word: name });
    }
    if (options.check) {
      const { checkStatements } = await import("./_check_script.ts");
      await locatedAsync(() => checkStatements(statements), file);
      return {
        data: { file, commands: statements.length, checked: true },
        text: `${escapeText(file)}: ${statements.length} commands, nothing wrong with their form`,
      };
    }
    const done: Step[] = [];
    const { steps, expectations } = await locatedAsync(
      () =>
        runStatements(context, statements, file, (step) => {
          done.push(step);
          if (!options.quiet || !step.ok) context.show(stepText(step));
        }),
      file,
    );
    const who = whoAnswered(context.workspace);
    return {
      data: { file, commands: steps.length, expectations, who, steps: steps.map(stepData) },
      text: `PASS ${escapeText(file)} on ${who}: ${plural(steps.length, "command")}, ${
        plural(expectations, "expectation")
      } held`,
    };
  },
});
