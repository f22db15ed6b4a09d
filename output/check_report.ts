/**
 * Reports of checks: as people know them from v4l2-compliance, as TAP 14, and as JUnit XML.
 *
 * @module
 */
import { escapeText } from "./escape.ts";

/** What became of one check. */
export interface CheckOutcome {
  readonly name: string;
  readonly status: "ok" | "unsupported" | "fail";
  /** What was seen, or why it failed or could not be done. */
  readonly detail: string;
}

/** A run of checks on one device. */
export interface CheckReport {
  /** What kind of checks they are, for JUnit's class names; `smoke` where absent. */
  readonly suite?: string;
  /** The tested device, driver and backend: `vgem 1.0, /dev/dri/card0, live, Linux 6.12`. */
  readonly subject: string;
  readonly outcomes: readonly CheckOutcome[];
}

const words = { ok: "OK", unsupported: "OK (Not Supported)", fail: "FAIL" } as const;

/** How many have a status. */
export function countOf(report: CheckReport, status: CheckOutcome["status"]): number {
  return report.outcomes.filter((outcome) => outcome.status === status).length;
}

/** Lines for people, with totals. */
export function checksAsText(report: CheckReport): string {
  const lines = report.outcomes.map(({ name, status, detail }) =>
    `test ${name}: ${words[status]}${detail === "" ? "" : ` (${escapeText(detail)})`}`
      .replace("OK (Not Supported) (", "OK (Not Supported: ")
  );
  return [
    `smoke: ${report.subject}`,
    ...lines,
    `Total: ${report.outcomes.length}, OK: ${countOf(report, "ok")}, not supported: ${
      countOf(report, "unsupported")
    }, FAIL: ${countOf(report, "fail")}`,
  ].join("\n");
}

/** TAP version 14; not supported is a SKIP. `#` in a description is escaped as TAP asks. */
export function checksAsTap(report: CheckReport): string {
  const safe = (text: string): string =>
    escapeText(text.replace(/\n/g, " ")).replace(/[\\#]/g, "\\$&");
  const lines = report.outcomes.map(({ name, status, detail }, i) => {
    const head = `${status === "fail" ? "not ok" : "ok"} ${i + 1} - ${safe(name)}`;
    if (status === "unsupported") return `${head} # SKIP ${safe(detail)}`;
    return status === "ok" ? head : `${head}\n  ---\n  message: ${JSON.stringify(detail)}\n  ...`;
  });
  return ["TAP version 14", `1..${report.outcomes.length}`, `# ${safe(report.subject)}`, ...lines]
    .join("\n");
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
  };
  return text.replace(/[&<>"\n]/g, (c) => entities[c] ?? c)
    // deno-lint-ignore no-control-regex -- XML 1.0 has no way to write these
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "?");
}

/** JUnit XML as CI systems read it. */
export function checksAsJunit(report: CheckReport): string {
  const { suite = "smoke" } = report;
  const cases = report.outcomes.map(({ name, status, detail }) => {
    const head = `    <testcase classname="boctl.${suite}" name="${xml(name)}"`;
    if (status === "ok") return `${head}/>`;
    const inner = status === "fail"
      ? `<failure message="${xml(detail)}"/>`
      : `<skipped message="${xml(detail)}"/>`;
    return `${head}>${inner}</testcase>`;
  });
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites>`,
    `  <testsuite name="${xml(report.subject)}" tests="${report.outcomes.length}" failures="${
      countOf(report, "fail")
    }" skipped="${countOf(report, "unsupported")}">`,
    ...cases,
    `  </testsuite>`,
    `</testsuites>`,
  ].join("\n");
}
