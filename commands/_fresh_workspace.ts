/**
 * Workspaces of their own, for scripts that are to find nothing held.
 *
 * @module
 */
import { NotSupported, UsageError } from "../errors.ts";
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
 * @throws {NotSupported} where there is none to be had
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
    throw new NotSupported("there is no second workspace here", "Run it outside of the session.");
  }
  return await context.fresh();
}
