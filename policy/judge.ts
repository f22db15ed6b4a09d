/**
 * From a journal to a report: rules, what is ignored, what is known, lines and bytes.
 *
 * @module
 */
import { Fixes } from "./_fix.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Baseline, KnownFinding } from "./baseline.ts";
import { checkJournal, type CheckOptions, chosenRules, type RuleFinding } from "./check.ts";
import { fingerprints } from "./_fingerprint.ts";
import type { IgnoreComment } from "./ignores.ts";
import {
  isCounted,
  type PolicyCheck,
  type PolicyReport,
  type Remark,
  type ReportedFinding,
  type Suppression,
} from "./report.ts";
import { linesOf } from "./report_lines.ts";
import type { Profile, Rule, Severity } from "./rule.ts";

/** A line of a file, from 1. */
interface Line {
  readonly file: string;
  readonly line: number;
}

/** A comment that ignores findings. */
export interface PlacedIgnore extends IgnoreComment {
  readonly at: Line;
  /** The line that it is about; undefined where there is none. */
  readonly of: Line | undefined;
}

/** What is judged. */
export interface Subject {
  /** What it is called in messages. */
  readonly name: string;
  /** Backend and drivers. */
  readonly who: string;
  readonly journal: readonly JournalEvent[];
  /** The text of a line and where its command begins, from 1; undefined where it is not known. */
  readonly lineAt?: (at: Line) => { readonly text: string; readonly column: number } | undefined;
  readonly ignores?: readonly PlacedIgnore[];
  /** It ended before its end: what did not come may have come later. */
  readonly stopped?: boolean;
}

/** What it is judged by. */
export interface JudgeSettings {
  readonly select?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly profile: Profile;
  readonly threshold: Severity;
  /** Known findings; it is used up. */
  readonly baseline?: { readonly name: string; readonly known: Baseline } | undefined;
}

/** Which rules settings choose. */
export function choiceOf(
  { select, ignore, profile }: Pick<JudgeSettings, "select" | "ignore" | "profile">,
): CheckOptions {
  return {
    profile,
    ...(select === undefined ? {} : { select }),
    ...(ignore === undefined ? {} : { ignore }),
  };
}

const placeKey = ({ file, line }: Line): string => `${line} ${file}`;

/** Comments by the line that they are about. */
class Ignores {
  readonly #byLine = new Map<string, PlacedIgnore[]>();
  readonly #all: readonly PlacedIgnore[];
  readonly #used = new Map<PlacedIgnore, Set<string>>();

  constructor(all: readonly PlacedIgnore[]) {
    this.#all = all;
    for (const ignore of all) {
      this.#used.set(ignore, new Set());
      if (ignore.of === undefined) continue;
      const key = placeKey(ignore.of);
      this.#byLine.set(key, [...this.#byLine.get(key) ?? [], ignore]);
    }
  }

  find({ rule, at: { file, line } }: RuleFinding): Suppression | undefined {
    if (file === undefined || line === undefined) return undefined;
    const found = this.#byLine.get(placeKey({ file, line }))
      ?.find(({ rules }) => rules.includes(rule));
    if (found === undefined) return undefined;
    this.#used.get(found)?.add(rule);
    return { by: "comment", reason: found.reason };
  }

  /** What ignores nothing, of the rules that were judged. */
  remarks(judged: ReadonlySet<string>): Remark[] {
    return this.#all.flatMap((ignore) =>
      ignore.rules.filter((rule) => judged.has(rule) && !this.#used.get(ignore)?.has(rule))
        .map((rule) => ({
          message: ignore.of === undefined
            ? `"boctl: ignore ${rule}" stands above no command: it ignores nothing`
            : `"boctl: ignore ${rule}" ignores nothing: there is no such finding`,
          ...ignore.at,
        }))
    );
  }
}

