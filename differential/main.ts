/**
 * The differential test as a program: random calls on this machine's kernel and on the board that
 * mirrors it.
 *
 *     deno run -A differential/main.ts --board qemu@6.12 --calls 20000 --seed 1
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { openLiveKernel } from "../ffi/live_kernel.ts";
import { printOut } from "../output/terminal.ts";
import { type Kernels, shrink, trySequence } from "./disagreement.ts";
import { mirrorOf, profiles } from "./machines.ts";
import { disagreementText } from "./report.ts";

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
  const machine = profiles[board.split("@")[0] ?? ""];
  if (machine === undefined) throw new RangeError(`There is no machine "${board}"`);
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

if (import.meta.main) {
  const options = parseArgs(Deno.args, { string: ["board", "calls", "seed", "most"] });
  const board = String(options["board"] ?? "qemu@6.12");
  const live = openLiveKernel();
  const { calls, sequences, disagreements } = differ(
    { live, simulated: () => mirrorOf(board) },
    board,
    Number(options["seed"] ?? 1),
    Number(options["calls"] ?? 20_000),
    Number(options["most"] ?? 1),
  );
  live.dispose();
  for (const text of disagreements) printOut(text);
  printOut(
    `${disagreements.length} disagreements in ${calls} calls (${sequences} sequences, ${board})`,
  );
  Deno.exitCode = disagreements.length === 0 ? 0 : 1;
}
