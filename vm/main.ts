import { GuestError, SetupError, UsageError } from "./errors.ts";
import { note } from "./output.ts";

/** Exit statuses of the programs of this folder, by what was thrown. */
const STATUS = {
  usage: 2,
  setup: 4,
  timeout: 124,
  died: 125,
  kernel: 125,
  interrupted: 130,
} as const;

/**
 * The exit status for an error that a user can do something about.
 *
 * @returns undefined for any other error: a fault of the program.
 */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return STATUS.usage;
  if (error instanceof GuestError) return STATUS[error.failure];
  const isHost = error instanceof SetupError || error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory;
  return isHost ? STATUS.setup : undefined;
}

/**
 * Runs a program: its result is the exit status, and an error is one line on standard error (with
 * the guest's console before it, where a guest failed).
 */
export async function runMain(main: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) throw error;
    if (error instanceof GuestError && error.failure !== "interrupted" && error.console !== "") {
      note(`--- console ---\n${error.console.trimEnd()}\n---`);
    }
    note(error.message);
    Deno.exitCode = status;
  }
}