function checkOf(
  { id }: Rule,
  findings: readonly ReportedFinding[],
  threshold: Severity,
  empty: boolean,
): PolicyCheck {
  if (empty) return { name: id, outcome: "skip", detail: "nothing was done that could break it" };
  const own = findings.filter(({ rule }) => rule === id);
  const counted = own.filter((finding) => isCounted(finding, threshold));
  const [first] = counted;
  if (first !== undefined) {
    const { file, line } = first.at;
    const where = file === undefined ? "" : `${file}:${line}: `;
    const more = counted.length > 1 ? ` (and ${counted.length - 1} more)` : "";
    return { name: id, outcome: "fail", detail: `${where}${first.message}${more}` };
  }
  return {
    name: id,
    outcome: "pass",
    detail: own.length === 0 ? "" : `${own.length} not counted`,
  };
}

/** What a baseline knows a finding by. */
export function knownAs({ rule, at, source }: ReportedFinding): KnownFinding {
  return { rule, file: at.file ?? "", line: source };
}

/**
 * Judges a journal.
 * @throws {UsageError} when a chosen rule does not exist
 */
export async function judgeJournal(
  subject: Subject,
  settings: JudgeSettings,
): Promise<PolicyReport> {
  const { journal, lineAt, stopped } = subject;
  const { baseline, threshold, profile } = settings;
  const choice = choiceOf(settings);
  const rules = await chosenRules(choice);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const ignores = new Ignores(subject.ignores ?? []);
  const known = baseline?.known;
  const suppressionOf = (finding: RuleFinding, source: string): Suppression | undefined => {
    const comment = ignores.find(finding);
    if (comment !== undefined) return comment;
    const { rule, at } = finding;
    return known?.takes({ rule, file: at.file ?? "", line: source })
      ? { by: "baseline", reason: `known to ${baseline?.name}` }
      : undefined;
  };
  const all = await checkJournal(journal, choice);
  const fixes = new Fixes(journal);
  const found = all.map((finding): Omit<ReportedFinding, "fingerprint"> => {
    const { rule, severity, message, at, events } = finding;
    const asked = byId.get(rule);
    const { file, line } = at;
    const written = file === undefined || line === undefined ? undefined : lineAt?.({ file, line });
    const source = written?.text ?? at.command;
    const suppressed = suppressionOf(finding, source);
    const lines = linesOf(finding, journal);
    return {
      rule,
      severity,
      message,
      at,
      ...(written === undefined ? {} : { column: written.column }),
      source,
      events,
      related: events.slice(0, -1).flatMap((seq) => {
        const event = journal[seq];
        return event === undefined ? [] : [{ kind: event.kind, at: event.at }];
      }),
      fix: asked === undefined ? "" : fixes.of(asked, finding),
      ...(suppressed === undefined ? {} : { suppressed }),
      ...(lines === undefined ? {} : { lines }),
    };
  });
  const keys = await fingerprints(
    found.map(({ rule, at, source }) => ({ rule, file: at.file ?? "", line: source })),
  );
  const findings = found.map((finding, i) => ({ ...finding, fingerprint: keys[i] ?? "" }));
  const judged = new Set(byId.keys());
  const files = new Set(journal.map(({ at }) => at.file ?? ""));
  const stale = stopped === true ? [] : known?.stale(files, judged) ?? [];
  const empty = journal.every(({ kind }) => kind === "open");
  return {
    subject: subject.name,
    who: subject.who,
    profile,
    threshold,
    findings,
    checks: rules.map((rule) => checkOf(rule, findings, threshold, empty)),
    remarks: [
      ...(stopped === true ? [] : ignores.remarks(judged)),
      ...stale.map(({ rule, file, line }) => ({
        message: `${baseline?.name} knows ${rule} of "${line}", which is found no more`,
        ...(file === "" ? {} : { file }),
      })),
    ],
    rules: rules.map(({ id, severity, summary, why, fix }) => ({
      id,
      severity,
      summary,
      why,
      fix,
    })),
  };
}
