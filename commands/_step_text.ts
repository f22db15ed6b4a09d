/**
 * Steps of a script for people and as data.
 *
 * @module
 */
import { type BoctlError, exitCodes } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import { lineText, type Script } from "./_load_script.ts";
import { locationOf } from "./_location.ts";
import type { Step } from "./_run_script.ts";

/** Whether an error makes a skip. */
export function isSkip(error: BoctlError): boolean {
  return error.exitCode === exitCodes.notSupported;
}

/** `FILE:3:8: message`. */
export function failureText(failure: BoctlError): string {
  const at = locationOf(failure);
  const place = at === undefined ? "" : `${at.file}:${at.line}:${at.column}: `;
  return escapeText(`${place}${failure.message}`);
}

/** A step as it is shown: its line, below it what the command said, and why that is a failure. */
export function stepText(script: Script, step: Step): string {
  const { at, command, expectation, result, error, failure } = step;
  const expected = expectation === undefined ? "" : `expect ${expectation} `;
  const said = error === undefined || error === failure
    ? result?.text ?? ""
    : escapeText(error.message);
  const verdict = failure === undefined
    ? []
    : [`${isSkip(failure) ? "SKIP" : "FAIL"}: ${escapeText(failure.message)}`];
  return [
    escapeText(`${lineText(script, at)}: ${expected}${command}`),
    ...[...said.split("\n"), ...verdict].filter((line) => line !== "").map((line) => `  ${line}`),
  ].join("\n");
}

/** A step as data. */
export function stepData(script: Script, step: Step): Record<string, unknown> {
  const { at, command, expectation, result, error, failure } = step;
  return {
    ...(at.file === script.file ? {} : { file: at.file }),
    line: at.line,
    command,
    ok: failure === undefined,
    ...(expectation === undefined ? {} : { expected: expectation }),
    ...(result === undefined ? {} : { result: result.data }),
    ...(error === undefined ? {} : { error: error.toData() }),
    ...(failure === undefined || failure === error ? {} : { failure: failure.toData() }),
  };
}
