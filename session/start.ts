/**
 * Starting a session: a process of its own that keeps nothing of whoever started it.
 *
 * @module
 */
import { NoDevice, NotSupported } from "../errors.ts";
import type { ErrorFacts } from "../commands/_invocation.ts";
import { absoluteBoard, absolutePath, ensureFolder, type Place } from "./paths.ts";
import { remoteError } from "./remote_error.ts";

/** What a session is started with. */
export interface StartOptions {
  readonly device: string | undefined;
  readonly backend: string | undefined;
  readonly idleSeconds: number;
  readonly record: string | undefined;
}

/** What the new process says, once, on its standard output. */
export type Readiness =
  | { readonly pid: number }
  /** Another process was first. */
  | { readonly taken: true }
  | { readonly error: ErrorFacts };

/** The words that run a session in the foreground. */
export function serveWords(place: Place, options: StartOptions): string[] {
  const { device, backend, idleSeconds, record } = options;
  return [
    "session",
    "serve",
    place.socket,
    `--idle=${idleSeconds}`,
    ...(device === undefined ? [] : [`--device=${absoluteBoard(device, Deno.cwd())}`]),
    ...(backend === undefined ? [] : [`--backend=${backend}`]),
    // The new process works in another directory.
    ...(record === undefined ? [] : [`--record=${absolutePath(record, Deno.cwd())}`]),
  ];
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}

/**
 * Starts a session and waits until it can be connected to.
 * @returns its process; undefined where another process was first, and has it or begins it
 * @throws {BoctlError} what kept it from starting
 */
export async function startSession(
  place: Place,
  options: StartOptions,
): Promise<number | undefined> {
  ensureFolder(place.socket.slice(0, place.socket.lastIndexOf("/")) || "/");
  const program = Deno.build.standalone ? [] : ["run", "-A", "--no-check", Deno.mainModule];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(Deno.execPath(), {
      args: [...program, ...serveWords(place, options)],
      // No terminal, no folder and no pipe of the caller's is kept.
      cwd: "/",
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      env: { DENO_NO_UPDATE_CHECK: "1" },
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new NotSupported(
      "session: Deno may not start programs here",
      "Run it with -A, or with --session none in a process of its own.",
    );
  }
  child.unref();
  const line = await firstLine(child.stdout);
  if (line === "") {
    throw new NoDevice(`session "${place.name}" ended before it was ready`, {
      hint: "boctl session serve runs it in the foreground.",
    });
  }
  const said = JSON.parse(line) as Readiness;
  if ("error" in said) throw remoteError(said.error);
  return "taken" in said ? undefined : said.pid;
}

/** Whether this process may start others, call the C library and know its user. */
export async function canStart(): Promise<boolean> {
  const needed = [{ name: "run" }, { name: "ffi" }, { name: "sys", kind: "uid" }] as const;
  for (const right of needed) {
    if ((await Deno.permissions.query(right)).state !== "granted") return false;
  }
  return true;
}
