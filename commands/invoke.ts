/**
 * An invocation from words to exit code: results and errors as text or JSON.
 *
 * @module
 */
import { BoctlError, exitCodes, UsageError } from "../errors.ts";
import { errorText } from "../output/errors.ts";
import { backendData, errorAnswer, resultAnswer, toJson } from "../output/json.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { version } from "../version.ts";
import { driversOf, planInvocation, runPlan, type World } from "./_invocation.ts";
import { locationOf } from "./_location.ts";
import { overview } from "./help.ts";
import { splitGlobal } from "./parse.ts";

/**
 * Runs a command line.
 * @returns the exit code
 * @throws only what is a bug of boctl, or that the output cannot be written
 */
export async function invoke(world: World): Promise<number> {
  let on: (() => Record<string, unknown>) | undefined;
  let last = "";
  // Before the words are read, the option is looked for as it is: errors are JSON, too.
  let json = world.args.includes("--json");
  try {
    last = splitGlobal(world.args).rest[0] ?? "";
    const plan = await planInvocation(world);
    json = plan.json;
    if (json && !plan.help && plan.commands.length === 0) {
      throw new UsageError("no command was given", { hint: "boctl --help lists them." });
    }
    if (plan.help || plan.commands.length === 0) {
      world.out(overview(version));
      return plan.help ? exitCodes.done : exitCodes.usage;
    }
    last = plan.commands[0]?.words[0] ?? "";
    return await runPlan(world, plan, {
      opened: (workspace: Workspace) => {
        const { identity } = workspace.kernel;
        on = () => backendData(identity, driversOf(workspace));
      },
      begins: (command) => {
        last = command;
      },
      done: (command, result) => {
        world.out(
          json
            ? toJson(resultAnswer(command, result.data, result.exitCode ?? 0, on?.()))
            : result.text,
        );
      },
    });
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    const at = locationOf(error);
    if (json) world.out(toJson(errorAnswer(last, error, on?.(), at)));
    else world.err(errorText(error, at));
    return error.exitCode;
  }
}
