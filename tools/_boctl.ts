/**
 * boctl as a process, for tests of what a user sees.
 *
 * @module
 */
import { assert } from "@std/assert";

/** The checkout. */
export const root: URL = new URL("../", import.meta.url);

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the simulator needs of Deno, and no more. */
export const SIM_PERMISSIONS: readonly string[] = ["--allow-read", "--allow-env"];

/** Everything, as on a live machine: calling the C library is full trust. */
export const ALL_PERMISSIONS: readonly string[] = ["-A"];

/** The words that run boctl with some permissions. */
export function boctlCommand(permissions: readonly string[]): string[] {
  const cli = decodeURIComponent(new URL("cli.ts", root).pathname);
  return [Deno.execPath(), "run", "--quiet", "--no-prompt", ...permissions, cli];
}

/** The environment without the variables that boctl reads, and without a session to find or begin. */
export function cleanEnv(): Record<string, string> {
  const entries = Object.entries(Deno.env.toObject());
  return {
    ...Object.fromEntries(entries.filter(([name]) => !name.startsWith("BOCTL_"))),
    NO_COLOR: "1",
    BOCTL_SESSION: "none",
  };
}

async function run(words: readonly string[], env: Record<string, string>): Promise<Ended> {
  const [program = "", ...args] = words;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: root,
    env: { ...cleanEnv(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs boctl on words, with the simulator's permissions unless others are said. */
export async function boctl(
  words: readonly string[],
  options: { permissions?: readonly string[]; env?: Record<string, string> } = {},
): Promise<Ended> {
  const command = boctlCommand(options.permissions ?? SIM_PERMISSIONS);
  return await run([...command, ...words], options.env ?? {});
}

/** bash, or where there is none the shell of busybox, which knows pipefail, too. */
function shellName(): string {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const has = (folder: string): boolean => {
    try {
      return Deno.statSync(`${folder}/bash`).isFile;
    } catch {
      return false;
    }
  };
  return folders.some(has) ? "bash" : "sh";
}

/** Runs a line of the shell in which `boctl` is a function; pipefail is set. */
export async function shell(line: string): Promise<Ended> {
  const words = boctlCommand(SIM_PERMISSIONS).map((word) => `'${word}'`).join(" ");
  return await run([shellName(), "-c", `set -o pipefail; boctl() { ${words} "$@"; }; ${line}`], {});
}

/** No exception of the runtime may reach the user. */
export function assertNoTrace({ stdout, stderr }: Ended): void {
  const text = stdout + stderr;
  assert(!/^\s+at .+:\d+:\d+|internal error|Uncaught|file:\/\//m.test(text), text);
}

/** The last line of standard output, an answer of `--json`. */
export function lastAnswer({ stdout }: Ended): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}
