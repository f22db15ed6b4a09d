/**
 * What a report of rules holds, whatever it is of and however it is printed.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent, Source } from "../workspace/journal.ts";
import type { Profile, Severity } from "./rule.ts";
import { severityRank } from "./severity.ts";

/** Why a finding is not counted. */
export interface Suppression {
  readonly by: "comment" | "baseline";
  /** As the comment gives it, or which file knows of it. */
  readonly reason: string;
}

/** What one event did to which bytes. */
export interface ByteRow {
  /** `written`, `cleaned`, `stale`. */
  readonly what: string;
  readonly at: Source;
  /** Bytes of the buffer, ascending, without overlap; absent where it is all of them. */
  readonly ranges?: readonly ByteRange[];
}

/** Bytes against cache lines. */
export interface LinePicture {
  /** Bytes of a cache line. */
  readonly lineBytes: number;
  /** Whether nobody said how long a line is: 64 bytes are usual. */
  readonly assumed: boolean;
  /** In the order of the events. */
  readonly rows: readonly ByteRow[];
}

/** Something that led to a finding. */
export interface RelatedEvent {
  /** The kind of the journal's entry: `cpu`, `sync`, `export`. */
  readonly kind: JournalEvent["kind"];
  readonly at: Source;
}

/** One breach, as it is told. */
export interface ReportedFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly at: Source;
  /** Where the command begins in its line, from 1; absent where the line is not known. */
  readonly column?: number;
  /** The line as it is written; the command where the line is not known. */
  readonly source: string;
  /** Positions in the journal, the decisive one last. */
  readonly events: readonly number[];
  /** The events before the decisive one. */
  readonly related: readonly RelatedEvent[];
  /** How to mend it, with the command. */
  readonly fix: string;
  /** The same in every run, wherever in its file the line stands. */
  readonly fingerprint: string;
  readonly suppressed?: Suppression;
  readonly lines?: LinePicture;
}

/** What became of one check: a rule over a journal, or one asked of a kernel. */
export interface PolicyCheck {
  readonly name: string;
  readonly outcome: "pass" | "fail" | "skip";
  /** What was seen, or why it could not be checked. */
  readonly detail: string;
}

/** Something to know that is no finding: a comment that ignores nothing. */
export interface Remark {
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

/** What SARIF and people are told of a rule. */
export interface RuleFacts {
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly why: string;
  readonly fix: string;
}

/** A report. */
export interface PolicyReport {
  /** What was judged: a script, a trace, a session. */
  readonly subject: string;
  /** Backend and drivers. */
  readonly who: string;
  readonly profile: Profile;
  /** Findings from here on fail. */
  readonly threshold: Severity;
  /** What ended it before its end; `skipped`: because it is not for this device. */
  readonly stopped?: { readonly message: string; readonly skipped: boolean };
  /** In the order of the journal. */
  readonly findings: readonly ReportedFinding[];
  /** By name. */
  readonly checks: readonly PolicyCheck[];
  readonly remarks: readonly Remark[];
  /** Those that were checked, by id. */
  readonly rules: readonly RuleFacts[];
}

/** Whether a finding makes the report fail. */
export function isCounted(
  { severity, suppressed }: Pick<ReportedFinding, "severity" | "suppressed">,
  threshold: Severity,
): boolean {
  return suppressed === undefined && severityRank[severity] >= severityRank[threshold];
}

/** `fail` where a finding is counted or a check failed, `skip` where nothing could be checked. */
export function verdictOf(
  { findings, checks, threshold }: PolicyReport,
): "pass" | "fail" | "skip" {
  const failed = findings.some((finding) => isCounted(finding, threshold)) ||
    checks.some(({ outcome }) => outcome === "fail");
  if (failed) return "fail";
  return checks.every(({ outcome }) => outcome === "skip") ? "skip" : "pass";
}

/** How many findings of each severity are not suppressed, and how many are, by what. */
export interface Counts extends Readonly<Record<Severity, number>> {
  readonly ignored: number;
  readonly baselined: number;
}

/** Counts findings. */
export function countsOf({ findings }: Pick<PolicyReport, "findings">): Counts {
  const severity = (word: Severity): number =>
    findings.filter((one) => one.suppressed === undefined && one.severity === word).length;
  const suppressed = (by: Suppression["by"]): number =>
    findings.filter((one) => one.suppressed?.by === by).length;
  return {
    error: severity("error"),
    warning: severity("warning"),
    note: severity("note"),
    ignored: suppressed("comment"),
    baselined: suppressed("baseline"),
  };
}
