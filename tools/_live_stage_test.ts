import { assertEquals } from "@std/assert";
import { type MachineSummary, summarize } from "../vm/summary.ts";
import { judgeLiveTests } from "./_live_stage.ts";
import type { StageResult } from "./_stage.ts";

const ended = { success: true, output: "", seconds: 1 };

function machine(state: MachineSummary["state"], passed: number, failed = 0): MachineSummary {
  const failures = state === "ran" ? [] : ["kernel not fetched"];
  return { machine: "m", state, passed, failed, skipped: 0, failures, seconds: 1 };
}

function judge(...machines: readonly MachineSummary[]): StageResult {
  return judgeLiveTests(ended, summarize(machines, 1, true));
}

Deno.test("judgeLiveTests() is a failure when nothing is set up", () => {
  const { ok, failed } = judge(machine("not set up", 0));
  assertEquals({ ok, failed }, { ok: false, failed: 1 });
});

Deno.test("judgeLiveTests() is a failure when a machine ran and no test did", () => {
  assertEquals(judge(machine("ran", 0)).ok, false);
});

Deno.test("judgeLiveTests() counts passed and failed tests of all machines", () => {
  const { ok, passed, failed } = judge(machine("ran", 3), machine("ran", 2, 1));
  assertEquals({ ok, passed, failed }, { ok: false, passed: 5, failed: 1 });
  assertEquals(judge(machine("ran", 3), machine("ran", 2)).ok, true);
});

Deno.test("judgeLiveTests() is a failure when the run ends badly or writes no summary", () => {
  const bad = judgeLiveTests({ ...ended, success: false }, summarize([machine("ran", 3)], 1, true));
  assertEquals([bad.ok, bad.failed], [false, 1]);
  assertEquals(judgeLiveTests(ended, undefined).ok, false);
});
