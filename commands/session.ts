/** @module */
import { BoctlError, CheckFailed, SessionLost, UsageError } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import { plural } from "../output/plural.ts";
import { formatTable } from "../output/table.ts";
import type { Place } from "../session/paths.ts";
import type { Status } from "../session/protocol.ts";
import { type Context, defineCommand, type Result } from "./command.ts";

const ACTIONS = ["start", "status", "stop", "serve"];

/** How many seconds a day has, the most that `--idle` takes. */
const LONGEST = 86_400 * 7;

interface Asked {
  readonly place: Place;
  readonly context: Context;
  readonly idleSeconds: number;
}

/**
 * A session whose device is not there would run, and refuse every command.
 * @throws {NoDevice} as the first command would
 */
async function tryDevice({ device, backend }: Context["asked"]): Promise<void> {
  if (device === undefined && backend === undefined) return;
  const { openWorkspace } = await import("../workspace/open.ts");
  const { deviceFor } = await import("../workspace/devices.ts");
  // The first command tells of a fallback.
  const trial = await openWorkspace({ device, backend, notice: () => {} });
  try {
    if (device !== undefined) await deviceFor(trial, undefined);
  } finally {
    trial.close();
  }
}

async function start({ place, context, idleSeconds }: Asked): Promise<Result> {
  const { canStart, startSession } = await import("../session/start.ts");
  const { SessionClient } = await import("../session/client.ts");
  const { absoluteBoard } = await import("../session/paths.ts");
  const { device, backend, record, env } = context.asked;
  const running = SessionClient.connect(place, env);
  if (running !== undefined) {
    const status = await running.status();
    await running.close();
    const wanted = device === undefined ? undefined : absoluteBoard(device, Deno.cwd());
    if (wanted !== undefined && status?.device !== wanted) {
      throw new UsageError(
        `session "${place.name}" runs already, on ${status?.kernel ?? status?.device ?? "nothing"}`,
        { hint: `session stop ${place.name} ends it; another name starts another.` },
      );
    }
    return {
      data: { session: place.name, pid: running.pid, started: false, socket: place.socket },
      text: `session "${place.name}" runs already`,
    };
  }
  if (!await canStart()) {
    throw new CheckFailed("session start: this process may not start others (run it with -A)");
  }
  await tryDevice(context.asked);
  const pid = await startSession(place, {
    device,
    backend,
    record,
    idleSeconds,
  });
  if (pid !== undefined) {
    return {
      data: { session: place.name, pid, started: true, socket: place.socket },
      text: `session "${place.name}" runs`,
    };
  }
  // Somebody else was first.
  await (await SessionClient.connectSoon(place, env)).close();
  return await start({ place, context, idleSeconds });
}

function heldText({ held }: Status): string {
  if (held.length === 0) return "nothing";
  return held.map(({ name, kind }) => `${name} (${kind})`).join(", ");
}

async function stop({ place, context }: Asked): Promise<Result> {
  const { SessionClient } = await import("../session/client.ts");
  const client = SessionClient.connect(place, context.asked.env);
  if (client === undefined) {
    throw new UsageError(`there is no session "${place.name}"`, {
      word: place.name,
      hint: "session status lists those that run.",
    });
  }
  try {
    const { pid, status, killed } = await client.stop();
    const how = killed
      ? "killed in the middle of a call; the kernel let go of everything"
      : status === undefined
      ? "it was ending already"
      : status.held.length === 0
      ? "nothing was held"
      : `let go of ${heldText(status)}`;
    return {
      data: {
        session: place.name,
        pid,
        killed,
        released: status?.held ?? null,
      },
      text: `session "${place.name}" ended: ${escapeText(how)}`,
    };
  } finally {
    await client.close();
  }
}

interface Seen {
  readonly place: Place;
  readonly status?: Status;
  /** Why there is no status. */
  readonly why?: string;
}

async function look(place: Place, context: Context): Promise<Seen> {
  const { SessionClient } = await import("../session/client.ts");
  try {
    const client = SessionClient.connect(place, context.asked.env);
    if (client === undefined) return { place, why: "not running" };
    const status = await client.status();
    await client.close();
    return status === undefined
      ? { place, why: `process ${client.pid} is in a call of the kernel's` }
      : { place, status };
  } catch (error) {
    if (error instanceof SessionLost) return { place, why: error.message };
    throw error;
  }
}

