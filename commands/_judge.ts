/**
 * Whether what a script expects of a command happened.
 *
 * @module
 */
import { type BoctlError, CheckFailed, KernelRefusal, NoDevice } from "../errors.ts";
import { errnoName } from "../ffi/errno.ts";
import { toJson } from "../output/json.ts";
import { formatHex } from "../syntax/hex.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Result } from "./command.ts";
import { valueAt } from "./_data_path.ts";
import type { Expectation } from "./_expectation.ts";

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
