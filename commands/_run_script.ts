/**
 * Running the statements of a script one after another.
 *
 * @module
 */
import { BoctlError, CheckFailed, exitCodes, Interrupted, UsageError } from "../errors.ts";
import type { Device } from "../workspace/objects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Context, Result } from "./command.ts";
import { execute, quoteWords } from "./execute.ts";
import { judge, place, type Statement } from "./_script.ts";

/** How deep scripts may run scripts. */
const DEEPEST = 16;

/** What became of one statement. */
export interface Step {
  readonly line: number;
  readonly command: string;
  readonly expectation?: string;
  readonly ok: boolean;
  readonly result?: Result;
  /** An error that was expected. */
  readonly error?: BoctlError;
}

/** Counts of a run. */
export interface Run {
  readonly steps: readonly Step[];
  readonly expectations: number;
}

/**
 * Runs statements; `onStep` hears of each as it is done.
 * @throws what a command throws that was not expected, with its place in the script
 */
export async function runStatements(
  context: Context,
  statements: readonly Statement[],
  file: string | undefined,
  onStep: (step: Step) => void = () => {},
): Promise<Run> {
  const depth = (context.depth ?? 0) + 1;
  if (depth > DEEPEST) {
    throw new UsageError(`scripts run scripts more than ${DEEPEST} deep`, {
      hint: "Does one of them run itself?",
    });
  }
  const inner: Context = { ...context, depth };
  const steps: Step[] = [];
  let expectations = 0;
  for (const { line, words, expectation } of statements) {
    // A pending Ctrl-C is heard here: the event loop turns between two commands.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (context.signal.aborted) throw place(new Interrupted("interrupted"), line, words);
    const texts = words.map(({ text }) => text);
    const at = file === undefined ? {} : { file, line };
    const command = quoteWords(texts);
    let result: Result | undefined;
    let error: BoctlError | undefined;
    try {
      result = await execute(inner, texts, at);
    } catch (thrown) {
      if (!(thrown instanceof BoctlError)) throw thrown;
      error = thrown;
    }
    try {
      if (expectation !== undefined) {
        // A misspelt command is no refusal, and what is not supported here makes the script a skip:
        // both can be expected only by their exit code.
        const { usage, notSupported } = exitCodes;
        const told = error?.exitCode === usage || error?.exitCode === notSupported;
        if (told && expectation.wanted.kind !== "exit") throw error;
        judge(expectation, result, error);
        expectations++;
      } else if (error !== undefined) throw error;
      else if (result?.exitCode) {
        const failed = new CheckFailed(`${texts[0]}: the check failed (exit ${result.exitCode})`);
        onStep({ line, command, ok: false, result });
        throw failed;
      }
    } catch (thrown) {
      throw thrown instanceof Error ? place(thrown, line, words) : thrown;
    }
    const step: Step = {
      line,
      command,
      ok: true,
      ...(expectation === undefined ? {} : { expectation: expectation.text }),
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
    };
    steps.push(step);
    onStep(step);
  }
  return { steps, expectations };
}

/** `live, vgem 1.0` or `sim:qemu, vgem 1.0`: who answered, for every summary. */
export function whoAnswered(workspace: Workspace): string {
  const { identity } = workspace.kernel;
  const devices = workspace.held.filter((held): held is Device => held.kind === "device")
    .map(({ version }) => `${version.name} ${version.major}.${version.minor}`);
  const name = identity.backend === "live" ? `live, Linux ${identity.release}` : identity.name;
  return [name, ...new Set(devices)].join(", ");
}
