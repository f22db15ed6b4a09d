/**
 * Shrinking a failing script to the shortest that still fails the same way.
 *
 * @module
 */
import type { RepeatStatement, Statement } from "./_script.ts";
import { countStatements, edited, scriptLines, substituted } from "./_script_edit.ts";
import { smallerCommand } from "./_smaller_command.ts";
import { type Try, withoutNeedless } from "./_without_needless.ts";

/** Repeats of more passes than this are not written out. */
const MOST_UNROLLED = 16;

/** The list with the item at an index replaced by others. */
function withAt(
  statements: readonly Statement[],
  index: number,
  instead: readonly Statement[],
): readonly Statement[] {
  return [...statements.slice(0, index), ...instead, ...statements.slice(index + 1)];
}

/** A repeat of another number of passes. */
function withPasses(repeat: RepeatStatement, passes: number): RepeatStatement | undefined {
  const { column, end } = repeat.count;
  const again = edited(repeat, [{ column, end, text: String(passes) }]);
  return again?.kind === "repeat" ? again : undefined;
}

/** A repeat written out, or undefined where that cannot be done. */
function unrolled(repeat: RepeatStatement): readonly Statement[] | undefined {
  const passes = Number(repeat.count.text);
  if (!(passes <= MOST_UNROLLED)) return undefined;
  const result: Statement[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const body = substituted(repeat.body, repeat.variable, String(pass));
    if (body === undefined) return undefined;
    result.push(...body);
  }
  const [first, ...rest] = result;
  if (first === undefined) return undefined;
  return [{ ...first, comments: [...repeat.comments, ...first.comments] }, ...rest];
}

/** The fewest passes with which it fails, found by halving and then by ones. */
async function fewerPasses(
  repeat: RepeatStatement,
  fails: Try<Statement>,
): Promise<RepeatStatement> {
  let kept = repeat;
  let passes = Number(repeat.count.text);
  if (!Number.isSafeInteger(passes)) passes = 1 << 20;
  while (passes > 1) {
    const half = withPasses(kept, Math.floor(passes / 2));
    const less = withPasses(kept, passes - 1);
    if (half !== undefined && await fails([half])) kept = half;
    else if (less !== undefined && await fails([less])) kept = less;
    else return kept;
    passes = Number(kept.count.text);
  }
  return kept;
}

/** One repeat: fewer passes, less inside, written out where that is shorter. */
async function smallerRepeat(
  repeat: RepeatStatement,
  fails: Try<Statement>,
): Promise<readonly Statement[]> {
  const fewer = await fewerPasses(repeat, fails);
  const body = await smallerList(
    fewer.body,
    (statements) => fails([{ ...fewer, body: statements }]),
  );
  const kept = { ...fewer, body };
  const flat = unrolled(kept);
  if (flat === undefined || !await fails(flat)) return [kept];
  const flatKept = await smallerList(flat, fails);
  // The repeat has an end, too.
  return countStatements(flatKept) <= countStatements([kept]) + 1 ? flatKept : [kept];
}

async function smallerList(
  statements: readonly Statement[],
  fails: Try<Statement>,
): Promise<readonly Statement[]> {
  let kept = await withoutNeedless(statements, fails);
  for (let i = kept.length - 1; i >= 0; i--) {
    const statement = kept[i];
    if (statement?.kind !== "repeat") continue;
    const others = kept;
    const instead = await smallerRepeat(
      statement,
      (candidate) => fails(withAt(others, i, candidate)),
    );
    kept = withAt(kept, i, instead);
  }
  return kept;
}

/** The variables of `set` written into the lines that use them. */
async function withoutVariables(
  statements: readonly Statement[],
  fails: Try<Statement>,
): Promise<readonly Statement[]> {
  let kept = statements;
  for (let i = kept.length - 1; i >= 0; i--) {
    const statement = kept[i];
    if (statement?.kind !== "set" || statement.value.pieces !== undefined) continue;
    const after = substituted(kept.slice(i + 1), statement.name, statement.value.text);
    if (after === undefined) continue;
    const shorter = [...kept.slice(0, i), ...after];
    if (shorter.length > 0 && await fails(shorter)) kept = shorter;
  }
  return kept;
}

/** Every command, those in repeats included. */
async function smallerCommands(
  statements: readonly Statement[],
  fails: Try<Statement>,
): Promise<readonly Statement[]> {
  let kept = statements;
  for (const [i, statement] of statements.entries()) {
    const others = kept;
    const instead = (candidate: readonly Statement[]): Promise<boolean> =>
      fails(withAt(others, i, candidate));
    if (statement.kind === "command") {
      kept = withAt(kept, i, [await smallerCommand(statement, instead)]);
    } else if (statement.kind === "repeat") {
      const body = await smallerCommands(
        statement.body,
        (candidate) => instead([{ ...statement, body: candidate }]),
      );
      kept = withAt(kept, i, [{ ...statement, body }]);
    }
  }
  return kept;
}

/**
 * The shortest statements found that still fail: needless statements taken out, repeats made smaller or written out where that is shorter, variables written
 * into the lines, then options taken out and sizes made smaller.
 * @param fails whether statements still fail the same way; false, too, where no trial is left
 */
export async function minimized(
  statements: readonly Statement[],
  fails: Try<Statement>,
): Promise<readonly Statement[]> {
  const textOf = (kept: readonly Statement[]): string => scriptLines(kept).join("\n");
  let kept = statements;
  let before: string;
  // What an option needed may be needless without it, and the other way round.
  do {
    before = textOf(kept);
    kept = await smallerList(kept, fails);
    kept = await withoutVariables(kept, fails);
    kept = await smallerCommands(kept, fails);
  } while (textOf(kept) !== before);
  return kept;
}