function row({ place, status, why }: Seen): string[] {
  if (status === undefined) return [place.name, why ?? "", "", ""];
  const { pid, kernel, held, running, record } = status;
  return [
    place.name,
    `process ${pid}`,
    kernel ?? "no kernel yet",
    `${plural(held.length, "thing")} held` +
    (running > 0 ? `, ${plural(running, "command")} running` : "") +
    (record === null ? "" : `, recorded in ${record}`),
  ];
}

async function status(places: readonly Place[], context: Context): Promise<Result> {
  const seen: Seen[] = [];
  for (const place of places) seen.push(await look(place, context));
  return {
    data: {
      sessions: seen.map(({ place, status, why }) => ({
        session: place.name,
        socket: place.socket,
        ...(status ?? { why }),
      })),
    },
    text: seen.length === 0 ? "no session runs" : formatTable(seen.map(row)),
  };
}

/** Runs until it is stopped; says on standard output when it is ready, or why not. */
async function serve({ place, context, idleSeconds }: Asked): Promise<Result> {
  const { closeInherited } = await import("../session/inherited.ts");
  const { serve } = await import("../session/server.ts");
  const { recorder } = await import("../session/recorder.ts");
  const { errorFacts } = await import("./_invocation.ts");
  const { device, backend, record } = context.asked;
  const say = (what: unknown): void => context.show(JSON.stringify(what));
  try {
    closeInherited();
    using recording = await recorder(record);
    const served = await serve(place, {
      device,
      backend,
      idleSeconds,
      record: record ?? null,
      ...recording.hooks,
      ready: () => say({ pid: Deno.pid }),
    });
    if (!served) say({ taken: true });
  } catch (error) {
    if (!(error instanceof BoctlError)) throw error;
    say({ error: errorFacts("session", error, undefined) });
    throw error;
  }
  return { data: { session: place.name }, text: "" };
}

export const command = defineCommand({
  name: "session",
  summary: "start, show or stop the process that holds things between commands",
  group: "scripts",
  arguments: [
    { name: "start|status|stop", help: "what to do; serve runs one in the foreground" },
    { name: "NAME", help: "which session (else $BOCTL_SESSION, else default)", optional: true },
  ],
  options: {
    idle: {
      type: "integer",
      value: "SECONDS",
      help: "ends after so long without a command; 0: never (default 1800)",
    },
  },
  details: `What a command makes lives in a process. With a session, that process goes on:
  boctl session start --device panthor
  boctl create --size 4KiB --as a
  boctl mmap a --fill aa
  boctl session stop          says what was held, and lets go of it
The first command alone that makes something starts one. Commands find it by
$BOCTL_SESSION (a name, or a socket's path) or --session NAME, else the one called
default; --session none is a process of its own. Scripts (run) have their own.
One command at a time works on a session; who waits for a fence lets others in.`,
  examples: [
    { line: "session status", shows: "the sessions of this user, and what they hold" },
  ],
  needsKernel: () => false,
  validate: ({ words, options }) => {
    const [action = ""] = words;
    if (!ACTIONS.includes(action)) {
      throw new UsageError(`session: "${action}" is none of start, status, stop`, { word: action });
    }
    if ((options.idle ?? 0) > LONGEST) {
      throw new UsageError(`--idle: at most ${LONGEST} seconds, a week`, {
        word: `${options.idle}`,
      });
    }
  },
  async run(context, { options, words }): Promise<Result> {
    const { placeOf, placesIn, runtimeFolder } = await import("../session/paths.ts");
    const { IDLE_SECONDS } = await import("../session/route.ts");
    const [action, name] = words;
    const { env, session } = context.asked;
    const asked = name ?? session;
    if (action === "status" && asked === undefined && !env("BOCTL_SESSION")) {
      return await status(placesIn(runtimeFolder(env)), context);
    }
    const place = placeOf(asked, env);
    if (place === undefined) {
      throw new UsageError(`session ${action}: "none" is no session`, { word: asked ?? "none" });
    }
    const all = { place, context, idleSeconds: options.idle ?? IDLE_SECONDS };
    switch (action) {
      case "start":
        return await start(all);
      case "stop":
        return await stop(all);
      case "serve":
        return await serve(all);
      default:
        return await status([place], context);
    }
  },
});
