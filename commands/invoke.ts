/**
 * An invocation from words to exit code: results and errors as text or JSON.
 *
 * @module
 */
import { BoctlError, exitCodes, UsageError } from "../errors.ts";
import { backendData } from "../output/json.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { version } from "../version.ts";
import { rendered } from "./_answers.ts";
import {
  type Answers,
  driversOf,
  errorFacts,
  type Plan,
  planInvocation,
  runPlan,
  type Session,
  type World,
} from "./_invocation.ts";
import { commandHelp, overview } from "./help.ts";
import { splitGlobal } from "./parse.ts";

async function runHere(world: World, plan: Plan, answers: Answers): Promise<number> {
  let on: (() => Record<string, unknown>) | undefined;
  let last = plan.commands[0]?.words[0] ?? "";
  try {
    return await runPlan(world, plan, {
      opened: (workspace: Workspace) => {
        const { identity } = workspace.kernel;
        on = () => backendData(identity, driversOf(workspace));
      },
      begins: (command) => {
        last = command;
      },
      done: (command, { data, text, exitCode = 0 }) =>
        answers.result({ command, data, text, exitCode, on: on?.() }),
    });
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    answers.error(errorFacts(last, error, on?.()));
    return error.exitCode;
  }
}

/** The session that a line runs in, if any: see `session/route.ts`. */
export async function sessionFor(
  plan: Plan,
  { env, err }: Pick<World, "env" | "err">,
): Promise<Session | undefined> {
  const { findSession } = await import("../session/route.ts");
  return await findSession(plan, env, (line) => err(`boctl: ${line}`));
}

/**
 * Runs a command line.
 * @returns the exit code
 * @throws only what is a bug of boctl, or that the output cannot be written
 */
export async function invoke(world: World): Promise<number> {
  // Before the words are read, the option is looked for as it is: errors are JSON, too.
  let answers = rendered(world, world.args.includes("--json"));
  let last = "";
  try {
    last = splitGlobal(world.args).rest[0] ?? "";
    const plan = await planInvocation(world);
    answers = rendered(world, plan.json);
    if (plan.json && !plan.help && plan.commands.length === 0) {
      throw new UsageError("no command was given", { hint: "boctl --help lists them." });
    }
    if (plan.help || plan.commands.length === 0) {
      world.out(overview(version));
      return plan.help ? exitCodes.done : exitCodes.usage;
    }
    const helped = plan.commands.find(({ parsed }) => parsed.global.help);
    if (helped !== undefined) {
      world.out(await commandHelp(helped.command));
      return exitCodes.done;
    }
    const session = await world.session?.(plan);
    if (session !== undefined) return await session.run(world.args, answers, world.signal);
    return await runHere(world, plan, answers);
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    answers.error(errorFacts(last, error, undefined));
    return error.exitCode;
  }
}
