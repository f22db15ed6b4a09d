/**
 * Two kernels making the same calls: where they disagree, and the shortest sequence that shows it.
 *
 * @module
 */
import type { Kernel } from "../ffi/kernel.ts";
import { compareEntries, type Difference, Pairing } from "../trace/compare.ts";
import type { TraceEntry } from "../trace/format.ts";
import { type MachineProfile, Sequence } from "./generate.ts";
import { Side } from "./side.ts";
import type { Step } from "./step.ts";

/** Two kernels; each has nothing open that a sequence could meet. */
export interface Kernels {
  readonly live: Kernel;
  /** A new one for each sequence: what a sequence leaves is no other's. */
  readonly simulated: () => Kernel;
}

/** A call that was answered differently. */
export interface Disagreement {
  readonly steps: readonly Step[];
  /** As the real kernel answered; the last one is the call. */
  readonly entries: readonly TraceEntry[];
  readonly simulated: TraceEntry;
  readonly differences: readonly Difference[];
}

/** What a sequence came to. */
export interface Outcome {
  /** Calls that were answered alike. */
  readonly calls: number;
  readonly disagreement?: Disagreement;
}

/** How errno's names are told from names of things and numbers. */
function succeeded(entry: TraceEntry): boolean {
  return !("result" in entry) || typeof entry.result !== "string" ||
    !/^E[A-Z0-9]+$/.test(entry.result);
}

/** Whether an argument came back as it was passed. */
function isUntouched(entry: TraceEntry): boolean {
  return entry.call === "ioctl" && entry.out === undefined;
}

/** How the answers of two calls differ that are the same but for each kernel's own numbers. */
function differencesOf(here: TraceEntry, there: TraceEntry, pairing: Pairing): Difference[] {
  const all = compareEntries(here, there, pairing, { strict: false, answersOnly: true });
  // Bytes of calls that are in no table show numbers as they are.
  const untouched = isUntouched(here) && isUntouched(there);
  return all.filter(({ field }) => !(untouched && field.startsWith("out")));
}

/** Makes steps on both kernels, as long as the answers are the same. */
function play(
  { live, simulated }: Kernels,
  steps: Iterable<{ readonly step: Step; readonly done?: (ok: boolean) => void }>,
): Outcome {
  const other = simulated();
  const sides = { live: new Side(live), simulated: new Side(other) };
  const pairing = new Pairing();
  const made: Step[] = [];
  const entries: TraceEntry[] = [];
  try {
    for (const { step, done } of steps) {
      const here = sides.live.make(step);
      const there = sides.simulated.make(step);
      if (here === undefined && there === undefined) continue;
      made.push(step);
      if (here === undefined || there === undefined) {
        throw new Error(`One kernel made no call for ${JSON.stringify(step)}`);
      }
      entries.push(here);
      const differences = differencesOf(here, there, pairing);
      if (differences.length > 0) {
        const disagreement = { steps: made, entries, simulated: there, differences };
        return { calls: entries.length - 1, disagreement };
      }
      done?.(succeeded(here));
    }
    return { calls: entries.length };
  } finally {
    sides.live.close();
    sides.simulated.close();
    other.dispose();
  }
}

/** A random sequence of `length` calls on both kernels. */
export function trySequence(
  kernels: Kernels,
  machine: MachineProfile,
  seed: number,
  length: number,
): Outcome {
  const sequence = new Sequence(seed, machine);
  return play(kernels, {
    *[Symbol.iterator](): Generator<ReturnType<Sequence["next"]>> {
      for (let i = 0; i < length; i++) yield sequence.next();
    },
  });
}

/** Whether two disagreements are about the same answer of the same call. */
function isSame(a: Disagreement, b: Disagreement | undefined): boolean {
  const about = ({ simulated, differences }: Disagreement): string =>
    `${simulated.call} ${"name" in simulated ? simulated.name : ""} ${differences[0]?.field}`;
  return b !== undefined && about(a) === about(b);
}

/** The same disagreement with as few steps as can be found by leaving steps out. */
export function shrink(kernels: Kernels, found: Disagreement): Disagreement {
  let best = found;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1;) {
    let shorter = false;
    for (let from = 0; from + size < best.steps.length;) {
      const steps = best.steps.filter((_, i) => i < from || i >= from + size);
      const { disagreement } = play(kernels, steps.map((step) => ({ step })));
      if (disagreement !== undefined && isSame(best, disagreement)) {
        best = disagreement;
        shorter = true;
      } else from += size;
    }
    if (!shorter || size > 1) size = size === 1 ? 0 : Math.ceil(size / 2);
    if (size === 0) break;
  }
  return best;
}
