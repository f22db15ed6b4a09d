/**
 * What a script expects of a command.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { isErrnoName } from "../ffi/errno.ts";
import { rules } from "../policy/_index.ts";
import { suggestRule } from "../policy/nearest.ts";
import { parseHex } from "../syntax/hex.ts";
import { parsePath, type Path } from "./_data_path.ts";

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
      hint: `${suggestRule(rule)}boctl explain lists the rules.`,
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
