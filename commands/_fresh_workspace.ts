/**
 * Workspaces of their own, for scripts that are to find nothing held.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Context } from "./command.ts";

/** A context like another one, with a workspace of its own. */
export function inWorkspace(context: Context, workspace: Workspace): Context {
  return {
    ...context,
    workspace,
    begin: (source) => {
      workspace.journal.at = source;
    },
    show: () => {},
  };
}

/**
 * Another workspace like the command's.
 * @throws {UsageError} where there is none to be had
 * @throws {UsageError} with --record: a trace is of one kernel
 */
export async function freshWorkspace(context: Context): Promise<Workspace> {
  if (context.asked.record !== undefined) {
    throw new UsageError("--record: these scripts have a kernel each, a trace is of one", {
      word: "--record",
      hint: "Record them one by one: boctl run FILE --record TRACE.",
    });
  }
  if (context.fresh === undefined) {
    throw new UsageError("a session has one workspace: this needs one for each script", {
      hint: "Run it outside of the session: --session none.",
    });
  }
  return await context.fresh();
}
