/**
 * What a call takes, measured.
 *
 * @module
 */
import type { Kernel } from "../../ffi/kernel.ts";

/** Runs of which the fastest counts: what else the machine does only makes a run slower. */
const RUNS = 16;

/** Nanoseconds of the fastest of some runs; `before` each is not counted. */
export function fastest(kernel: Kernel, action: () => void, before: () => void = () => {}): number {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    before();
    const start = kernel.now();
    action();
    best = Math.min(best, Number(kernel.now() - start));
  }
  return best;
}

/** Nanoseconds for people. */
export function timeText(ns: number): string {
  return `${(ns / 1e6).toFixed(3)} ms`;
}
