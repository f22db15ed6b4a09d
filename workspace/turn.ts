/**
 * Letting the event loop turn in long work, so that Ctrl-C is heard.
 *
 * @module
 */
import { Interrupted } from "../errors.ts";

/** Milliseconds of work between two turns: a timer of Deno's takes one by itself. */
const WORK = 10;
let turned = 0;

/**
 * Turns the event loop, unless it has turned just now: whoever works in small steps may call this at
 * each of them.
 * @throws {Interrupted} when the signal came
 */
export async function turn(signal: AbortSignal): Promise<void> {
  if (performance.now() - turned >= WORK) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    turned = performance.now();
  }
  if (signal.aborted) throw new Interrupted("interrupted");
}
