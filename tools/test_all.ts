/**
 * `deno task test`: all that CI checks, in order, with one line a stage. What a failing stage
 * printed is shown in full; the last line counts the tests.
 *
 *     deno run -A tools/test_all.ts              everything
 *     deno run -A tools/test_all.ts --no-live    without booting kernels
 *
 * Live tests that cannot run here are skipped, loudly; with CI or BOCTL_REQUIRE_LIVE set that is a
 * failure. With BOCTL_TEST_UNTIL (seconds since 1970) set, live tests that would probably end later
 * are left out, but for those on the essential machines.
 *
 * @module
 */
import { printError, printOut } from "../output/terminal.ts";
import { runLiveTests, whyNoLiveTests } from "./_live_stage.ts";
import { isPassedTest, runCheck, runTests, type StageResult } from "./_stage.ts";

const root = new URL("../", import.meta.url);

interface Stage {
  readonly title: string;
  readonly run: () => Promise<StageResult>;
}

const stages: readonly Stage[] = [
  { title: "format", run: () => runCheck(root, ["fmt", "--check"]) },
  { title: "lint", run: () => runCheck(root, ["lint"]) },
  { title: "indexes", run: () => runCheck(root, ["task", "--quiet", "index", "--check"]) },
  { title: "types", run: () => runCheck(root, ["check", "--quiet", "."]) },
  {
    title: "unit tests, simulator, README",
    run: () => runTests(root, ["task", "--quiet", "test:unit"]),
  },
];

function isSet(name: string): boolean {
  return !["", "0", "false"].includes(Deno.env.get(name) ?? "");
}

function tell(title: string, result: StageResult): void {
  const { ok, passed, failed, skipped, seconds, output, details } = result;
  const counts = passed + skipped > 0
    ? `: ${passed} passed, ${failed} failed, ${skipped} skipped`
    : "";
  printOut(`${ok ? "ok  " : "FAIL"} ${title}${counts} (${seconds.toFixed(1)} s)`);
  for (const detail of details) printOut(`       ${detail}`);
  if (ok || output === "") return;
  printOut(output.split("\n").filter((line) => !isPassedTest(line)).join("\n").trim());
  printOut(`---- end of what "${title}" printed`);
}

/** Live tests; undefined where they are skipped. */
async function liveStage(): Promise<StageResult | undefined> {
  const required = isSet("CI") || isSet("BOCTL_REQUIRE_LIVE");
  const why = await whyNoLiveTests();
  if (why !== undefined && !required) {
    printOut(
      `SKIPPED live tests in booted kernels: ${why}. ` +
        `Enable them with "deno task setup:live" (as root, it installs QEMU).`,
    );
    return undefined;
  }
  const result = await runLiveTests(root, required, (line) => {
    if (line !== "" && !isPassedTest(line)) printOut(`       ${line}`);
  });
  tell("live tests in booted kernels", result);
  return result;
}

/** Runs the stages. @returns the exit code */
async function runAll(live: boolean): Promise<number> {
  const results: StageResult[] = [];
  for (const { title, run } of stages) {
    const result = await run();
    tell(title, result);
    results.push(result);
  }
  const inKernels = live ? await liveStage() : undefined;
  if (inKernels !== undefined) results.push(inKernels);
  const sum = (count: (result: StageResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const failed = sum((result) => result.failed);
  printOut(
    `${sum(({ passed }) => passed)} passed, ${failed} failed, ${
      sum(({ skipped }) => skipped)
    } skipped`,
  );
  return failed === 0 && results.every(({ ok }) => ok) ? 0 : 1;
}

if (import.meta.main) {
  const unknown = Deno.args.filter((arg) => arg !== "--no-live");
  if (unknown.length > 0) {
    printError(`test: there is no option "${unknown.join(" ")}", only --no-live`);
    Deno.exitCode = 2;
  } else Deno.exitCode = await runAll(!Deno.args.includes("--no-live"));
}
