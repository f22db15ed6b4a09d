/**
 * The differential test as a program: random calls on this machine's kernel and on the board that
 * mirrors it.
 *
 *     deno run -A differential/main.ts --board qemu@6.12 --calls 20000 --seed 1
 *     deno run -A differential/main.ts --board qemu@6.12 --user 1000 --cards 0660
 *
 * With `--user`, root gives the nodes modes and then becomes that user, who may open all nodes but
 * the heaps' and, unless `--cards` gives them another mode than 0666, the cards.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { printOut } from "../output/terminal.ts";
import { type Kernels, shrink, trySequence } from "./disagreement.ts";
import { becomeUser, type Caller, ordinaryUser, ROOT, setModes } from "./caller.ts";
import { mirrorOf, profileOf } from "./machines.ts";
import { disagreementText } from "./report.ts";
import { unknownWord, wholeNumber } from "./usage.ts";

/** Calls of one sequence. */
export const SEQUENCE = 60;

/** What a run came to. */
export interface Run {
  readonly calls: number;
  readonly sequences: number;
  /** One text a disagreement, shrunk. */
  readonly disagreements: readonly string[];
}

/**
 * Makes at least `calls` calls on both kernels.
 * @param most disagreements after which it ends
 */
export function differ(
  kernels: Kernels,
  board: string,
  seed: number,
  calls: number,
  most = 1,
): Run {
  const machine = profileOf(board);
  const disagreements: string[] = [];
  const about = new Set<string>();
  let done = 0;
  let sequences = 0;
  for (; done < calls && disagreements.length < most; sequences++) {
    const outcome = trySequence(kernels, machine, seed + sequences, SEQUENCE);
    done += outcome.calls;
    if (outcome.disagreement === undefined) continue;
    const shortest = shrink(kernels, outcome.disagreement);
    const [first] = shortest.differences;
    const key = `${shortest.simulated.call} ${
      "name" in shortest.simulated ? shortest.simulated.name : ""
    } ${first?.field} ${JSON.stringify(first?.a)} ${JSON.stringify(first?.b)}`;
    if (about.has(key)) continue;
    about.add(key);
    disagreements.push(`seed ${seed + sequences}:\n${disagreementText(shortest)}`);
  }
  return { calls: done, sequences, disagreements };
}

/** The line that a run ends with. */
export function countLine(run: Run, board: string, seed: number, caller: Caller): string {
  const as = caller.uid === 0
    ? "as root"
    : `as user ${caller.uid}, cards 0${caller.modes.primary.toString(8)}`;
  return `${run.disagreements.length} disagreements in ${run.calls} calls ` +
    `(${run.sequences} sequences, ${board}, seed ${seed}, ${as})`;
}

function callerOf(user: number, cards: string): Caller {
  if (user === 0) return ROOT;
  if (!/^0[0-7]{3}$/.test(cards)) throw new RangeError(`--cards is "${cards}", wanted like 0660`);
  return ordinaryUser(user, parseInt(cards, 8));
}

const HELP = "Usage: deno run -A differential/main.ts [--board BOARD] [--calls N] [--seed N] " +
  "[--most N] [--user UID [--cards MODE]]\nMakes random calls on this machine's kernel.";

if (import.meta.main) {
  const options = parseArgs(Deno.args, {
    string: ["board", "calls", "seed", "most", "user", "cards"],
    unknown: unknownWord(HELP),
  });
  const board = String(options["board"] ?? "qemu@6.12");
  const seed = wholeNumber("seed", options["seed"], 1);
  const caller = callerOf(
    wholeNumber("user", options["user"], 0),
    String(options["cards"] ?? "0666"),
  );
  const simulated = mirrorOf(board, caller);
  if (caller !== ROOT) {
    setModes(caller, profileOf(board));
    becomeUser(caller.uid);
  }
  const live = openLiveKernel();
  const run = differ(
    { live, simulated },
    board,
    seed,
    wholeNumber("calls", options["calls"], 20_000),
    wholeNumber("most", options["most"], 1),
  );
  live.dispose();
  for (const text of run.disagreements) printOut(text);
  printOut(countLine(run, board, seed, caller));
  Deno.exitCode = run.disagreements.length === 0 ? 0 : 1;
}
