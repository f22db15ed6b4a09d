/**
 * Stages of `deno task test`: programs that are run, timed and counted.
 *
 * @module
 */
import { stripAnsiCode } from "@std/fmt/colors";
import { countTests } from "../vm/junit.ts";

/** How a stage went. */
export interface StageResult {
  readonly ok: boolean;
  /** Tests; a failed check that is no test counts as one failed. */
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What the stage printed, both outputs; empty where that was shown as it came. */
  readonly output: string;
  /** Further lines for the headline: one for each machine. */
  readonly details: readonly string[];
}

/** How a program ended. */
export interface Finished {
  readonly success: boolean;
  readonly output: string;
  readonly seconds: number;
}

function startDeno(root: URL, args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs this Deno and gives what it printed, standard error after standard output. */
async function runDeno(root: URL, args: readonly string[]): Promise<Finished> {
  const started = performance.now();
  const { success, stdout, stderr } = await startDeno(root, args).output();
  const decoder = new TextDecoder();
  return {
    success,
    output: decoder.decode(stdout) + decoder.decode(stderr),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Runs this Deno and hands on each line of both its outputs as it comes. */
export async function followDeno(
  root: URL,
  args: readonly string[],
  onLine: (line: string) => void,
): Promise<Finished> {
  const started = performance.now();
  const process = startDeno(root, args).spawn();
  const follow = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    }
    if (rest !== "") onLine(rest);
  };
  const [{ success }] = await Promise.all([
    process.status,
    follow(process.stdout),
    follow(process.stderr),
  ]);
  return { success, output: "", seconds: (performance.now() - started) / 1000 };
}

/** A file's text; "" where there is none. */
export async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Whether a line of `deno test` says only that a test passed or was skipped. */
export function isPassedTest(line: string): boolean {
  const passed = /^running \d+ tests? from |^.* \.\.\. (?:ok|ignored)(?: \(.*\))?$/;
  return passed.test(stripAnsiCode(line));
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
