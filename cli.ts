/**
 * The command line: global options, errors to exit codes.
 *
 * @module
 */
import { BoctlError, exitCodes } from "./errors.ts";
import { overview } from "./commands/help.ts";
import { printError, printOut, terminalColumns } from "./output/terminal.ts";
import { version } from "./version.ts";

/**
 * Not a literal where it is imported: Deno reads all that a literal import names when the program
 * starts, and `--help` needs none of it. A bundle or `deno compile` is to be told of the file.
 */
const INVOKE = "./commands/invoke.ts";

/** An unexpected exception is a bug of ours: said so, with what to report. */
function internalError(error: unknown): number {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  printError(`boctl: internal error, please report it with the command line:\n${text}`);
  return exitCodes.internal;
}

/** An environment variable; without the right to read it, it is as if it were not set. */
function readVariable(name: string): string | undefined {
  try {
    // Shells do not hand COLUMNS on; who sets it means it.
    return Deno.env.get(name) ?? (name === "COLUMNS" ? terminalColumns()?.toString() : undefined);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Runs boctl on a command line and returns the exit code. Never throws. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args[0] === "--help" || args[0] === "-h" || args[0] === "help") {
    printOut(overview(version));
    return args.length === 0 ? exitCodes.usage : exitCodes.done;
  }
  if (args[0] === "--version") {
    printOut(`boctl ${version} (Deno ${Deno.version.deno}, ${Deno.build.arch})`);
    return exitCodes.done;
  }
  const { invoke, sessionFor } = await import(INVOKE) as typeof import("./commands/invoke.ts");
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  try {
    const world = {
      args,
      env: readVariable,
      out: printOut,
      err: printError,
      signal: abort.signal,
    };
    return await invoke({ ...world, session: (plan) => sessionFor(plan, world) });
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
}

if (import.meta.main) {
  let code: number;
  try {
    code = await main(Deno.args);
  } catch (error) {
    if (error instanceof Error && error.name === "OutputClosed") code = exitCodes.done;
    else if (error instanceof BoctlError) {
      printError(`boctl: ${error.message}`);
      code = error.exitCode;
    } else code = internalError(error);
  }
  Deno.exit(code);
}
