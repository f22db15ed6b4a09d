/**
 * What rules are judged by: the command line, then `boctl.jsonc`, then what is usual.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { chosenRules } from "../policy/check.ts";
import type { PolicyConfig } from "../policy/config.ts";
import { findConfig } from "../policy/config_find.ts";
import { choiceOf, type JudgeSettings } from "../policy/judge.ts";
import type { Profile, Severity } from "../policy/rule.ts";
import type { Context } from "./command.ts";
import type { SettingValues } from "./_policy_options.ts";

/** Settings, with the baseline's name for who writes it. */
export interface Settings extends JudgeSettings {
  readonly baselineFile: string | undefined;
}

/** Rule ids separated by commas; undefined where the option was not given. */
export function ruleList(text: string | undefined, option: string): readonly string[] | undefined {
  const ids = text?.split(",").map((id) => id.trim()).filter((id) => id !== "");
  if (ids?.length === 0) {
    throw new UsageError(`--${option} names no rule`, { hint: "boctl explain lists the rules." });
  }
  return ids;
}

async function textOf(context: Context, path: string, limit: number): Promise<string> {
  return new TextDecoder().decode(await context.readFile(path, limit));
}

async function configFor(
  context: Context,
  named: string | undefined,
  subject: string | undefined,
): Promise<PolicyConfig> {
  // A file's own folder, else that of who asks.
  const file = named ?? findConfig(subject ?? `${context.asked.folder}/.`);
  if (file === undefined) return {};
  const { CONFIG_LIMIT, parseConfig } = await import("../policy/config.ts");
  return parseConfig(await textOf(context, file, CONFIG_LIMIT), file);
}

async function baselineOf(
  context: Context,
  file: string,
  mayBeMissing: boolean,
): Promise<JudgeSettings["baseline"]> {
  const { Baseline, BASELINE_LIMIT } = await import("../policy/baseline.ts");
  let text: string;
  try {
    text = await textOf(context, file, BASELINE_LIMIT);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (mayBeMissing && error.message.endsWith("there is no such file")) return undefined;
    error.hint ??= "--write-baseline makes it.";
    throw error;
  }
  return { name: file, known: Baseline.parse(text, file) };
}

/**
 * The settings in effect, checked before anything runs.
 * @param subject the file that is judged: a configuration is looked for from its folder upward, from
 * the current one without a file
 * @param writes the baseline is about to be written: there need be none before
 * @throws {UsageError} for an unknown rule, a malformed file, a baseline that is not there
 */
export async function settingsFor(
  context: Context,
  values: SettingValues,
  subject: string | undefined,
  writes = false,
): Promise<Settings> {
  const config = await configFor(context, values.config, subject);
  const baselineFile = values.baseline ?? config.baseline;
  const settings = {
    select: ruleList(values.select, "select") ?? config.select,
    ignore: ruleList(values.ignore, "ignore") ?? config.ignore,
    threshold: (values.severity as Severity | undefined) ?? config.severity ?? "warning",
    profile: (values.profile as Profile | undefined) ?? config.profile ?? "threads",
    baselineFile,
  };
  await chosenRules(choiceOf(settings));
  return {
    ...settings,
    baseline: baselineFile === undefined
      ? undefined
      : await baselineOf(context, baselineFile, writes),
  };
}
