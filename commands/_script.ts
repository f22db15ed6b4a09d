/**
 * Scripts: one command a line, `expect CONDITION` before a command.
 *
 * @module
 */
import { type BoctlError, CheckFailed, KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import { errnoName, isErrnoName } from "../ffi/errno.ts";
import { formatHex, parseHex } from "../syntax/hex.ts";
import { splitWords, type Word, WordError } from "../syntax/words.ts";
import type { Result } from "./command.ts";

/** What must happen: an errno, success, bytes, an exit code, or stale bytes for the device. */
export type Expectation =
  | { readonly kind: "ok" }
  | { readonly kind: "errno"; readonly name: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "stale"; readonly stale: boolean };

/** One command of a script, where it stands. */
export interface Statement {
  readonly line: number;
  readonly words: readonly Word[];
  readonly expectation?: { readonly text: string; readonly wanted: Expectation };
}

/** An error with its place in a script. */
export interface Placed {
  readonly line: number;
  readonly column: number;
}

const placed = new WeakMap<Error, Placed>();

/** Where in a script an error stands, if it does. */
export function placeOf(error: Error): Placed | undefined {
  return placed.get(error);
}

/** Notes the place of an error: the column of the word that is wrong, else of the command. */
export function place<E extends Error>(error: E, line: number, words: readonly Word[]): E {
  if (placed.has(error)) return error;
  const wrong = error instanceof UsageError && error.word !== undefined
    ? words.find(({ text }) => text === error.word) ??
      words.find(({ text }) => text.endsWith(`=${error.word}`))
    : undefined;
  placed.set(error, { line, column: (wrong ?? words[0])?.column ?? 1 });
  return error;
}

function parseExpectation(text: string): Expectation {
  if (text === "ok") return { kind: "ok" };
  if (text === "stale") return { kind: "stale", stale: true };
  if (text === "fresh") return { kind: "stale", stale: false };
  if (isErrnoName(text)) return { kind: "errno", name: text };
  if (text.startsWith("bytes=")) return { kind: "bytes", bytes: parseHex(text.slice(6), "expect") };
  if (/^exit=\d{1,3}$/.test(text)) return { kind: "exit", code: Number(text.slice(5)) };
  throw new UsageError(`expect: "${text}" is no expectation`, {
    word: text,
    hint: "expect takes ok, an errno name (EACCES), bytes=HEX, exit=N, stale or fresh.",
  });
}

/**
 * Reads a script.
 * @throws {UsageError} with its place, for a line that cannot be read
 */
export function parseScript(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  text.split("\n").forEach((line, i) => {
    let words: readonly Word[];
    try {
      words = splitWords(line);
    } catch (error) {
      if (error instanceof WordError) placed.set(error, { line: i + 1, column: error.column });
      throw error;
    }
    if (words.length === 0) return;
    if (words[0]?.text !== "expect") {
      statements.push({ line: i + 1, words });
      return;
    }
    const [, condition, ...command] = words;
    try {
      if (condition === undefined || command.length === 0) {
        throw new UsageError("expect: a condition and a command must follow");
      }
      const wanted = parseExpectation(condition.text);
      statements.push({
        line: i + 1,
        words: command,
        expectation: { text: condition.text, wanted },
      });
    } catch (error) {
      throw error instanceof Error ? place(error, i + 1, words) : error;
    }
  });
  return statements;
}

function errnoOf(error: BoctlError): string | undefined {
  return (error instanceof KernelRefusal || error instanceof NoDevice) && error.errno !== 0
    ? errnoName(error.errno)
    : undefined;
}

/** What happened, in one phrase. */
function outcomeText(result: Result | undefined, error: BoctlError | undefined): string {
  if (error !== undefined) {
    return `${errnoOf(error) ?? `exit ${error.exitCode}`} (${error.message})`;
  }
  return result?.exitCode ? `exit ${result.exitCode}` : "ok";
}

/**
 * Holds an outcome against an expectation.
 * @throws {CheckFailed} when it is another one
 */
export function judge(
  expectation: NonNullable<Statement["expectation"]>,
  result: Result | undefined,
  error: BoctlError | undefined,
): void {
  const { wanted, text } = expectation;
  const fail = (got: string): never => {
    throw new CheckFailed(`expected ${text}, got ${got}`);
  };
  const exit = error?.exitCode ?? result?.exitCode ?? 0;
  switch (wanted.kind) {
    case "ok":
      if (exit !== 0) fail(outcomeText(result, error));
      break;
    case "errno":
      if (error === undefined || errnoOf(error) !== wanted.name) fail(outcomeText(result, error));
      break;
    case "exit":
      if (exit !== wanted.code) fail(outcomeText(result, error));
      break;
    case "bytes": {
      if (error !== undefined) fail(outcomeText(result, error));
      if (result?.bytes === undefined) fail("no bytes: the command reads none (--read RANGE)");
      else if (formatHex(result.bytes) !== formatHex(wanted.bytes)) {
        fail(`bytes=${formatHex(result.bytes)}`);
      }
      break;
    }
    case "stale": {
      if (error !== undefined) fail(outcomeText(result, error));
      const stale = result?.data["stale"];
      if (!Array.isArray(stale)) fail("no device read");
      else if ((stale.length > 0) !== wanted.stale) {
        fail(wanted.stale ? "fresh bytes" : "stale bytes");
      }
    }
  }
}
