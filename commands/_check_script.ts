/**
 * Reading a script's commands without running them.
 *
 * @module
 */
import { findCommand } from "./execute.ts";
import { parseCommand, refuseGlobal } from "./parse.ts";
import { place, type Statement } from "./_script.ts";

/**
 * Checks that every statement names a command and has options and arguments of the right form.
 * @throws {UsageError} with its place
 */
export async function checkStatements(statements: readonly Statement[]): Promise<void> {
  for (const { line, words, expectation } of statements) {
    // A script may expect wrong usage of itself.
    if (expectation?.wanted.kind === "exit") continue;
    try {
      const texts = words.map(({ text }) => text);
      const name = texts[0] ?? "";
      refuseGlobal(name, parseCommand(await findCommand(name), texts.slice(1)).global);
    } catch (error) {
      throw error instanceof Error ? place(error, line, words) : error;
    }
  }
}
