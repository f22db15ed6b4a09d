/**
 * What the tests of commands share: a command line run in this process, its output caught.
 *
 * @module
 */
import { splitWords } from "../syntax/words.ts";
import type { World } from "./_invocation.ts";
import { invoke } from "./invoke.ts";

/** What a command line gave. */
export interface Answer {
  readonly code: number;
  /** Standard output and standard error, lines joined. */
  readonly out: string;
  readonly err: string;
}

/** What a test gives instead of the world; `env` are the variables that are set. */
export interface Given extends Partial<Omit<World, "args" | "env" | "out" | "err">> {
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs words as the shell would hand them over. */
export async function boctlWords(args: readonly string[], given: Given = {}): Promise<Answer> {
  const out: string[] = [];
  const err: string[] = [];
  const { env = {}, signal = new AbortController().signal, ...rest } = given;
  const code = await invoke({
    ...rest,
    args,
    env: (name) => env[name],
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    signal,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Runs a line, split into words as in a script. */
export async function boctl(line: string, given: Given = {}): Promise<Answer> {
  return await boctlWords(splitWords(line).map(({ text }) => text), given);
}

/** Runs an action with a script in a temporary file. */
export async function withScript<T>(
  lines: string | readonly string[],
  action: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempFile({ prefix: "boctl-test-", suffix: ".boctl" });
  try {
    await Deno.writeTextFile(path, typeof lines === "string" ? lines : lines.join("\n"));
    return await action(path);
  } finally {
    await Deno.remove(path);
  }
}
