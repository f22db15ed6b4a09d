/**
 * `boctl.jsonc`: what a project's scripts are judged by.
 *
 * @module
 */
import { parse } from "@std/jsonc";
import { didYouMean } from "../syntax/nearest.ts";
import { UsageError } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import { rules } from "./_index.ts";
import { suggestRule } from "./nearest.ts";
import type { Profile, Severity } from "./rule.ts";

/** The most that is read of one, in bytes. */
export const CONFIG_LIMIT = 256 << 10;

/** What a file can say; the command line overrides each field. */
export interface PolicyConfig {
  /** Only these rules. */
  readonly select?: readonly string[];
  /** Not these. */
  readonly ignore?: readonly string[];
  /** Findings from here on fail. */
  readonly severity?: Severity;
  readonly profile?: Profile;
  /** The file of known findings, in the folder of this one where it is relative. */
  readonly baseline?: string;
}

/** Gives a field's value as it is to be. */
type Field = (value: unknown, wrong: (wanted: string) => UsageError, file: string) => unknown;

function oneOf(...words: readonly string[]): Field {
  return (value, wrong) => {
    if (typeof value === "string" && words.includes(value)) return value;
    throw wrong(words.map((word) => `"${word}"`).join(" or "));
  };
}

const ruleIds: Field = (value, wrong, file) => {
  if (!Array.isArray(value) || !value.every((id): id is string => typeof id === "string")) {
    throw wrong("a list of rules");
  }
  for (const id of value) {
    if (Object.hasOwn(rules, id)) continue;
    throw new UsageError(`${escapeText(file)}: no rule is called "${escapeText(id)}"`, {
      hint: `${suggestRule(id)}boctl explain lists the rules.`,
    });
  }
  return value;
};

const fields: Readonly<Record<keyof PolicyConfig, Field>> = {
  select: (value, wrong, file) => {
    const ids = ruleIds(value, wrong, file);
    if (Array.isArray(ids) && ids.length === 0) throw wrong("at least one rule");
    return ids;
  },
  ignore: ruleIds,
  severity: oneOf("note", "warning", "error"),
  profile: oneOf("threads", "kernel"),
  baseline: (value, wrong, file) => {
    if (typeof value !== "string" || value === "" || value.includes("\0")) {
      throw wrong("the name of a file");
    }
    return value.startsWith("/") ? value : file.slice(0, file.lastIndexOf("/") + 1) + value;
  },
};

/** What an editor reads, and nobody else. */
const FOR_EDITORS = "$schema";

/**
 * What a configuration says.
 * @param file its name, for messages and for relative names in it
 * @throws {UsageError} for text that is no JSON with comments, and for what it does not know
 */
export function parseConfig(text: string, file: string): PolicyConfig {
  const shown = escapeText(file);
  let value: ReturnType<typeof parse>;
  try {
    value = parse(text);
  } catch (error) {
    // Nested deeper than the stack goes is a RangeError.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const why = escapeText(error.message.replace(/^Cannot parse JSONC: /, ""));
    throw new UsageError(`${shown}: is no JSON with comments: ${why}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`${shown}: is no JSON object`, {
      hint: `It has ${Object.keys(fields).join(", ")}; all may be absent.`,
    });
  }
  const config: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (name === FOR_EDITORS) continue;
    if (!Object.hasOwn(fields, name)) {
      throw new UsageError(`${shown}: there is no setting "${escapeText(name)}"`, {
        hint: `${didYouMean(name, Object.keys(fields))}There are ${
          Object.keys(fields).join(", ")
        }.`,
      });
    }
    const wrong = (wanted: string): UsageError =>
      new UsageError(`${shown}: "${name}": wanted ${wanted}`);
    config[name] = fields[name as keyof PolicyConfig](given, wrong, file);
  }
  return config as PolicyConfig;
}
