/**
 * A script as a subject of rules: its lines and the comments in it that ignore findings.
 *
 * @module
 */
import type { PlacedIgnore, Subject } from "../policy/judge.ts";
import { parseIgnore } from "../policy/ignores.ts";
import type { Script } from "./_load_script.ts";
import { placeAt } from "./_location.ts";
import type { Statement } from "./_script.ts";

/**
 * The comments of a script that ignore findings.
 * @throws {UsageError} with its place, where one is malformed
 */
export function ignoresOf({ comments }: Script): readonly PlacedIgnore[] {
  return comments.flatMap(({ text, at, column, of }) => {
    try {
      const parsed = parseIgnore(text);
      return parsed === undefined ? [] : [{ ...parsed, at, of }];
    } catch (error) {
      throw error instanceof Error ? placeAt(error, at, column) : error;
    }
  });
}

type LineAt = NonNullable<Subject["lineAt"]>;

/** Finds the lines of a script's commands. */
export function linesOf({ statements }: Script): LineAt {
  const lines = new Map<string, ReturnType<LineAt>>();
  const collect = (body: readonly Statement[]): void => {
    for (const statement of body) {
      if ("body" in statement) collect(statement.body);
      const { at, source, words } = statement;
      if (statement.kind !== "command") continue;
      lines.set(`${at.line} ${at.file}`, { text: source, column: words[0]?.column ?? 1 });
    }
  };
  collect(statements);
  return ({ file, line }) => lines.get(`${line} ${file}`);
}
