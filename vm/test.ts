import { cacheFolder, removeIfThere } from "./cache.ts";
import { GuestError, SetupError, UsageError } from "./errors.ts";
import { PROJECT, runInGuest } from "./guest.ts";
import { usesHostRoot } from "./guest_root.ts";
import { runHostSteps } from "./host_steps.ts";
import { countTests } from "./junit.ts";
import { installedKernel } from "./kernel.ts";
import { liveTestFiles } from "./live_files.ts";
import type { Machine } from "./machine.ts";
import { runMain } from "./main.ts";
import { MACHINES, machinesNamed } from "./machines/mod.ts";
import { note, passOut, say } from "./output.ts";
import { inParallel } from "./parallel.ts";
import { whyNotReady } from "./prepare.ts";
import { type MachineSummary, summarize, summaryLine } from "./summary.ts";
import { unitTestFiles, type UnitTests } from "./unit_files.ts";

const HELP = `Boots each machine and runs the live tests (live/**/*_live_test.ts) in it.

Usage: deno run -A vm/test.ts [options] [FILE...]

Options:
  --machines NAME,...  these machines instead of the default ones
  --matrix             every machine, the optional ones too, and all unit tests on those of another
                       architecture than the host's that are essential: hours
  --units WHICH        unit tests on these: "architecture", those that depend on it; "all" that can
                       run in a guest; "none", the default without --matrix
  --require            machines that are not set up are a failure (as with CI set)
  --filter TEXT        only tests whose name contains TEXT (as "deno test --filter")
  --jobs N             machines that run at the same time (default: half the processors; each has two)
  --timeout SECONDS    limit for each machine (default 900; 1800 where one is not of the default ones;
                       14400 with all unit tests)
  --until TIME         start no machine that would probably end after TIME (seconds since 1970), the
                       essential ones apart; what is left out is said
  --summary FILE       write a summary as JSON

FILE... are test files of the checkout, instead of all.

Exit status: 0 passed, or nothing is set up; 1 a test or a guest failed, or nothing ran;
2 wrong usage; 130 interrupted.`;

interface TestArguments {
  readonly machines: readonly Machine[];
  readonly required: boolean;
  readonly filter?: string;
  readonly jobs: number;
  readonly timeoutSeconds: number;
  readonly summary?: string;
  /** Milliseconds since 1970. */
  readonly until?: number;
  readonly files: readonly string[];
  readonly units: UnitTests;
}

/**
 * Reads the command line of this program.
 *
 * @param ci whether the environment says that this is a CI run.
 * @throws {UsageError} where it is wrong.
 */
export function parseTestArguments(args: readonly string[], ci: boolean): TestArguments {
  const rest = [...args];
  const values = new Map<string, string>();
  const files: string[] = [];
  let required = ci;
  let matrix = false;
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    if (word === "--require") required = true;
    else if (word === "--matrix") matrix = true;
    else if (VALUED.has(word)) {
      const value = rest.shift();
      if (value === undefined) throw new UsageError(`${word} needs a value`);
      values.set(word, value);
    } else if (word.startsWith("-")) throw new UsageError(`There is no option "${word}"`);
    else files.push(word);
  }
  const machines = matrix ? MACHINES : machinesNamed(values.get("--machines"));
  const units = unitsOf(values.get("--units") ?? (matrix ? "all" : "none"));
  const [filter, summary] = [values.get("--filter"), values.get("--summary")];
  return {
    machines,
    required,
    jobs: count("--jobs", values, Math.max(1, navigator.hardwareConcurrency >> 1)),
    timeoutSeconds: count("--timeout", values, limitOf(machines, units)),
    files,
    units,
    ...(filter === undefined ? {} : { filter }),
    ...(summary === undefined ? {} : { summary }),
    ...(values.has("--until") ? { until: count("--until", values, 0) * 1000 } : {}),
  };
}

const VALUED = new Set(
  ["--machines", "--filter", "--jobs", "--timeout", "--summary", "--until", "--units"],
);

/** Seconds for a machine where nothing is said, with room for one that is slow. */
function limitOf(machines: readonly Machine[], units: UnitTests): number {
  if (units === "all") return 14_400;
  return machines.every(({ byDefault }) => byDefault) ? 900 : 1800;
}

function unitsOf(text: string): UnitTests {
  if (text === "none" || text === "architecture" || text === "all") return text;
  throw new UsageError(`--units needs none, architecture or all, not "${text}"`);
}

function count(name: string, values: ReadonlyMap<string, string>, otherwise: number): number {
  const text = values.get(name);
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`${name} needs a whole number above 0, not "${text}"`);
}

// Deno writes the report in pieces of a few bytes: on the share each is a call to the host, and the
// report of a thousand tests would take minutes.
const RUN_TESTS = `deno test -A --cached-only --no-check --junit-path=/tmp/junit.xml "$@"
status=$?
cp /tmp/junit.xml /share/
exit $status`;

/**
 * The unit tests of a machine: the host runs them for its own architecture, and one machine of
 * another is enough.
 */
async function unitsFor(machine: Machine, which: UnitTests): Promise<readonly string[]> {
  if (usesHostRoot(machine.arch) || !machine.essential) return [];
  const { run, left } = await unitTestFiles(PROJECT, which);
  if (left.length > 0) {
    note(
      `SKIPPED unit tests on ${machine.name}: ${
        left.join(", ")
      } (the guest has no QEMU, npm, git ` +
        "or compiler, and the checkout is read-only)",
    );
  }
  return run;
}

