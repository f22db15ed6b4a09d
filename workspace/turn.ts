/**
 * Letting the event loop turn in long work, so that Ctrl-C is heard.
 *
 * @module
 */
import { Interrupted } from "../errors.ts";

/** Turns the event loop once. @throws {Interrupted} when the signal came */
export async function turn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (signal.aborted) throw new Interrupted("interrupted");
}
