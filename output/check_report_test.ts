import { assertEquals, assertMatch } from "@std/assert";
import {
  type CheckReport,
  checksAsJunit,
  checksAsTap,
  checksAsText,
  countOf,
} from "./check_report.ts";

const report: CheckReport = {
  subject: "sim:qemu, vgem 1.0 & <co>",
  outcomes: [
    { name: "create", status: "ok", detail: "4096 bytes" },
    { name: "map", status: "ok", detail: "" },
    { name: "sync", status: "unsupported", detail: "no call # here" },
    { name: "export", status: "fail", detail: 'read "de\x01ad"\nnot < 1' },
  ],
};

Deno.test("checksAsText() prints a line a check and the totals, as v4l2-compliance does", () => {
  assertEquals(checksAsText({ ...report, subject: "sim:qemu" }).split("\n").slice(0, 4), [
    "smoke: sim:qemu",
    "test create: OK (4096 bytes)",
    "test map: OK",
    "test sync: OK (Not Supported: no call # here)",
  ]);
  assertEquals(
    checksAsText(report).split("\n").at(-1),
    "Total: 4, OK: 2, not supported: 1, FAIL: 1",
  );
  assertEquals(countOf(report, "fail"), 1);
});

Deno.test("checksAsText() keeps a check on its line, whatever was read", () => {
  assertEquals(checksAsText(report).split("\n").length, report.outcomes.length + 2);
  assertEquals(checksAsText(report).includes("\x01"), false);
});

Deno.test("checksAsTap() writes a plan, a line a check, and what failed as YAML", () => {
  assertEquals(checksAsTap(report).split("\n"), [
    "TAP version 14",
    "1..4",
    "# sim:qemu, vgem 1.0 & <co>",
    "ok 1 - create",
    "ok 2 - map",
    "ok 3 - sync # SKIP no call \\# here",
    "not ok 4 - export",
    "  ---",
    '  message: "read \\"de\\u0001ad\\"\\nnot < 1"',
    "  ...",
  ]);
});

Deno.test("checksAsJunit() counts, and escapes what XML cannot hold", () => {
  assertEquals(checksAsJunit(report).split("\n"), [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    '  <testsuite name="sim:qemu, vgem 1.0 &amp; &lt;co&gt;" tests="4" failures="1" skipped="1">',
    '    <testcase classname="boctl.smoke" name="create"/>',
    '    <testcase classname="boctl.smoke" name="map"/>',
    '    <testcase classname="boctl.smoke" name="sync"><skipped message="no call # here"/></testcase>',
    '    <testcase classname="boctl.smoke" name="export">' +
    '<failure message="read &quot;de?ad&quot;&#10;not &lt; 1"/></testcase>',
    "  </testsuite>",
    "</testsuites>",
  ]);
});

Deno.test("names of strangers reach neither the terminal by TAP nor break JUnit's XML", () => {
  const report: CheckReport = {
    subject: "s\x1b[2J",
    outcomes: [
      { name: "a\x1b[31m\r\ufffe", status: "ok", detail: "" },
      { name: "b", status: "unsupported", detail: "c\x1b[31m" },
    ],
  };
  assertEquals(
    checksAsTap(report),
    "TAP version 14\n1..2\n# s\\\\x1b[2J\nok 1 - a\\\\x1b[31m\\\\x0d\ufffe\n" +
      "ok 2 - b # SKIP c\\\\x1b[31m",
  );
  assertMatch(checksAsJunit(report), /name="a\?\[31m\r\?"/);
});
