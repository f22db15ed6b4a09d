/**
 * What a script expects of a command, and whether it happened.
 *
 * @module
 */
import { type BoctlError, CheckFailed, KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import { errnoName, isErrnoName } from "../ffi/errno.ts";
import { toJson } from "../output/json.ts";
import { rules } from "../policy/_index.ts";
import { nearestRule } from "../policy/nearest.ts";
import { formatHex, parseHex } from "../syntax/hex.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Result } from "./command.ts";
import { parsePath, type Path, valueAt } from "./_data_path.ts";

/** A condition, read. */
export type Condition =
  | { readonly kind: "ok" }
  | { readonly kind: "errno"; readonly name: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "stale"; readonly stale: boolean }
  | { readonly kind: "json"; readonly path: Path; readonly value: string }
  | { readonly kind: "violation"; readonly rule: string };

/** A condition as it was written and as it is meant. */
export interface Expectation {
  readonly text: string;
  readonly wanted: Condition;
}

/** What became of a command. */
export interface Outcome {
  readonly result?: Result | undefined;
  readonly error?: BoctlError | undefined;
}

/** An expectation that did not hold. */
export class ExpectationFailed extends CheckFailed {
  /** The condition as it was written. */
  readonly expected: string;
  /** What happened instead, without messages: an errno, `exit 2`, `ok`, `bytes=00, stale`. */
  readonly outcome: string;

  constructor(expected: string, got: string, outcome: string) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.outcome = outcome;
  }
}

/** How many words the condition takes that begins with this one. */
export function conditionLength(first: string): number {
  return first === "json" ? 2 : 1;
}

function parseJson(text: string | undefined): Condition {
  const equals = text?.indexOf("=") ?? -1;
  if (text === undefined || equals < 0) {
    throw new UsageError("expect json: PATH=VALUE must follow", {
      ...(text === undefined ? {} : { word: text }),
      hint: "For example: expect json size=8192 create --size 5000.",
    });
  }
  return {
    kind: "json",
    path: parsePath(text.slice(0, equals), text),
    value: text.slice(equals + 1),
  };
}

function parseViolation(rule: string): Condition {
  if (!Object.hasOwn(rules, rule)) {
    throw new UsageError(`expect: no rule is called "${rule}"`, {
      word: rule,
      hint: `Did you mean "${nearestRule(rule)}"? boctl explain lists the rules.`,
    });
  }
  return { kind: "violation", rule };
}

function parseCondition(text: string, second: string | undefined): Condition {
  if (text === "ok") return { kind: "ok" };
  if (text === "stale") return { kind: "stale", stale: true };
  if (text === "fresh") return { kind: "stale", stale: false };
  if (text === "json") return parseJson(second);
  if (isErrnoName(text)) return { kind: "errno", name: text };
  if (text.startsWith("bytes=")) return { kind: "bytes", bytes: parseHex(text.slice(6), "expect") };
  if (text.startsWith("violation=")) return parseViolation(text.slice(10));
  if (/^exit=\d{1,3}$/.test(text)) return { kind: "exit", code: Number(text.slice(5)) };
  throw new UsageError(`expect: "${text}" is no expectation`, {
    word: text,
    hint: "expect takes ok, an errno name (EACCES), bytes=HEX, exit=N, stale, fresh, " +
      "json PATH=VALUE or violation=RULE.",
  });
}

/**
 * Reads a condition's words.
 * @throws {UsageError} naming the word that is wrong
 */
export function parseExpectation(words: readonly string[]): Expectation {
  const [first = "", second] = words;
  return { text: words.join(" "), wanted: parseCondition(first, second) };
}

function errnoOf(error: BoctlError): string | undefined {
  return (error instanceof KernelRefusal || error instanceof NoDevice) && error.errno !== 0
    ? errnoName(error.errno)
    : undefined;
}

/** What happened, in one word or two. */
export function outcomeKind({ result, error }: Outcome): string {
  if (error !== undefined) return errnoOf(error) ?? `exit ${error.exitCode}`;
  return result?.exitCode ? `exit ${result.exitCode}` : "ok";
}

function outcomeText(outcome: Outcome): string {
  const kind = outcomeKind(outcome);
  return outcome.error === undefined ? kind : `${kind} (${outcome.error.message})`;
}

/** Whether a device read bytes that were not the newest; undefined where no device read. */
function isStale({ data }: Result): boolean | undefined {
  const { stale } = data;
  return Array.isArray(stale) ? stale.length > 0 : undefined;
}

/** Whether a value is what was written: as JSON, or as text. */
function isWritten(actual: unknown, written: string): boolean {
  const json = toJson(actual);
  if (actual === written || json === written) return true;
  try {
    return toJson(JSON.parse(written)) === json;
  } catch {
    return false;
  }
}

/** Whether the rule finds something about what was done since entry `since` of the journal. */
async function violates(workspace: Workspace, rule: string, since: number): Promise<boolean> {
  const { checkJournal } = await import("../policy/check.ts");
  const findings = await checkJournal(workspace.journal.events, { select: [rule] });
  return findings.some(({ events }) => (events.at(-1) ?? -1) >= since);
}

/**
 * Holds an outcome against an expectation.
 * @param since the length of the journal before the command
 * @throws {ExpectationFailed} when it is another one
 */
export async function judge(
  { wanted, text }: Expectation,
  outcome: Outcome,
  workspace: Workspace,
  since: number,
): Promise<void> {
  const { result, error } = outcome;
  const fail = (got = outcomeText(outcome), kind = outcomeKind(outcome)): never => {
    throw new ExpectationFailed(text, got, kind);
  };
  switch (wanted.kind) {
    case "ok":
      if (outcomeKind(outcome) !== "ok") fail();
      break;
    case "errno":
      if (error === undefined || errnoOf(error) !== wanted.name) fail();
      break;
    case "exit":
      if ((error?.exitCode ?? result?.exitCode ?? 0) !== wanted.code) fail();
      break;
    case "bytes":
      if (error !== undefined) fail();
      else if (result?.bytes === undefined) {
        fail("no bytes: the command reads none (--read RANGE)", "no bytes");
      } else if (formatHex(result.bytes) !== formatHex(wanted.bytes)) {
        const got = `bytes=${formatHex(result.bytes)}`;
        // Old bytes and bytes that nobody wrote can be the same.
        fail(got, isStale(result) ? `${got}, stale` : got);
      }
      break;
    case "stale": {
      if (error !== undefined) fail();
      const stale = isStale(result ?? { data: {}, text: "" });
      if (stale === undefined) fail("no device read", "no device read");
      else if (stale !== wanted.stale) {
        const got = wanted.stale ? "fresh bytes" : "stale bytes";
        fail(got, got);
      }
      break;
    }
    case "json": {
      if (error !== undefined) fail();
      const found = valueAt(result?.data ?? {}, wanted.path);
      if ("missing" in found) fail(found.missing, "nothing there");
      else if (!isWritten(found.value, wanted.value)) {
        fail(`${wanted.path.text}=${toJson(found.value)}`, "another value");
      }
      break;
    }
    case "violation":
      if (!await violates(workspace, wanted.rule, since)) {
        fail(
          error === undefined ? "no such finding" : `no such finding, but ${outcomeText(outcome)}`,
          "no such finding",
        );
      }
  }
}
