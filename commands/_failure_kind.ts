/**
 * Whether two runs of a script fail the same way.
 *
 * @module
 */
import { type BoctlError, KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import { errnoName } from "../ffi/errno.ts";
import { ExpectationFailed } from "./_judge.ts";
import type { Step } from "./_run_script.ts";

/** Addresses and offsets in a call's name move as a script shrinks. */
function withoutNumbers(call: string): string {
  return call.replace(/0x[0-9a-f]+/g, "0x…");
}

/** The rules that a failed `policy-check` found broken, in its order. */
function brokenRules(step: Step | undefined): readonly string[] {
  const findings = step?.result?.data["findings"];
  if (!Array.isArray(findings)) return [];
  return findings.flatMap((finding: { readonly rule?: unknown; readonly severity?: unknown }) =>
    typeof finding.rule === "string" && finding.severity !== "note" ? [finding.rule] : []
  );
}

/**
 * What kinds of failure an error is, the most telling first: the expectation and what happened
 * instead; the call and its errno; the rules that were found broken.
 * @param step the failed step, where there is one
 */
export function failureKinds(error: BoctlError, step: Step | undefined): readonly string[] {
  if (error instanceof ExpectationFailed) {
    return [`expected ${error.expected}, got ${error.outcome}`];
  }
  if (error instanceof KernelRefusal) {
    return [`${withoutNumbers(error.call)}: ${errnoName(error.errno)}`];
  }
  if (error instanceof NoDevice) {
    return [`no device: ${error.errno === 0 ? error.message : errnoName(error.errno)}`];
  }
  if (error instanceof UsageError) return [`wrong usage: ${error.message}`];
  const name = step?.statement.words[0]?.text ?? "";
  const rules = brokenRules(step);
  return rules.length > 0
    ? [...new Set(rules)].map((rule) => `${name} finds ${rule}`)
    : [`${name}: ${error.name}, exit ${error.exitCode}`];
}
