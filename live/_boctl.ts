/**
 * boctl as tests run it: as a process of its own, and, because a start costs most of a second under
 * emulation, in this process by the same code that `cli.ts` calls.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { invoke } from "../commands/invoke.ts";
import { splitWords } from "../syntax/words.ts";

/** What a command line gave. */
export interface Answer {
  /** The exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

const PROJECT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** The words of a command line, split as scripts split theirs. */
export function wordsOf(line: string): string[] {
  return splitWords(line).map(({ text }) => text);
}

/** Links of this process's descriptors that belong to devices or to buffers of devices. */
function deviceDescriptors(): string[] {
  const links: string[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      const link = Deno.readLinkSync(`/proc/self/fd/${name}`);
      if (/^\/dev\/(dri|dma_heap|udmabuf)|dmabuf|memfd|sync_file/.test(link)) links.push(link);
    } catch {
      // The descriptor of the reading itself is gone by now.
    }
  }
  return links.sort();
}

/**
 * Runs a command line in this process.
 * @throws {AssertionError} when it leaves a descriptor of a device or buffer open
 */
export async function boctl(line: string, env: Record<string, string> = {}): Promise<Answer> {
  const out: string[] = [];
  const err: string[] = [];
  const before = deviceDescriptors();
  const code = await invoke({
    args: wordsOf(line),
    env: (name) => env[name],
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    signal: new AbortController().signal,
  });
  const after = deviceDescriptors();
  if (after.length !== before.length) {
    throw new AssertionError(`boctl ${line}\nleft open: ${after.join(", ")}`);
  }
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** How a process is run. */
export interface ProcessOptions {
  /** Runs it as this user of the guest (`as-user`). */
  readonly user?: string;
  /** What it reads from standard input. */
  readonly stdin?: string;
  readonly env?: Record<string, string>;
}

/** Runs a command line as a process, as a shell does. */
export async function boctlProcess(line: string, options: ProcessOptions = {}): Promise<Answer> {
  const deno = [Deno.execPath(), "run", "-A", "--cached-only", "--no-check", "cli.ts"];
  const words = [...deno, ...wordsOf(line)];
  const [program = "", ...args] = options.user === undefined
    ? words
    : ["as-user", options.user, ...words];
  const child = new Deno.Command(program, {
    args,
    cwd: PROJECT,
    env: { NO_COLOR: "1", BOCTL_SESSION: "none", ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trimEnd();
  return { code, out: text(stdout), err: text(stderr) };
}

/** The answers of `--json`, one a line. */
export function jsonOf(answer: Answer): Record<string, unknown>[] {
  return answer.out.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
