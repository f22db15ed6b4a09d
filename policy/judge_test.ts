import { assertEquals } from "@std/assert";
import { Baseline, formatBaseline } from "./baseline.ts";
import { created, exported, journalOf, opened, SCRIPT } from "./_journal.ts";
import { judgeJournal, knownAs, type PlacedIgnore } from "./judge.ts";
import { type PolicyReport, verdictOf } from "./report.ts";
import { reportAsText } from "./report_text.ts";

const journal = journalOf([
  opened(),
  created({ caching: "write-combined" }),
  exported({ mode: "ro", askedRdwr: false, caching: "write-combined" }),
  exported({ mode: "ro", dmaBuf: "db2", first: false, caching: "write-combined" }),
]);
const settings = { select: ["late-rdwr"], profile: "threads", threshold: "warning" } as const;
const subject = { name: SCRIPT, who: "sim:test", journal };

function ignore(line: number | undefined, ...rules: readonly string[]): PlacedIgnore {
  return {
    rules,
    reason: "meant",
    at: { file: SCRIPT, line: 4 },
    of: line === undefined ? undefined : { file: SCRIPT, line },
  };
}

async function withIgnore(one: PlacedIgnore, stopped = false): Promise<PolicyReport> {
  return await judgeJournal({ ...subject, ignores: [one], stopped }, settings);
}

Deno.test("judgeJournal() counts findings at or above the threshold", async () => {
  assertEquals(verdictOf(await judgeJournal(subject, settings)), "fail");
  const report = await judgeJournal(subject, { ...settings, threshold: "error" });
  assertEquals(verdictOf(report), "pass");
  assertEquals(report.checks, [{ name: "late-rdwr", outcome: "pass", detail: "1 not counted" }]);
});

Deno.test("judgeJournal() skips where nothing was done, or no rule is left", async () => {
  const opens = { ...subject, journal: journalOf([opened()]) };
  assertEquals(verdictOf(await judgeJournal(opens, settings)), "skip");
  assertEquals(verdictOf(await judgeJournal({ ...subject, journal: [] }, settings)), "skip");
  const none = { ...settings, ignore: ["late-rdwr"] };
  assertEquals(verdictOf(await judgeJournal(subject, none)), "skip");
});

Deno.test("judgeJournal() heeds a comment about the line, and tells one that ignores nothing", async () => {
  const heeded = await withIgnore(ignore(4, "cached-export", "late-rdwr"));
  assertEquals(verdictOf(heeded), "pass");
  assertEquals(heeded.findings[0]?.suppressed, { by: "comment", reason: "meant" });
  // cached-export is not judged: nobody can say that there is none.
  assertEquals(heeded.remarks, []);
  const elsewhere = await withIgnore(ignore(3, "late-rdwr"));
  assertEquals([verdictOf(elsewhere), elsewhere.remarks], ["fail", [{
    message: '"boctl: ignore late-rdwr" ignores nothing: there is no such finding',
    file: SCRIPT,
    line: 4,
  }]]);
  assertEquals((await withIgnore(ignore(undefined, "late-rdwr"))).remarks.length, 1);
  assertEquals((await withIgnore(ignore(3, "late-rdwr"), true)).remarks, []);
});

Deno.test("judgeJournal() does not count what a baseline knows, and tells what is found no more", async () => {
  const { findings } = await judgeJournal(subject, settings);
  const gone = { rule: "late-rdwr", file: SCRIPT, line: "export x" };
  const known = Baseline.parse(formatBaseline([...findings.map(knownAs), gone]), "b.json");
  const report = await judgeJournal(subject, { ...settings, baseline: { name: "b.json", known } });
  assertEquals(verdictOf(report), "pass");
  assertEquals(report.findings[0]?.suppressed?.by, "baseline");
  assertEquals(report.remarks, [{
    message: 'b.json knows late-rdwr of "export x", which is found no more',
    file: SCRIPT,
  }]);
});

Deno.test("judgeJournal() gives a finding the same fingerprint wherever its line stands", async () => {
  const lower = journalOf([[], ...journal.map(({ seq: _seq, at: _at, ...body }) => body)]);
  const [a, b] = [
    await judgeJournal(subject, settings),
    await judgeJournal({ ...subject, journal: lower }, settings),
  ];
  assertEquals([a.findings[0]?.at.line, b.findings[0]?.at.line], [4, 5]);
  assertEquals(a.findings[0]?.fingerprint, b.findings[0]?.fingerprint);
});

Deno.test("reportAsText() quotes no control characters", async () => {
  const hostile = journal.map((event) => ({
    ...event,
    at: { file: "a\x1b[2J\nPASS", line: 1, command: "export \x1b[31m" },
  }));
  const report = await judgeJournal(
    { name: "x\x1b[2J", who: "y\x1b", journal: hostile },
    settings,
  );
  const text = reportAsText(report, { all: true });
  // deno-lint-ignore no-control-regex -- control characters are what this is about
  assertEquals([/[\x00-\x09\x0b-\x1f]/.test(text), /^PASS/m.test(text)], [false, false]);
});

Deno.test("reportAsText() tells a fix in full: commands with what is said above them", async () => {
  const text = reportAsText(await judgeJournal(subject, settings), { all: true });
  assertEquals(text.split("\n").filter((line) => /^ {2}fix|^ {6}\S|^ {8}/.test(line)), [
    "  fix: Export for writing first (Mesa's pan_kmod always does); DRM_RDWR without need costs nothing:",
    "        boctl export bo1 --rdwr --as db1",
    "      The mode cannot be changed: a buffer keeps its dma-buf as long as it has a handle. What " +
    "was exported read-only must be made anew.",
  ]);
});
