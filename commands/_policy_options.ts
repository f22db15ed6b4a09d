/**
 * The options of `policy-check`, apart from what carries them out.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { OptionSpecs, ParsedOptions } from "./command.ts";

/** What is judged by. */
export const settingOptions = {
  select: { type: "text", value: "RULES", help: "only these rules, separated by commas" },
  ignore: { type: "text", value: "RULES", help: "not these rules" },
  severity: {
    type: "text",
    value: "LEVEL",
    choices: ["note", "warning", "error"],
    help: "what fails and is shown, from here on (default warning)",
  },
  profile: {
    type: "text",
    value: "NAME",
    choices: ["threads", "kernel"],
    help: "all that the threads ask (default), or only what running kernels ask",
  },
  config: { type: "text", value: "FILE", help: "settings (else the nearest boctl.jsonc)" },
  baseline: { type: "text", value: "FILE", help: "findings that are known and do not count" },
} as const satisfies OptionSpecs;

/** Those that the command line can give. */
export type SettingValues = Partial<ParsedOptions<typeof settingOptions>>;

/** How it is told. */
export const reportOptions = {
  notes: { type: "flag", help: "show what does not count, too" },
  tap: { type: "flag", help: "print TAP version 14, a test for each rule" },
  lava: { type: "flag", help: "print the lines that LAVA reads" },
  junit: { type: "text", value: "FILE", help: "write JUnit XML to a file, too" },
  sarif: { type: "text", value: "FILE", help: "write SARIF 2.1.0 to a file, too" },
} as const satisfies OptionSpecs;

/** Those that the command line can give. */
export type ReportValues = Partial<ParsedOptions<typeof reportOptions>>;

/** What is about findings, which a probe has none of. */
const notOfProbes = [
  "severity",
  "config",
  "baseline",
  "write-baseline",
  "notes",
  "sarif",
] as const;

/** @throws {UsageError} */
export function refuseWithProbe(options: Readonly<Record<string, unknown>>): void {
  const given = notOfProbes.find((name) => options[name] !== undefined && options[name] !== false);
  if (given === undefined) return;
  throw new UsageError(`--${given}: a probe asks a device, and has no findings of a journal`, {
    word: `--${given}`,
  });
}
