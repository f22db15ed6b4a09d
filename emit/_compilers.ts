/**
 * C compilers of this machine, for tests.
 *
 * @module
 */
import { AssertionError } from "@std/assert";

/** What every file must pass without a warning. */
export const strict = ["-std=gnu11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"] as const;

/** One compiler, and what it stands for in a test's name. */
export interface Compiler {
  readonly program: string;
  readonly target: string;
}

/** Those that files are compiled with, where they are installed. */
export const compilers: readonly Compiler[] = [
  { program: "gcc", target: "this machine" },
  { program: "clang", target: "this machine" },
  { program: "aarch64-linux-gnu-gcc", target: "64-bit ARM" },
  { program: "arm-linux-gnueabihf-gcc", target: "32-bit ARM" },
  { program: "musl-gcc", target: "musl" },
];

/** Whether a program can be run here. */
export async function isInstalled(program: string): Promise<boolean> {
  try {
    const command = new Deno.Command(program, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

/** Runs a compiler. @throws {AssertionError} with its messages where it complains */
export async function compile(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { LC_ALL: "C" },
    stdout: "null",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (success && said === "") return;
  const shown = args.length > 12 ? [...args.slice(0, 12), `(${args.length - 12} more)`] : args;
  throw new AssertionError(`${program} ${shown.join(" ")}\n${said}`);
}
