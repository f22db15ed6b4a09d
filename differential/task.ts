/**
 * The differential test in booted machines, one after the other (`deno task differential`).
 *
 *     deno run -A differential/task.ts --machines amd64-6.12,arm64-7.2 --calls 500000 --seed 1
 *     deno run -A differential/task.ts --user 1000 --cards 0660
 *
 * `--user`, `--cards` and `--most` are as in main.ts.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { boards } from "../live/_machine.ts";
import { printError, printOut } from "../output/terminal.ts";
import { runInGuest } from "../vm/guest.ts";
import { machinesNamed } from "../vm/machines/mod.ts";
import { runMain } from "../vm/main.ts";
import { unknownWord, wholeNumber } from "./usage.ts";

/** Calls of a boot: a guest that goes wrong loses no more than these. */
const PER_BOOT = 100_000;
/** Seconds for a call, on a machine ten times slower than those that were measured. */
const PER_CALL = 0.03;
/** Sequences that a boot's calls are fewer than: where the next one's seeds begin. */
const SEEDS_A_BOOT = 10_000;

async function runBoot(
  name: string,
  calls: number,
  seed: number,
  further: readonly string[],
): Promise<boolean> {
  const [machine] = machinesNamed(name);
  const spec = Object.entries(boards).find(([one]) => one === name)?.[1];
  if (machine === undefined || spec === undefined) {
    printError(`${name}: no simulated board mirrors it`);
    return false;
  }
  const words = [
    ...["--board", spec.slice("sim:".length), "--calls", `${calls}`, "--seed", `${seed}`],
    ...further,
  ];
  const { status, output, trouble } = await runInGuest(machine, {
    command: ["deno", "run", "-A", "--no-check", "--cached-only", "differential/main.ts", ...words],
    timeoutSeconds: 60 + calls * PER_CALL,
    allowKernelTrouble: true,
  });
  printOut(`${name}: ${output.trim()}`);
  for (const line of trouble) printError(`${name}: kernel: ${line.trim()}`);
  return status === 0 && trouble.length === 0;
}

const HELP = "Usage: deno task differential [--machines NAME,...] [--calls N] [--seed N] " +
  "[--most N] [--user UID [--cards MODE]]\nMakes random calls on the kernels of booted machines.";

async function main(args: readonly string[]): Promise<number> {
  const passedOn = ["user", "cards", "most"];
  const options = parseArgs([...args], {
    string: ["machines", "calls", "seed", ...passedOn],
    unknown: unknownWord(HELP),
  });
  const further = passedOn.flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, String(options[name])]
  );
  const named = options["machines"] === undefined ? undefined : String(options["machines"]);
  const calls = wholeNumber("calls", options["calls"], 20_000);
  const first = wholeNumber("seed", options["seed"], 1);
  let ok = true;
  for (const { name } of machinesNamed(named)) {
    for (let done = 0, boot = 0; done < calls; done += PER_BOOT, boot++) {
      const part = Math.min(PER_BOOT, calls - done);
      if (!await runBoot(name, part, first + boot * SEEDS_A_BOOT, further)) ok = false;
    }
  }
  return ok ? 0 : 1;
}

if (import.meta.main) await runMain(main);
