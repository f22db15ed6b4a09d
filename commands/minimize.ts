/** @module */
import { BoctlError, exitCodes, Interrupted, NotSupported, UsageError } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import { type Context, defineCommand, type Result } from "./command.ts";
import { checkScript } from "./_check_script.ts";
import { failureKinds } from "./_failure_kind.ts";
import { freshWorkspace, inWorkspace } from "./_fresh_workspace.ts";
import { loadScript, readScript, type Script } from "./_load_script.ts";
import { minimized } from "./_minimize.ts";
import { runScript, type Step } from "./_run_script.ts";
import type { Statement } from "./_script.ts";
import { countStatements, scriptLines, withoutIncludes } from "./_script_edit.ts";
import { failureText } from "./_step_text.ts";
import { whoAnswered } from "./_who_answered.ts";

/** How many trials are made where `--trials` does not say. */
const TRIALS = 2000;

/** How a script failed. */
interface Failure {
  readonly error: BoctlError;
  readonly kinds: readonly string[];
  readonly who: string;
}

/** Runs a script in a workspace of its own; how it failed, if it did. */
async function failureOf(context: Context, script: Script): Promise<Failure | undefined> {
  const workspace = await freshWorkspace(context);
  let last: Step | undefined;
  try {
    await runScript(inWorkspace(context, workspace), script, {
      onStep: (step) => {
        last = step;
      },
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof BoctlError) || error instanceof Interrupted) throw error;
    const step = last?.failure === error ? last : undefined;
    return { error, kinds: failureKinds(error, step), who: whoAnswered(workspace) };
  } finally {
    workspace.close();
  }
}

/** Trials of shorter scripts against a kind of failure; the same script is tried once. */
class Trials {
  readonly #context: Context;
  readonly #file: string;
  readonly #kind: string;
  readonly #most: number;
  readonly #known = new Map<string, boolean>();
  /** Whether a trial was left out because there had been too many. */
  spent = false;

  constructor(context: Context, file: string, kind: string, most: number) {
    this.#context = context;
    this.#file = file;
    this.#kind = kind;
    this.#most = most;
  }

  get made(): number {
    return this.#known.size;
  }

  async fails(statements: readonly Statement[]): Promise<boolean> {
    const text = scriptLines(statements).join("\n");
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.made >= this.#most) {
      this.spent = true;
      return false;
    }
    const failure = await failureOf(this.#context, {
      file: this.#file,
      statements,
      comments: [],
    });
    const same = failure?.kinds.includes(this.#kind) === true;
    this.#known.set(text, same);
    return same;
  }
}

/**
 * Refuses what is no failing script.
 * @throws {UsageError} for one that passes, the skip of one that is not supported here
 */
function failing(failure: Failure | undefined, file: string, context: Context): Failure {
  if (failure === undefined) {
    throw new UsageError(
      `${file} passes on ${context.workspace.kernel.identity.name}: there is nothing to minimize`,
      { hint: "Say with expect what must happen and does not." },
    );
  }
  if (failure.error.exitCode === exitCodes.notSupported) throw failure.error;
  return failure;
}

export const command = defineCommand({
  name: "minimize",
  summary: "shrink a failing script to the shortest that still fails the same way",
  group: "scripts",
  arguments: [{ name: "FILE", help: "the script, or - for standard input" }],
  options: {
    out: { type: "text", value: "FILE", help: "write the script to a file instead of printing it" },
    trials: { type: "integer", value: "N", help: `at most this many runs (default ${TRIALS})` },
    "live-trials": { type: "flag", help: "run the trials on this machine's devices" },
  },
  details: `Each trial runs a shorter script in a workspace of its own. The same way means: the
same expectation, and the same errno, exit code or bytes, stale or not, instead; the
same call with the same errno; the same rule found by policy-check; the same message
of wrong usage. Statements are taken out, includes replaced by what stands in them,
repeats shortened or written out, variables written into their lines, then options
taken out and sizes made smaller. Comments of the lines that stay are kept.

A script that passes is exit 2, one that is a skip 77. On a live kernel the trials
are up to ${TRIALS} scripts of your devices' time, some of them nonsense: that is
exit 77 unless --live-trials says so.`,
  examples: [
    {
      line: "--device sim:panthor minimize fixtures/scripts/one_clean_short.boctl",
      shows: "the three lines that matter",
    },
  ],
  async run(context, { options, words }): Promise<Result> {
    const { identity } = context.workspace.kernel;
    if (identity.backend === "live" && !options["live-trials"]) {
      throw new NotSupported(
        "minimize: trials on this machine's devices are made only with --live-trials",
        "On a simulated board they need no consent: --device sim:BOARD.",
      );
    }
    const script = await loadScript(context, words[0] ?? "");
    const { file } = script;
    const statements = withoutIncludes(script.statements);
    // What is wrong with its form is told as it is.
    await checkScript(statements);
    const first = failing(await failureOf(context, script), file, context);
    const [kind = ""] = first.kinds;
    const trials = new Trials(context, file, kind, options.trials ?? TRIALS);
    const kept = await minimized(statements, (shorter) => trials.fails(shorter));
    const [from, to] = [countStatements(statements), countStatements(kept)];
    const told = `${escapeText(file)} from ${plural(from, "statement")} to ${to}, ` +
      `${plural(trials.made, "trial")}${trials.spent ? " (no more were allowed)" : ""}`;
    const text = [
      `# minimized: ${told}`,
      `# on ${first.who}: ${escapeText(kind)}`,
      ...scriptLines(kept),
      "",
    ].join("\n");
    // What is handed over is what was tried: the text itself runs once more.
    const again = await failureOf(context, await readScript(context, text, file));
    if (again?.kinds.includes(kind) !== true) {
      throw new Error(`the minimized script does not fail as ${kind}:\n${text}`);
    }
    if (options.out !== undefined) await context.writeFile(options.out, text);
    return {
      data: {
        file,
        who: first.who,
        failure: kind,
        message: failureText(first.error),
        from,
        to,
        trials: trials.made,
        complete: !trials.spent,
        script: text,
      },
      text: options.out === undefined
        ? text.trimEnd()
        : `${escapeText(options.out)}: ${told}; fails: ${escapeText(kind)}`,
    };
  },
});
