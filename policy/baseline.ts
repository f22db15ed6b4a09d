/**
 * Baselines: findings that are known, so that only new ones count.
 *
 * A known finding is a rule, a file and the text of a line: it stays known when lines are added
 * above it, and is new again when its line is changed.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { escapeText } from "../output/escape.ts";
import { rules } from "./_index.ts";

/** The version that this code writes and reads. */
const VERSION = 1;
/** The most that is read of one, in bytes. */
export const BASELINE_LIMIT = 16 << 20;

/** What a known finding is known by. */
export interface KnownFinding {
  readonly rule: string;
  /** The script as it was named; "" for what no script did. */
  readonly file: string;
  /** The line, without the spaces around it. */
  readonly line: string;
}

/** A known finding, and how often it is there. */
export interface CountedFinding extends KnownFinding {
  readonly count: number;
}

const SPACES = /\s+/g;

function plainName(file: string): string {
  return file.replace(/^(\.\/)+/, "");
}

/** The key of a finding, the same wherever in its file its line stands. */
export function keyOf({ rule, file, line }: KnownFinding): string {
  return JSON.stringify([rule, plainName(file), line.trim().replace(SPACES, " ")]);
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** Known findings, each so many times. */
export class Baseline {
  readonly #left = new Map<string, number>();
  readonly #entries: readonly CountedFinding[];

  private constructor(entries: readonly CountedFinding[]) {
    this.#entries = entries;
    for (const { count, ...entry } of entries) {
      const key = keyOf(entry);
      this.#left.set(key, (this.#left.get(key) ?? 0) + count);
    }
  }

  /**
   * Reads a baseline.
   * @param file its name, for messages
   * @throws {UsageError} for text that is none
   */
  static parse(text: string, file: string): Baseline {
    const wrong = (why: string): UsageError =>
      new UsageError(`${escapeText(file)}: ${why}`, {
        hint: "policy-check … --baseline FILE --write-baseline writes one.",
      });
    let value: JsonValue;
    try {
      value = JSON.parse(text) as JsonValue;
    } catch {
      throw wrong("is no JSON");
    }
    if (!isRecord(value) || value["boctl-baseline"] !== VERSION || !Array.isArray(value.findings)) {
      throw wrong(`is no baseline of version ${VERSION}`);
    }
    return new Baseline(value.findings.map((entry, i) => {
      const isEntry = isRecord(entry) && typeof entry.rule === "string" &&
        typeof entry.file === "string" && typeof entry.line === "string" && isCount(entry.count) &&
        Object.keys(entry).length === 4;
      if (!isEntry) {
        throw wrong(`finding ${i + 1}: wanted "rule", "file", "line" and "count"`);
      }
      return {
        rule: String(entry.rule),
        file: String(entry.file),
        line: String(entry.line),
        count: Number(entry.count),
      };
    }));
  }

  /** Whether a finding is known; each entry is good for as many as it counts. */
  takes(finding: KnownFinding): boolean {
    const key = keyOf(finding);
    const left = this.#left.get(key) ?? 0;
    if (left > 0) this.#left.set(key, left - 1);
    return left > 0;
  }

  /**
   * Entries that more findings were taken for than came, of the files and rules that were judged;
   * those of rules that are no more, too.
   */
  stale(files: ReadonlySet<string>, judged: ReadonlySet<string>): readonly KnownFinding[] {
    const plain = new Set([...files].map(plainName));
    return this.#entries.filter((entry) =>
      (this.#left.get(keyOf(entry)) ?? 0) > 0 &&
      (judged.has(entry.rule) || !Object.hasOwn(rules, entry.rule)) &&
      plain.has(plainName(entry.file))
    ).map(({ rule, file, line }) => ({ rule, file, line }));
  }

  /** What is known of other files and rules than those that were judged. */
  others(files: ReadonlySet<string>, judged: ReadonlySet<string>): readonly CountedFinding[] {
    const plain = new Set([...files].map(plainName));
    return this.#entries.filter(({ rule, file }) =>
      !plain.has(plainName(file)) || (!judged.has(rule) && Object.hasOwn(rules, rule))
    );
  }
}

/** A baseline's text: the findings that are known from now on, in a stable order, one a line. */
export function formatBaseline(
  findings: readonly (KnownFinding & { readonly count?: number })[],
): string {
  const counts = new Map<string, number>();
  for (const finding of findings) {
    const key = keyOf(finding);
    counts.set(key, (counts.get(key) ?? 0) + (finding.count ?? 1));
  }
  const lines = [...counts].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).map(([key, count]) => {
    const [rule, file, line] = JSON.parse(key) as [string, string, string];
    return `    ${JSON.stringify({ rule, file, line, count })}`;
  });
  const list = lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n  ]`;
  return `{\n  "boctl-baseline": ${VERSION},\n  "findings": ${list}\n}\n`;
}
