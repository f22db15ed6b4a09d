/**
 * The stages of `deno task test`: programs that are run, timed and counted.
 *
 * @module
 */
import { countTests } from "../vm/junit.ts";
import type { LiveSummary } from "../vm/summary.ts";

/** How a stage went. */
export interface StageResult {
  readonly ok: boolean;
  /** Tests; a failed check that is no test counts as one failed. */
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What the stage printed, both outputs. */
  readonly output: string;
  /** Further lines for the headline: one for each machine. */
  readonly details: readonly string[];
}

interface Finished {
  readonly success: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Runs this Deno and gives what it printed, standard error after standard output. */
async function runDeno(root: URL, args: readonly string[]): Promise<Finished> {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    success,
    output: decoder.decode(stdout) + decoder.decode(stderr),
    seconds: (performance.now() - started) / 1000,
  };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** A check that passes or fails as a whole: formatting, lint, types. */
export async function runCheck(root: URL, args: readonly string[]): Promise<StageResult> {
  const { success, output, seconds } = await runDeno(root, args);
  return {
    ok: success,
    passed: 0,
    failed: success ? 0 : 1,
    skipped: 0,
    seconds,
    output,
    details: [],
  };
}

/** Tests of `deno test`, counted by their JUnit report. */
export async function runTests(root: URL, args: readonly string[]): Promise<StageResult> {
  const report = await Deno.makeTempFile({ prefix: "boctl-test-", suffix: ".xml" });
  try {
    const { success, output, seconds } = await runDeno(root, [...args, `--junit-path=${report}`]);
    const { passed, failed, skipped } = countTests(await readIfThere(report));
    // A module that does not load fails without being a test.
    const failures = success ? failed : Math.max(1, failed);
    return {
      // No test at all is a fault, too.
      ok: failures === 0 && passed > 0,
      passed,
      failed: failures === 0 && passed === 0 ? 1 : failures,
      skipped,
      seconds,
      output,
      details: [],
    };
  } finally {
    await Deno.remove(report);
  }
}

/** How the live tests went; `why` they did not run, where they did not. */
export interface LiveResult extends StageResult {
  readonly why: string | undefined;
}

function machineLine(machine: LiveSummary["machines"][number]): string {
  const { machine: name, kernel, passed, failed, skipped, seconds } = machine;
  const on = kernel === undefined ? name : `${name}, Linux ${kernel}`;
  return machine.state === "not set up"
    ? `${name}: not set up`
    : `${on}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds.toFixed(1)} s)`;
}

/**
 * The tests in booted kernels.
 * @param required whether it is a failure that they cannot run
 */
export async function runLiveTests(root: URL, required: boolean): Promise<LiveResult> {
  const report = await Deno.makeTempFile({ prefix: "boctl-live-", suffix: ".json" });
  try {
    const { success, output, seconds } = await runDeno(root, [
      ...["task", "--quiet", "test:live", "--summary", report],
      ...(required ? ["--require"] : []),
    ]);
    const text = await readIfThere(report);
    const summary = text === "" ? undefined : JSON.parse(text) as LiveSummary;
    const machines = summary?.machines ?? [];
    const missing = machines.filter(({ state }) => state === "not set up");
    const ran = missing.length < machines.length;
    const { passed = 0, failed = 0, skipped = 0 } = summary ?? {};
    const ok = success && failed === 0 && (ran ? passed > 0 : !required && machines.length > 0);
    const reasons = [...new Set(missing.flatMap(({ failures }) => failures))];
    return {
      ok,
      passed,
      failed: ok ? 0 : Math.max(1, failed),
      skipped,
      seconds,
      output,
      details: ran ? machines.map(machineLine) : [],
      why: ran ? undefined : reasons.join("; ") || "vm/test.ts wrote no summary",
    };
  } finally {
    await Deno.remove(report);
  }
}
