/**
 * Running one command's words in a workspace.
 *
 * @module
 */
import { didYouMean } from "../syntax/nearest.ts";
import { UsageError } from "../errors.ts";
import type { Source } from "../workspace/journal.ts";
import { commands } from "./_index.ts";
import type { Command, Context, Result } from "./command.ts";
import { commandHelp } from "./help.ts";
import { parseCommand, refuseGlobal } from "./parse.ts";

/**
 * The definition of a command.
 * @throws {UsageError} with the nearest name
 */
export async function findCommand(name: string): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry !== undefined) return await entry.load();
  throw new UsageError(`unknown command "${name}"`, {
    word: name,
    hint: `${didYouMean(name, Object.keys(commands))}boctl --help lists all.`,
  });
}

/** A command's words as a line of a script that is split into them again. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) =>
    /^[^\s'"\\#$]+$/.test(word)
      ? word
      : word.includes("'")
      ? `"${word.replace(/["\\$]/g, "\\$&")}"`
      : `'${word}'`
  ).join(" ");
}

/**
 * Runs a command: its name and words.
 * @param at where it stands in a script; absent on the command line
 * @throws {UsageError} for words that are wrong, before any system call
 */
export async function execute(
  context: Context,
  words: readonly string[],
  at?: Omit<Source, "command">,
): Promise<Result> {
  const [name = "", ...rest] = words;
  const command = await findCommand(name);
  const parsed = parseCommand(command, rest);
  if (at !== undefined) refuseGlobal(name, parsed.global);
  if (parsed.global.help) return { data: {}, text: await commandHelp(command) };
  context.begin({ ...at, command: quoteWords(words) });
  return await command.run(context, { options: parsed.options, words: parsed.words });
}
