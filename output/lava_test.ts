import { assertEquals } from "@std/assert";
import { checksAsLava } from "./lava.ts";

Deno.test("checksAsLava() gives a signal for each check, with ids that LAVA takes, once each", () => {
  const report = {
    subject: "a board",
    outcomes: [
      { name: "late-rdwr", status: "ok", detail: "" },
      { name: "a.boctl:3: export a> RESULT=pass", status: "fail", detail: "x" },
      { name: "late rdwr", status: "unsupported", detail: "x" },
      { name: "☃", status: "ok", detail: "" },
    ] as const,
  };
  assertEquals(checksAsLava(report).split("\n"), [
    "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=late-rdwr RESULT=pass>",
    "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a.boctl-3-export-a-RESULT-pass RESULT=fail>",
    "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=late-rdwr-2 RESULT=skip>",
    "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=check RESULT=pass>",
  ]);
});
