/**
 * A report for people.
 *
 * @module
 */
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import {
  countsOf,
  isCounted,
  type PolicyReport,
  type ReportedFinding,
  verdictOf,
} from "./report.ts";
import { drawLines } from "./report_drawing.ts";

/** Characters of a quoted line. */
const QUOTED = 120;
const GUTTER = 5;

function placeText({ at: { file, line }, column }: ReportedFinding): string {
  if (file === undefined) return "";
  return `${[file, line, column].filter((part) => part !== undefined).join(":")}: `;
}

/** A line of a script, cut where it is long. */
function quoted({ at, source }: ReportedFinding): string {
  const text = source.trimEnd();
  const cut = text.length > QUOTED ? `${text.slice(0, QUOTED).toWellFormed()}…` : text;
  return `${String(at.line ?? "").padStart(GUTTER)} | ${escapeText(cut)}`;
}

/** A fix in full: commands that stood without what is said above them would be taken for one way. */
function fixText(fix: string): string[] {
  return fix.split("\n").map((line, i) => escapeText(i === 0 ? `  fix: ${line}` : `      ${line}`));
}

function findingText(
  finding: ReportedFinding,
  first: boolean,
  columns: number | undefined,
): string[] {
  const { severity, rule, message, lines, fix, suppressed } = finding;
  const picture = lines === undefined
    ? []
    : drawLines(lines, columns === undefined ? undefined : columns - GUTTER - 3);
  return [
    escapeText(`${placeText(finding)}${severity} ${rule}: ${message}`),
    quoted(finding),
    ...picture.map((line) => escapeText(`${" ".repeat(GUTTER)} | ${line}`)),
    ...(suppressed === undefined ? [] : [escapeText(`  not counted: ${suppressed.reason}`)]),
    // Once is enough for a way that mends many.
    ...(first && suppressed === undefined ? fixText(fix) : []),
  ];
}

/** How many of each severity there are: `1 error, 0 warnings, 2 notes`. */
export function countsText(report: PolicyReport): string {
  const counts = countsOf(report);
  const severities = (["error", "warning", "note"] as const)
    .map((word) => plural(counts[word], word)).join(", ");
  const more = [
    ...(counts.ignored > 0 ? [`${counts.ignored} ignored`] : []),
    ...(counts.baselined > 0 ? [`${counts.baselined} in the baseline`] : []),
  ];
  return [severities, ...more].join(", ");
}

const words = { pass: "PASS", fail: "FAIL", skip: "SKIP" } as const;

/** What is shown. */
export interface TextOptions {
  /** Findings below the threshold, and those that are ignored or known, too. */
  readonly all: boolean;
  /** Columns of the terminal, which pictures are to fit in; absent where text goes elsewhere. */
  readonly columns?: number | undefined;
}

/** The findings that are told. */
export function shownFindings(
  { findings, threshold }: PolicyReport,
  { all }: Pick<TextOptions, "all">,
): readonly ReportedFinding[] {
  return all ? findings : findings.filter((finding) => isCounted(finding, threshold));
}

/** Findings, checks that failed without one, and remarks. */
export function findingsAsText(report: PolicyReport, options: TextOptions): readonly string[] {
  const shown = shownFindings(report, options);
  const seen = new Set(shown.map(({ rule }) => rule));
  const fixes = new Set<string>();
  const told = shown.flatMap((finding) => {
    const { rule, fix, suppressed } = finding;
    const key = `${rule}: ${fix}`;
    const first = !fixes.has(key);
    if (suppressed === undefined) fixes.add(key);
    return findingText(finding, first, options.columns);
  });
  const failed = report.checks.filter(({ name, outcome }) => outcome === "fail" && !seen.has(name))
    .map(({ name, detail }) => escapeText(`FAIL ${name}: ${detail}`));
  const remarks = report.remarks.map(({ message, file, line }) =>
    escapeText(`${[file, line].filter((part) => part !== undefined).join(":")}`) +
    escapeText(`${file === undefined ? "" : ": "}note: ${message}`)
  );
  const explained = [...seen].sort();
  return [
    ...told,
    ...failed,
    ...remarks,
    ...(explained.length > 0 ? [`  more: boctl explain ${explained.join(" | ")}`] : []),
  ];
}

/** Findings, remarks and a summary. */
export function reportAsText(report: PolicyReport, options: TextOptions): string {
  const hidden = report.findings.length - shownFindings(report, options).length;
  const outcome = verdictOf(report);
  const summary = escapeText(`${words[outcome]} ${report.subject} on ${report.who}: `) +
    (outcome === "skip" ? "nothing was done that these rules can check" : countsText(report)) +
    (hidden > 0 ? " (--notes shows them)" : "");
  return [...findingsAsText(report, options), summary].join("\n");
}
