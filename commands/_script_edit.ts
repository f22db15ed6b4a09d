/**
 * Statements written back as lines, and changed.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { Word } from "../syntax/words.ts";
import { type CommandStatement, parseScript, type Statement } from "./_script.ts";

/** Statements as lines; what is inside a repeat is indented by two spaces. */
export function scriptLines(statements: readonly Statement[], indent = ""): readonly string[] {
  return statements.flatMap((statement) => {
    const own = [...statement.comments, statement.source.trim()].map((line) => indent + line);
    if (statement.kind !== "repeat") return own;
    const { comments, source } = statement.closing;
    return [
      ...own,
      ...scriptLines(statement.body, `${indent}  `),
      ...comments.map((line) => `${indent}  ${line}`),
      indent + source.trim(),
    ];
  });
}

/** How many statements there are; the end of a repeat counts as none. */
export function countStatements(statements: readonly Statement[]): number {
  return statements.reduce(
    (count, statement) => count + 1 + ("body" in statement ? countStatements(statement.body) : 0),
    0,
  );
}

/** Includes replaced by what stands in them. */
export function withoutIncludes(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind === "include") return withoutIncludes(statement.body);
    return statement.kind === "repeat"
      ? [{ ...statement, body: withoutIncludes(statement.body) }]
      : [statement];
  });
}

/** A part of a line, by columns, and what stands there instead. */
export interface Edit {
  readonly column: number;
  readonly end: number;
  readonly text: string;
}

/** The statement of a changed line, or undefined where the line cannot be read any more. */
export function edited(statement: Statement, edits: readonly Edit[]): Statement | undefined {
  let source = statement.source;
  for (const { column, end, text } of edits.toSorted((a, b) => b.column - a.column)) {
    source = source.slice(0, column - 1) + text + source.slice(end - 1);
  }
  const repeat = statement.kind === "repeat";
  try {
    const [again] = parseScript(repeat ? `${source}\nend` : source, statement.at.file).statements;
    if (again === undefined) return undefined;
    const { at, comments } = statement;
    return repeat && again.kind === "repeat"
      ? { ...again, at, comments, body: statement.body, closing: statement.closing }
      : { ...again, at, comments };
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Takes words out of a line, with the space before them; `from` and `to` are indexes, both in. */
export function withoutWords(
  statement: CommandStatement,
  from: number,
  to: number,
): Statement | undefined {
  const before = statement.words[from - 1];
  const last = statement.words[to];
  if (before === undefined || last === undefined) return undefined;
  return edited(statement, [{ column: before.end, end: last.end, text: "" }]);
}

/** Takes `expect` and its condition off a line. */
export function withoutCondition(statement: CommandStatement): Statement | undefined {
  const [first] = statement.words;
  if (statement.condition === undefined || first === undefined) return undefined;
  const column = statement.source.search(/\S/) + 1;
  return edited(statement, [{ column, end: first.column, text: "" }]);
}

/** Text that is the same inside and outside of quotes. */
const plain = /^[^\s'"\\#$]+$/;

function wordsOf(statement: Statement): readonly Word[] {
  return statement.kind === "command"
    ? [...statement.condition ?? [], ...statement.words]
    : statement.words;
}

/**
 * Statements with a variable replaced by its value, until one sets it anew.
 * @returns undefined where that cannot be done by changing text: the value needs quotes, a word mixes
 * the variable with quotes, or a repeat or a set in a repeat uses the name
 */
export function substituted(
  statements: readonly Statement[],
  name: string,
  value: string,
): readonly Statement[] | undefined {
  if (!plain.test(value)) return undefined;
  const found = new RegExp(`\\$(?:\\{${name}\\}|${name}(?![A-Za-z0-9_]))`, "g");
  const result: Statement[] = [];
  for (const [i, statement] of statements.entries()) {
    const edits: Edit[] = [];
    for (const { column, end, pieces } of wordsOf(statement)) {
      if (pieces === undefined) continue;
      const source = statement.source.slice(column - 1, end - 1);
      if (/['"\\]|\$\$/.test(source)) return undefined;
      edits.push({ column, end, text: source.replace(found, value) });
    }
    const again = edits.length === 0 ? statement : edited(statement, edits);
    if (again === undefined) return undefined;
    if (again.kind === "set" && again.name === name) {
      return [...result, again, ...statements.slice(i + 1)];
    }
    if (again.kind !== "repeat") {
      result.push(again);
      continue;
    }
    if (again.variable === name || setsInside(again.body, name)) return undefined;
    const body = substituted(again.body, name, value);
    if (body === undefined) return undefined;
    result.push({ ...again, body });
  }
  return result;
}

function setsInside(statements: readonly Statement[], name: string): boolean {
  return statements.some((statement) =>
    (statement.kind === "set" && statement.name === name) ||
    ("body" in statement && setsInside(statement.body, name))
  );
}
