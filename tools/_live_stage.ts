/**
 * The stage of `deno task test` that boots kernels.
 *
 * @module
 */
import { cacheFolder } from "../vm/cache.ts";
import { machinesNamed } from "../vm/machines/mod.ts";
import { whyNotReady } from "../vm/prepare.ts";
import type { LiveSummary, MachineSummary } from "../vm/summary.ts";
import { type Finished, followDeno, readIfThere, type StageResult } from "./_stage.ts";

/** Why no machine can be booted here; undefined where one can. */
export async function whyNoLiveTests(): Promise<string | undefined> {
  const cache = cacheFolder();
  const reasons = await Promise.all(
    machinesNamed(undefined).map((machine) => whyNotReady(cache, machine)),
  );
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].join("; ");
}

function machineLine(machine: MachineSummary): string {
  const { machine: name, kernel, state, passed, failed, skipped, seconds } = machine;
  if (state === "not set up") return `${name}: not set up`;
  if (state === "no time") return `${name}: SKIPPED, no time was left`;
  const on = kernel === undefined ? name : `${name}, Linux ${kernel}`;
  return `${on}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds.toFixed(1)} s)`;
}

/**
 * What a run of the live tests comes to: a failure where none ran.
 * @param summary what it wrote; undefined where it wrote nothing
 */
export function judgeLiveTests(
  { success, output, seconds }: Finished,
  summary: LiveSummary | undefined,
): StageResult {
  const { machines = [], passed = 0, failed = 0, skipped = 0 } = summary ?? {};
  const ok = success && failed === 0 && passed > 0;
  return {
    ok,
    passed,
    failed: ok ? 0 : Math.max(1, failed),
    skipped,
    seconds,
    output,
    details: machines.map(machineLine),
  };
}

/**
 * Runs the tests in booted kernels.
 * @param required whether a machine that is not set up is a failure
 * @param onLine hears what they print as it comes: booting takes minutes
 */
export async function runLiveTests(
  root: URL,
  required: boolean,
  onLine: (line: string) => void,
): Promise<StageResult> {
  const report = await Deno.makeTempFile({ prefix: "boctl-live-", suffix: ".json" });
  try {
    const until = Deno.env.get("BOCTL_TEST_UNTIL") ?? "";
    // Calls, layouts and descriptors are another thing on another processor.
    const units = ["--units", "architecture"];
    const words = ["task", "--quiet", "test:live", "--summary", report, ...units];
    if (until !== "") words.push("--until", until);
    const finished = await followDeno(root, required ? [...words, "--require"] : words, onLine);
    const text = await readIfThere(report);
    return judgeLiveTests(finished, text === "" ? undefined : JSON.parse(text) as LiveSummary);
  } finally {
    await Deno.remove(report);
  }
}
