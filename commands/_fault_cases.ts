/**
 * "Nothing leaks": each kernel call of each command line fails once, with each errno; after each,
 * exit code and message are right, nothing is half-made, and nothing is left. Works on every kernel,
 * the live one, too.
 *
 * @module
 */
import { errno, type ErrnoName } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import { splitWords } from "../syntax/words.ts";
import { judgeTrial } from "./_fault_judge.ts";
import { type FaultCase, faultCases, type FaultPlaces } from "./_fault_list.ts";
import { type Disturb, tryLine } from "./_fault_trial.ts";

/** Where to run: what chooses the kernel, and what it has. */
export interface FaultTarget {
  /** Words of the command line: `["--device", "sim:panthor"]`, `["--backend", "live"]`. */
  readonly choose: readonly string[];
  readonly places: FaultPlaces;
}

/** How thoroughly. */
export interface FaultOptions {
  /** Default: EINTR, EAGAIN, ENOMEM, EMFILE, EIO, ENODEV. */
  readonly errnos?: readonly ErrnoName[];
  /** Only every n-th call fails, and with one errno after the other: for slow machines. */
  readonly every?: number;
}

/** What a run found. */
export interface FaultReport {
  /** Runs with a fault in them. */
  readonly trials: number;
  /** What was wrong, each with how to see it again; empty where all is well. */
  readonly wrong: readonly string[];
}

export const faultErrnos: readonly ErrnoName[] = [
  "EINTR",
  "EAGAIN",
  "ENOMEM",
  "EMFILE",
  "EIO",
  "ENODEV",
];

function fill(text: string, values: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** The cases for which a machine has what they need. */
export function casesFor(places: FaultPlaces): readonly FaultCase[] {
  const here = new Set(["script", "file", ...Object.keys(places)]);
  return faultCases.filter(({ line, script = [], needs = [] }) =>
    [...needs, ...[line, ...script].flatMap(placesIn)].every((place) => here.has(place))
  );
}

async function inDirectory<T>(action: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "boctl-faults-" });
  try {
    return await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A case's command line, with its files in a folder, for as long as `action` takes. */
export async function withLine<T>(
  target: FaultTarget,
  faultCase: FaultCase,
  action: (words: readonly string[]) => Promise<T>,
): Promise<T> {
  return await inDirectory(async (directory) => {
    const files = { script: `${directory}/faults.boctl`, file: `${directory}/out` };
    const values = { ...files, ...target.places };
    const { script, line } = faultCase;
    if (script !== undefined) {
      await Deno.writeTextFile(files.script, script.map((text) => fill(text, values)).join("\n"));
    }
    const words = splitWords(fill(line, values)).map(({ text }) => text);
    return await action([...target.choose, ...words]);
  });
}

/** Runs one case with every fault. */
export async function runFaultCase(
  target: FaultTarget,
  faultCase: FaultCase,
  options: FaultOptions = {},
): Promise<FaultReport> {
  const { unnamed, exit = 0 } = faultCase;
  const { errnos = faultErrnos, every = 1 } = options;
  return await withLine(target, faultCase, async (words) => {
    const fail = (call: number, name: ErrnoName): Disturb => (kernel) =>
      faultyKernel(kernel, { call, errno: errno[name] });
    const undisturbed = await tryLine(words, unnamed, fail(Infinity, "EIO"));
    const again = (what: string): string => `boctl ${words.join(" ")}\n  ${what}`;
    if (undisturbed.code !== exit) {
      const { code, err, thrown } = undisturbed;
      return { trials: 0, wrong: [again(`without a fault: exit ${code}, ${thrown ?? err}`)] };
    }
    const wrong = [...undisturbed.differences, ...undisturbed.leaks].map(again);
    let trials = 0;
    for (let call = 1; call <= undisturbed.calls; call++) {
      const chosen = errnos.filter((_name, i) => (call + i) % every === 0);
      trials += chosen.length;
      // Each has its own kernel; together they wait for the event loop's turns but once.
      await Promise.all(chosen.map(async (name) => {
        const trial = await tryLine(words, unnamed, fail(call, name));
        const where = `call ${call}, ${trial.failed ?? "a release"}, ${name}`;
        wrong.push(
          ...judgeTrial(faultCase, undisturbed, trial, name)
            .map((line) => again(`${where}: ${line}`)),
        );
      }));
    }
    return { trials, wrong };
  });
}

/** Runs every case that a machine has the devices for; `onCase` hears of each. */
export async function runFaultCases(
  target: FaultTarget,
  options: FaultOptions = {},
  onCase: (faultCase: FaultCase, report: FaultReport) => void = () => {},
): Promise<FaultReport> {
  let trials = 0;
  const wrong: string[] = [];
  for (const faultCase of casesFor(target.places)) {
    const report = await runFaultCase(target, faultCase, options);
    trials += report.trials;
    wrong.push(...report.wrong);
    onCase(faultCase, report);
  }
  return { trials, wrong };
}
