/**
 * Whether a command line runs in a session, and in which.
 *
 * @module
 */
import { needsKernel, type Plan, type Session } from "../commands/_invocation.ts";
import { NotSupported, UsageError } from "../errors.ts";
import { removeFile, textOf } from "./files.ts";
import { isThere, type Place, placeOf } from "./paths.ts";

/** Seconds without a command after which a session ends that nobody gave another limit. */
export const IDLE_SECONDS = 1800;

/** Whether all commands of a line keep to themselves. */
function keepsToItself(plan: Plan): boolean {
  return plan.commands.every(({ command, parsed }) =>
    command.ownProcess?.(parsed) ??
      (command.group === "scripts" || command.needsKernel?.(parsed) === false)
  );
}

/** Whether a line is one command that makes something for the next. */
function begins(plan: Plan): boolean {
  const [only] = plan.commands;
  return plan.commands.length === 1 && only !== undefined &&
    (only.command.holds?.(only.parsed) ?? false);
}

/**
 * A record begins with its kernel: a line that is recorded has a process of its own.
 * @throws {UsageError} where it was meant for a session
 */
function notRecorded(place: Place, named: boolean): undefined {
  if (!named && !isThere(place)) return undefined;
  throw new UsageError(`--record: session "${place.name}" can be recorded from its start only`, {
    word: "--record",
    hint: "session start --record FILE records all of it; --session none this line alone.",
  });
}

/**
 * Where the session is. Without the right to ask for the user's number there is none, as the
 * simulator needs no right but to read files and the environment.
 * @throws {NotSupported} where one is named all the same
 */
function placeIfAllowed(
  plan: Plan,
  env: (name: string) => string | undefined,
): Place | undefined {
  try {
    return placeOf(plan.session, env);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    if (plan.session === undefined) return undefined;
    throw new NotSupported(`--session: ${error.message}`, "Run boctl with --allow-all.");
  }
}

/** Tells, once, why a session is there no more. */
function tellEnd(place: Place, notice: (line: string) => void): void {
  const why = textOf(place.ended)?.trim();
  if (!why) return;
  removeFile(place.ended);
  notice(`session "${place.name}" ${why}`);
}

/**
 * The session that a line runs in: the one that was named, or the one that is there, or, for one
 * command that makes something for later ones, a new one; undefined for a process of its own.
 * @throws {UsageError} where one is named that is not there
 * @throws {SessionLost} where one has crashed
 */
export async function findSession(
  plan: Plan,
  env: (name: string) => string | undefined,
  notice: (line: string) => void,
): Promise<Session | undefined> {
  if (!needsKernel(plan)) return undefined;
  if (keepsToItself(plan) && plan.session === undefined) return undefined;
  const place = placeIfAllowed(plan, env);
  if (place === undefined) return undefined;
  const named = plan.session !== undefined || Boolean(env("BOCTL_SESSION"));
  if (plan.record !== undefined) return notRecorded(place, named);
  const { canStart, startSession } = await import("./start.ts");
  // Who may read files and the environment only, as is enough for the simulator, keeps to itself.
  if (!named && !await canStart()) return undefined;
  if (isThere(place)) {
    const { SessionClient } = await import("./client.ts");
    const client = SessionClient.connect(place, env);
    if (client !== undefined) return client;
    if (isThere(place)) return await SessionClient.connectSoon(place, env);
  }
  tellEnd(place, notice);
  if (!begins(plan)) {
    if (!named) return undefined;
    throw new UsageError(`there is no session "${place.name}"`, {
      word: place.name,
      hint: `boctl session start ${place.spoken} starts it; session status lists those that run.`,
    });
  }
  if (!await canStart()) return undefined;
  // The command itself says which kernel: where that is not to be had, the next one may name another.
  const began = await startSession(place, {
    device: undefined,
    backend: undefined,
    idleSeconds: IDLE_SECONDS,
    record: undefined,
  });
  const { SessionClient } = await import("./client.ts");
  if (began === undefined) return await SessionClient.connectSoon(place, env);
  const stop = place.name === "default"
    ? "boctl session stop"
    : `boctl session stop ${place.spoken}`;
  notice(`started session "${place.name}", which holds what is made (${stop} ends it)`);
  return SessionClient.connect(place, env);
}
