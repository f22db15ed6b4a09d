/**
 * `# boctl: ignore RULE -- reason`: comments of a script that say which findings are meant.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { rules } from "./_index.ts";
import { suggestRule } from "./nearest.ts";

/** What a comment says. */
export interface IgnoreComment {
  /** Ids of rules. */
  readonly rules: readonly string[];
  readonly reason: string;
}

const USAGE = "Write: # boctl: ignore RULE -- why (several rules separated by commas).";

/** Words of a comment that begins with `# boctl:`; undefined for any other comment. */
function directive(comment: string): string | undefined {
  return /^#+\s*boctl:(.*)$/.exec(comment)?.[1]?.trim();
}

/**
 * What a comment says to policy-check.
 * @param comment from its `#` on
 * @returns undefined for a comment that is for people
 * @throws {UsageError} where it is malformed, names no rule or gives no reason
 */
export function parseIgnore(comment: string): IgnoreComment | undefined {
  const text = directive(comment);
  if (text === undefined) return undefined;
  const [, names = "", reason] = /^ignore(?:\s+(.*?))?(?:\s*(?<!\S)--(?!\S)\s*(.*))?$/.exec(text) ??
    [];
  if (!/^ignore(\s|$)/.test(text)) {
    throw new UsageError(`"# boctl: ${text}" is nothing that boctl knows`, { hint: USAGE });
  }
  const ids = names.split(/[\s,]+/).filter((id) => id !== "");
  if (ids.length === 0) throw new UsageError("ignore: a rule must follow", { hint: USAGE });
  for (const id of ids) {
    if (Object.hasOwn(rules, id)) continue;
    throw new UsageError(`ignore: no rule is called "${id}"`, {
      word: id,
      hint: `${suggestRule(id)}boctl explain lists the rules.`,
    });
  }
  if (reason === undefined || reason === "") {
    throw new UsageError(`ignore ${ids.join(", ")}: a reason must follow`, { hint: USAGE });
  }
  return { rules: ids, reason };
}
