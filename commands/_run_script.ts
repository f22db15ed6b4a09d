/**
 * Running the statements of a script one after another.
 *
 * @module
 */
import {
  BoctlError,
  CheckFailed,
  exitCodes,
  Interrupted,
  NotSupported,
  UsageError,
} from "../errors.ts";
import { turn } from "../workspace/turn.ts";
import { checkScript } from "./_check_script.ts";
import type { Context, Result } from "./command.ts";
import { execute, quoteWords } from "./execute.ts";
import { type Expectation, parseExpectation } from "./_expectation.ts";
import { judge } from "./_judge.ts";
import type { Script } from "./_load_script.ts";
import { type Line, place } from "./_location.ts";
import type { CommandStatement, RepeatStatement, RequireStatement, Statement } from "./_script.ts";
import { MOST_STEPS, tooManySteps, Variables } from "./_variables.ts";

/** How deep scripts may run scripts. */
const DEEPEST = 16;

/** What became of one command. */
export interface Step {
  readonly at: Line;
  /** As it ran, variables replaced. */
  readonly command: string;
  readonly statement: CommandStatement;
  readonly expectation?: string;
  readonly result?: Result;
  /** What the command threw, expected or not. */
  readonly error?: BoctlError;
  /** Why the step is not as it should be; absent where it is. */
  readonly failure?: BoctlError;
}

/** How a script runs. */
export interface RunOptions {
  /** Hears of each command as it is done, failed ones included. */
  readonly onStep?: (step: Step) => void;
  /** Commands after a failed one run, too. */
  readonly keepGoing?: boolean;
  /** Its form has been checked. */
  readonly checked?: boolean;
}

class Runner {
  readonly #context: Context;
  readonly #options: RunOptions;
  readonly #variables = new Variables();
  #steps = 0;

  constructor(context: Context, options: RunOptions) {
    this.#context = context;
    this.#options = options;
  }

  async run(statements: readonly Statement[]): Promise<void> {
    for (const statement of statements) {
      await this.#count(statement);
      switch (statement.kind) {
        case "command":
          await this.#command(statement);
          break;
        case "set":
          this.#variables.set(statement);
          break;
        case "require":
          await this.#require(statement);
          break;
        case "include":
          await this.run(statement.body);
          break;
        case "repeat":
          await this.#repeat(statement);
      }
    }
  }

  /** A pending Ctrl-C is heard here: the event loop turns between two statements. */
  async #count({ at, words }: Statement): Promise<void> {
    const { signal } = this.#context;
    if (++this.#steps > MOST_STEPS) throw place(tooManySteps(), at, words);
    try {
      await turn(signal);
    } catch (error) {
      throw error instanceof Error ? place(error, at, words) : error;
    }
  }

  async #repeat(statement: RepeatStatement): Promise<void> {
    const passes = this.#variables.passes(statement);
    using counter = this.#variables.enter(statement);
    for (let pass = 0; pass < passes; pass++) {
      await this.#count(statement);
      counter.pass(pass);
      await this.run(statement.body);
    }
  }

  async #require({ words, at }: RequireStatement): Promise<void> {
    const expanded = this.#variables.expand(words, at);
    const texts = expanded.map(({ text }) => text);
    const { parseRequirement, unmet } = await import("./_requirement.ts");
    try {
      const why = await unmet(this.#context.workspace, parseRequirement(texts));
      if (why !== undefined) throw new NotSupported(`require ${quoteWords(texts)}: ${why}`);
    } catch (error) {
      throw error instanceof Error ? place(error, at, expanded) : error;
    }
  }

  async #command(statement: CommandStatement): Promise<void> {
    const { at } = statement;
    const words = this.#variables.expand(statement.words, at);
    const conditions = this.#variables.expand(statement.condition ?? [], at);
    const texts = words.map(({ text }) => text);
    let expectation: Expectation | undefined;
    let outcome: { result?: Result; error?: BoctlError } = {};
    let failure: BoctlError | undefined;
    const since = this.#context.workspace.journal.events.length;
    try {
      if (statement.condition !== undefined) {
        expectation = parseExpectation(conditions.map(({ text }) => text));
      }
      outcome = await this.#execute(texts, at);
      if (expectation === undefined) unexpected(texts[0] ?? "", outcome);
      else await this.#judge(expectation, outcome, since);
    } catch (thrown) {
      if (!(thrown instanceof BoctlError)) throw thrown;
      failure = place(thrown, at, [...words, ...conditions]);
    }
    this.#options.onStep?.({
      at,
      command: quoteWords(texts),
      statement,
      ...(expectation === undefined ? {} : { expectation: expectation.text }),
      ...outcome,
      ...(failure === undefined ? {} : { failure }),
    });
    if (failure === undefined) return;
    if (this.#options.keepGoing !== true || failure instanceof Interrupted) throw failure;
  }

  async #execute(
    texts: readonly string[],
    at: Line,
  ): Promise<{ result?: Result; error?: BoctlError }> {
    try {
      return { result: await execute(this.#context, texts, at) };
    } catch (error) {
      if (error instanceof BoctlError) return { error };
      throw error;
    }
  }

  async #judge(
    expectation: Expectation,
    outcome: { result?: Result; error?: BoctlError },
    since: number,
  ): Promise<void> {
    // A misspelt command is no refusal, and what is not supported here makes the script a skip:
    // both can be expected only by their exit code. An interrupt is nothing to expect.
    const { usage, notSupported, interrupted } = exitCodes;
    const exit = outcome.error?.exitCode ?? 0;
    const told = exit === usage || exit === notSupported;
    const throws = exit === interrupted || (told && expectation.wanted.kind !== "exit");
    if (throws) throw outcome.error;
    await judge(expectation, outcome, this.#context.workspace, since);
  }
}

/** Throws what is a failure where nothing else is expected. */
function unexpected(
  command: string,
  { result, error }: { result?: Result; error?: BoctlError },
): void {
  if (error !== undefined) throw error;
  if (result?.exitCode === exitCodes.notSupported) {
    throw new NotSupported(`${command}: not supported here`);
  }
  if (result?.exitCode) {
    throw new CheckFailed(`${command}: the check failed (exit ${result.exitCode})`);
  }
}

/**
 * Checks a script's form, then runs it in the context's workspace.
 * @throws what a command throws that was not expected, with its place in the script
 */
export async function runScript(
  context: Context,
  script: Script,
  options: RunOptions = {},
): Promise<void> {
  const depth = (context.depth ?? 0) + 1;
  if (depth > DEEPEST) {
    throw new UsageError(`scripts run scripts more than ${DEEPEST} deep`, {
      hint: "Does one of them run itself?",
    });
  }
  if (options.checked !== true) await checkScript(script.statements);
  await new Runner({ ...context, depth, script }, options).run(script.statements);
}
