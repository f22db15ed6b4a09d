/**
 * Reading a script's statements without running them.
 *
 * @module
 */
import { parseExpectation } from "./_expectation.ts";
import { findCommand } from "./execute.ts";
import { place } from "./_location.ts";
import { parseCommand, refuseGlobal } from "./parse.ts";
import type { CommandStatement, Statement } from "./_script.ts";
import { MOST_STEPS, tooManySteps, Variables } from "./_variables.ts";

async function checkCommand(
  { words, condition, at }: CommandStatement,
  variables: Variables,
): Promise<void> {
  const expanded = variables.expand(words, at);
  const conditions = variables.expand(condition ?? [], at);
  try {
    if (condition !== undefined) {
      const { wanted } = parseExpectation(conditions.map(({ text }) => text));
      // A script may expect wrong usage of itself.
      if (wanted.kind === "exit") return;
    }
    const [name = "", ...rest] = expanded.map(({ text }) => text);
    refuseGlobal(name, parseCommand(await findCommand(name), rest).global);
  } catch (error) {
    throw error instanceof Error ? place(error, at, [...expanded, ...conditions]) : error;
  }
}

async function check(statements: readonly Statement[], variables: Variables): Promise<number> {
  let steps = 0;
  for (const statement of statements) {
    const { at, words } = statement;
    steps++;
    switch (statement.kind) {
      case "command":
        await checkCommand(statement, variables);
        break;
      case "set":
        variables.set(statement);
        break;
      case "require": {
        const expanded = variables.expand(words, at);
        const { parseRequirement } = await import("./_requirement.ts");
        try {
          parseRequirement(expanded.map(({ text }) => text));
        } catch (error) {
          throw error instanceof Error ? place(error, at, expanded) : error;
        }
        break;
      }
      case "include":
        steps += await check(statement.body, variables);
        break;
      case "repeat": {
        const passes = variables.passes(statement);
        using counter = variables.enter(statement);
        counter.pass(0);
        steps += passes * (1 + await check(statement.body, variables));
        if (steps > MOST_STEPS) throw place(tooManySteps(), at, words);
      }
    }
  }
  return steps;
}

/**
 * Checks that every statement names a command and has options and arguments of the right form; the
 * statements of a repeat as in its first pass.
 * @throws {UsageError} with its place
 */
export async function checkScript(statements: readonly Statement[]): Promise<void> {
  await check(statements, new Variables());
}