/** Runs the tests on one machine and prints what the tests print. */
async function testMachine(
  cache: string,
  machine: Machine,
  files: readonly string[],
  args: TestArguments,
): Promise<MachineSummary> {
  const kernel = (await installedKernel(cache, machine))?.release;
  const broken = (line: string): MachineSummary => ({
    machine: machine.name,
    state: "broken",
    ...(kernel === undefined ? {} : { kernel }),
    passed: 0,
    failed: 1,
    skipped: 0,
    failures: [line],
    seconds: 0,
  });
  const share = await Deno.makeTempDir({ prefix: "boctl-live-" });
  const chunks: Uint8Array[] = [];
  const keep = (bytes: Uint8Array): void => void chunks.push(bytes);
  const print = args.jobs > 1 ? keep : passOut;
  const title = `== ${machine.name} (Linux ${kernel}) ==`;
  if (args.jobs === 1) say(title);
  try {
    await Deno.chmod(share, 0o777);
    await runHostSteps(PROJECT, files, { machine, share });
    const units = await unitsFor(machine, args.units);
    const filter = args.filter === undefined ? [] : ["--filter", args.filter];
    const result = await runInGuest(machine, {
      command: ["sh", "-c", RUN_TESTS, "sh", ...filter, ...files, ...units],
      share,
      timeoutSeconds: args.timeoutSeconds,
      keepCompiled: true,
      // Reported below, with the tests.
      allowKernelTrouble: true,
      onStdout: print,
      onStderr: print,
    });
    const counts = countTests(await readIfThere(`${share}/junit.xml`));
    const failures = [
      ...counts.failures,
      ...result.trouble.map((line) => `kernel: ${line.trim()}`),
    ];
    if (result.status !== 0 && counts.failed === 0) {
      failures.push(`"deno test" ended with status ${result.status}`);
    }
    return {
      machine: machine.name,
      state: "ran",
      ...(kernel === undefined ? {} : { kernel }),
      passed: counts.passed,
      failed: failures.length,
      skipped: counts.skipped,
      failures,
      seconds: Math.round(result.seconds * 10) / 10,
    };
  } catch (error) {
    if (error instanceof GuestError && error.failure === "interrupted") throw error;
    if (!(error instanceof GuestError || error instanceof SetupError)) throw error;
    if (error instanceof GuestError) {
      print(
        new TextEncoder().encode(`--- console of ${machine.name} ---\n${error.console}\n---\n`),
      );
    }
    return broken(error.message);
  } finally {
    if (args.jobs > 1) {
      say(title);
      for (const chunk of chunks) passOut(chunk);
    }
    await removeIfThere(share);
  }
}

/**
 * Why a machine is not to be started any more; undefined where it may be.
 *
 * @param until when all must be over, in milliseconds since 1970; undefined for no limit.
 * @param seconds what the longest machine took so far.
 * @param now milliseconds since 1970.
 */
export function whyTooLate(
  until: number | undefined,
  seconds: number,
  now: number,
): string | undefined {
  if (until === undefined || now + seconds * 1000 <= until) return undefined;
  const left = Math.max(0, Math.round((until - now) / 1000));
  return `${left} s are left, and a machine took ${Math.round(seconds)} s`;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function leftOut(
  machine: Machine,
  state: "not set up" | "no time",
  why: string,
): MachineSummary {
  return {
    machine: machine.name,
    state,
    passed: 0,
    failed: 0,
    skipped: 0,
    failures: [why],
    seconds: 0,
  };
}

function noteSkipped(machines: readonly MachineSummary[]): void {
  for (const { machine, failures } of machines.filter(({ state }) => state === "no time")) {
    note(`SKIPPED live tests on ${machine} (${failures.join("; ")}); run them with --machines`);
  }
  const skipped = machines.filter(({ state }) => state === "not set up");
  if (skipped.length === 0) return;
  const names = skipped.length === machines.length
    ? "live tests"
    : `live tests on ${skipped.map(({ machine }) => machine).join(", ")}`;
  const reasons = [...new Set(skipped.flatMap(({ failures }) => failures))].join("; ");
  note(`SKIPPED ${names} (${reasons}); enable them with "deno task setup:live"`);
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help") || words.includes("-h")) {
    say(HELP);
    return 0;
  }
  const args = parseTestArguments(words, (Deno.env.get("CI") ?? "") !== "");
  const cache = cacheFolder();
  const files = args.files.length > 0 ? args.files : await liveTestFiles(PROJECT);
  const started = performance.now();
  const states = await Promise.all(args.machines.map((machine) => whyNotReady(cache, machine)));
  const ready = args.machines.filter((_, i) => states[i] === undefined);
  let longest = 0;
  const ran = await inParallel(ready, args.jobs, async (machine) => {
    const late = machine.essential ? undefined : whyTooLate(args.until, longest, Date.now());
    if (late !== undefined) return leftOut(machine, "no time", late);
    const result = await testMachine(cache, machine, files, args);
    longest = Math.max(longest, result.seconds);
    return result;
  });
  const machines = args.machines.map((machine, i) =>
    ran[ready.indexOf(machine)] ?? leftOut(machine, "not set up", states[i] ?? "")
  );
  const summary = summarize(machines, (performance.now() - started) / 1000, args.required);
  if (args.summary !== undefined) {
    await Deno.writeTextFile(args.summary, `${JSON.stringify(summary, null, 2)}\n`);
  }
  for (
    const { machine, failures } of machines.filter(({ state }) =>
      state === "ran" || state === "broken"
    )
  ) {
    for (const failure of failures) note(`FAILED ${machine}: ${failure}`);
  }
  noteSkipped(machines);
  say(summaryLine(summary));
  if (ready.length === 0 && !args.required) return 0;
  return summary.ok ? 0 : 1;
}

if (import.meta.main) await runMain(main);
