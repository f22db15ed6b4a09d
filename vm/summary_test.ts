import { assertEquals } from "@std/assert";
import { type MachineSummary, summarize, summaryLine } from "./summary.ts";

const RAN: MachineSummary = {
  machine: "amd64-6.12",
  state: "ran",
  kernel: "6.12.117+deb12-amd64",
  passed: 3,
  failed: 0,
  skipped: 1,
  failures: [],
  seconds: 9.5,
};

const MISSING: MachineSummary = {
  ...RAN,
  machine: "arm64-7.2",
  state: "not set up",
  passed: 0,
  skipped: 0,
};

Deno.test("summarize() adds up the machines", () => {
  const summary = summarize([RAN, { ...RAN, failed: 2 }], 20, true);
  assertEquals([summary.passed, summary.failed, summary.skipped], [6, 2, 2]);
  assertEquals(summary.ok, false);
});

Deno.test("summarize() is ok without a machine that is not set up, unless all are required", () => {
  assertEquals(summarize([RAN, MISSING], 1, false).ok, true);
  assertEquals(summarize([RAN, MISSING], 1, true).ok, false);
});

Deno.test("summarize() does not count a machine that no time was left for", () => {
  const late: MachineSummary = { ...MISSING, state: "no time" };
  assertEquals(summarize([RAN, late], 1, true).ok, true);
  assertEquals(summarize([late], 1, true).ok, false);
  assertEquals(summaryLine(summarize([RAN, late], 1, true)).includes("arm64-7.2"), false);
});

Deno.test("summarize() is not ok where no test ran", () => {
  assertEquals(summarize([{ ...RAN, passed: 0 }], 1, false).ok, false);
  assertEquals(summarize([MISSING], 1, false).ok, false);
  assertEquals(summarize([{ ...RAN, state: "broken", passed: 0 }], 1, false).ok, false);
});

Deno.test("summaryLine() tells counts, machines and seconds", () => {
  assertEquals(
    summaryLine(summarize([RAN, MISSING], 12.34, false)),
    "live: 3 passed, 0 failed, 1 skipped (machines amd64-6.12, 12.3 s)",
  );
});
