/**
 * Writing to standard output and standard error.
 *
 * @module
 */
import { BoctlError, exitCodes } from "../errors.ts";

/** The output could not be written: a full disk, not a closed pipe. */
export class OutputError extends BoctlError {
  override readonly name = "OutputError";
  readonly exitCode = exitCodes.kernelRefused;
}

/** Whoever read the output has gone: the way `boctl … | head` ends. Nothing is printed for it. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
}

/**
 * A line, or several, on standard output; "" prints nothing.
 * @throws {OutputClosed} when the reader has gone
 * @throws {OutputError} when it cannot be written
 */
export function printOut(text: string): void {
  if (text === "") return;
  try {
    writeAll(Deno.stdout, `${text}\n`);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
    throw new OutputError(
      `cannot write the output: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Columns of the terminal that standard output is; undefined where it is none. */
export function terminalColumns(): number | undefined {
  if (!Deno.stdout.isTerminal()) return undefined;
  try {
    const { columns } = Deno.consoleSize();
    // A serial line that nobody told its size has 0.
    return columns > 0 ? columns : undefined;
  } catch {
    return undefined;
  }
}

/** A line on standard error; where that is gone too, nobody is left to tell. */
export function printError(text: string): void {
  try {
    writeAll(Deno.stderr, `${text}\n`);
  } catch {
    // Nobody is left to tell.
  }
}
