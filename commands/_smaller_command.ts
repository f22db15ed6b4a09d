/**
 * One command of a failing script made smaller: fewer options, smaller sizes.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { formatSize, parseSize } from "../syntax/size.ts";
import { findCommand } from "./execute.ts";
import { commands } from "./_index.ts";
import type { CommandStatement, Statement } from "./_script.ts";
import { edited, withoutCondition, withoutWords } from "./_script_edit.ts";
import type { Try } from "./_without_needless.ts";

/** Where a command's options stand: indexes of the first and the last word of each. */
async function optionWords(
  { words }: CommandStatement,
): Promise<readonly { readonly first: number; readonly last: number; readonly size: boolean }[]> {
  const name = words[0]?.text ?? "";
  // A script may expect wrong usage of itself.
  if (!Object.hasOwn(commands, name)) return [];
  const { options } = await findCommand(name);
  const found: { first: number; last: number; size: boolean }[] = [];
  for (let i = 1; i < words.length; i++) {
    const text = words[i]?.text ?? "";
    if (text === "--") break;
    if (!text.startsWith("--")) continue;
    const [name = "", joined] = text.slice(2).split("=", 2);
    const spec = Object.hasOwn(options, name) ? options[name] : undefined;
    if (spec === undefined) continue;
    const last = spec.type === "flag" || joined !== undefined ? i : i + 1;
    found.push({ first: i, last, size: spec.type === "size" && last > i });
    i = last;
  }
  return found;
}

/** A page: buffers are not smaller. */
const PAGE = 4096n;

/** A size in bytes, or 0 for what is none. */
function sizeOf(text: string): bigint {
  try {
    return parseSize(text);
  } catch (error) {
    if (error instanceof UsageError) return 0n;
    throw error;
  }
}

/** Sizes that are smaller: a page, else half. */
function smallerSizes(text: string): readonly string[] {
  const size = sizeOf(text);
  if (size <= PAGE) return [];
  const half = size / 2n / PAGE * PAGE;
  return [...new Set([PAGE, half])].filter((smaller) => smaller >= PAGE)
    .map((smaller) => formatSize(smaller).replace(" ", ""));
}

/** The command without what was expected of it, without options, with smaller sizes. */
export async function smallerCommand(
  command: CommandStatement,
  fails: Try<Statement>,
): Promise<Statement> {
  let kept = command;
  const take = async (candidate: Statement | undefined): Promise<boolean> => {
    if (candidate?.kind !== "command" || !await fails([candidate])) return false;
    kept = candidate;
    return true;
  };
  await take(withoutCondition(kept));
  for (const { first, last } of (await optionWords(kept)).toReversed()) {
    await take(withoutWords(kept, first, last));
  }
  for (const { last, size } of await optionWords(kept)) {
    for (let tried = size; tried;) {
      const word = kept.words[last];
      if (word === undefined || word.pieces !== undefined) break;
      tried = false;
      for (const text of smallerSizes(word.text)) {
        tried = await take(edited(kept, [{ column: word.column, end: word.end, text }]));
        if (tried) break;
      }
    }
  }
  return kept;
}
