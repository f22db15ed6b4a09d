/**
 * A client of a session: it sends words, shows what comes of them, and does what only its own
 * process can do.
 *
 * @module
 */
import { ownDescriptors } from "../commands/_own_descriptors.ts";
import { type Answers, errorFacts, type Session } from "../commands/_invocation.ts";
import { BoctlError, Interrupted, NotSupported, SessionLost } from "../errors.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import { closeDescriptor } from "../ffi/foreign_descriptor.ts";
import { Readiness } from "../ffi/readiness.ts";
import { type SocketLibc, socketLibc } from "../ffi/socket_libc.ts";
import { UnixSocket } from "../ffi/unix_socket.ts";
import { readStandardInput, readUserFile, writeUserFile } from "../output/files.ts";
import { version } from "../version.ts";
import { Channel, type Message } from "./channel.ts";
import { isAlive, isComputing, removeFile } from "./files.ts";
import { lockPlace } from "./lock.ts";
import { isThere, type Place } from "./paths.ts";
import {
  type Asked,
  type FromClient,
  type FromServer,
  PROTOCOL,
  type Status,
  VARIABLES,
} from "./protocol.ts";

/** Milliseconds for an answer that needs no command: above them the session is stuck in a call. */
const PROMPT = 500;
/** Milliseconds for one that computes: a slow machine, or many clients before this one. */
const PATIENT = 5000;
/** Milliseconds after which a user is told what is waited for. */
const SLOW = 2000;
/** Milliseconds for a process that was told or made to end. */
const ENDING = 400;
const SIGKILL = 9;
/** Milliseconds for a session that begins: a start takes a second on a slow board. */
const SOON = 15_000;

/** Milliseconds between two looks whether a process is still there. */
const LOOK = 10;

/**
 * Removes what a crashed session left.
 * @returns false where none has crashed: one begins just now, and does not listen yet
 */
function removeCrashed(place: Place): boolean {
  const libc = socketLibc();
  using lock = lockPlace(libc, place);
  if (lock !== undefined) removeFile(place.socket);
  return lock !== undefined;
}

function anothers({ name, socket }: Place): SessionLost {
  return new SessionLost(
    `session "${name}" is another user's (${socket})`,
    "XDG_RUNTIME_DIR says where this user's sessions are; --session none is a process of its own.",
  );
}

/** How a session that was asked to stop ended. */
export interface Stopped {
  readonly pid: number;
  /** What it held; undefined where it could not be asked any more. */
  readonly status: Status | undefined;
  /** It did not hear: it was in a call of the kernel's. */
  readonly killed: boolean;
}

/** A connection to a session. Whoever makes it closes it. */
export class SessionClient implements Session {
  readonly #place: Place;
  readonly #env: (name: string) => string | undefined;
  readonly #libc: SocketLibc;
  readonly #readiness: Readiness;
  readonly #channel: Channel;
  readonly #pid: number;
  /** Programs that have a descriptor, and run. */
  #programs = 0;

  private constructor(
    place: Place,
    env: (name: string) => string | undefined,
    libc: SocketLibc,
    readiness: Readiness,
    socket: UnixSocket,
    pid: number,
  ) {
    this.#place = place;
    this.#env = env;
    this.#libc = libc;
    this.#readiness = readiness;
    this.#channel = new Channel(socket, readiness);
    this.#pid = pid;
  }

  /**
   * Connects.
   * @param uid the user whose sessions are trusted: a client reads files, writes them and starts
   * programs as its session asks, so that whoever listens has to be the same user
   * @returns undefined where there is no session, or one that does not listen yet
   * @throws {SessionLost} where one has crashed, or is another user's; what it left is removed
   * @throws {NotSupported} where Deno may not call the C library
   */
  static connect(
    place: Place,
    env: (name: string) => string | undefined,
    uid?: number,
  ): SessionClient | undefined {
    try {
      return SessionClient.#connect(place, env, uid ?? Deno.uid());
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      throw new NotSupported(
        `session "${place.name}": Deno may not talk to it`,
        "Run it with -A, or with --session none in a process of its own.",
      );
    }
  }

  static #connect(
    place: Place,
    env: (name: string) => string | undefined,
    uid: number | null,
  ): SessionClient | undefined {
    const libc = socketLibc();
    const socket = UnixSocket.connect(libc, place.socket, "seqpacket");
    if (typeof socket !== "number") {
      const peer = socket.peer();
      if (typeof peer !== "number" && peer.uid === uid) {
        return new SessionClient(place, env, libc, new Readiness(), socket, peer.pid);
      }
      socket.close();
      libc.unload();
      throw anothers(place);
    }
    libc.unload();
    switch (socket) {
      case -errno.ENOENT:
      case -errno.ENOTDIR:
        return undefined;
      case -errno.ECONNREFUSED:
        if (!removeCrashed(place)) return undefined;
        throw new SessionLost(
          `session "${place.name}" has crashed: what it held is gone`,
          "The next command begins without it; session start begins another.",
        );
      case -errno.EACCES:
        throw anothers(place);
      default:
        throw new SessionLost(`session "${place.name}": ${place.socket}: ${errnoName(socket)}`);
    }
  }

  /**
   * Connects to a session that is about to listen.
   * @throws {SessionLost} where it does not in time
   */
  static async connectSoon(
    place: Place,
    env: (name: string) => string | undefined,
  ): Promise<SessionClient> {
    const end = performance.now() + SOON;
    for (;;) {
      const client = isThere(place) ? SessionClient.connect(place, env) : undefined;
      if (client !== undefined) return client;
      if (performance.now() > end) {
        throw new SessionLost(`session "${place.name}" begins, but does not listen`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get pid(): number {
    return this.#pid;
  }

  #send(message: FromClient): Promise<void> {
    return this.#channel.send(message);
  }

  async #next(signal?: AbortSignal): Promise<(Message & { said: FromServer }) | null> {
    const message = await this.#channel.receive(signal);
    return message === null ? null : { ...message, said: message.json as FromServer };
  }

  #lost(): SessionLost {
    return new SessionLost(
      `session "${this.#place.name}" (process ${this.#pid}) ended in the middle: ` +
        `what it held is gone`,
      "session start begins another.",
    );
  }

  /**
   * Both say who they are.
   * @param signal ends the wait for a session that is stuck in a call
   * @throws {SessionLost} when they do not speak the same language
   */
  async #greet(signal: AbortSignal): Promise<void> {
    await this.#send({ type: "hello", protocol: PROTOCOL, version });
    const first = await this.#next(signal);
    if (signal.aborted) throw new Interrupted("interrupted");
    if (first === null) throw this.#lost();
    const { said } = first;
    if (said.type === "refused") throw new SessionLost(said.why);
    if (said.type !== "hello") throw new SessionLost(`session "${this.#place.name}": no greeting`);
    if (said.protocol === PROTOCOL && said.version === version) return;
    throw new SessionLost(
      `session "${this.#place.name}" runs boctl ${said.version}, this is ${version}`,
      `session stop ${this.#place.spoken} ends it, with all that it holds.`,
    );
  }

  async run(args: readonly string[], answers: Answers, signal: AbortSignal): Promise<number> {
    const cancel = (): void => void this.#send({ type: "cancel" });
    // A session that is stuck in a call does not keep its client.
    const enough = new AbortController();
    const patience = (): void =>
      void setTimeout(() => {
        // A program that was started here may want to end by itself.
        if (this.#programs > 0) patience();
        else enough.abort();
      }, PROMPT);
    signal.addEventListener("abort", cancel, { once: true });
    signal.addEventListener("abort", patience, { once: true });
    try {
      const slow = setTimeout(
        () =>
          answers.notice(
            `session "${this.#place.name}" (process ${this.#pid}) does not answer: it is in a call ` +
              `of the kernel's, or stopped; session stop ${this.#place.spoken} ends it`,
          ),
        SLOW,
      );
      await this.#greet(signal).finally(() => clearTimeout(slow));
      const env = Object.fromEntries(
        VARIABLES.flatMap((name) => {
          const value = this.#env(name);
          return value === undefined ? [] : [[name, value]];
        }),
      );
      await this.#send({ type: "run", args, env, folder: Deno.cwd() });
      for (;;) {
        const message = await this.#next(enough.signal);
        if (message === null) {
          if (signal.aborted) throw new Interrupted("interrupted");
          throw this.#lost();
        }
        const { said } = message;
        if (said.type === "ended") {
          throw new SessionLost(`session "${this.#place.name}" was stopped in the middle`);
        }
        if (said.type === "ask") void this.#answer(said.id, said.asked, message, answers, signal);
        else {
          const exitCode = told(said, answers);
          if (exitCode !== undefined) return exitCode;
        }
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      signal.removeEventListener("abort", patience);
      await this.close();
    }
  }

  async #answer(
    id: number,
    asked: Asked,
    { fds }: Message,
    answers: Answers,
    signal: AbortSignal,
  ): Promise<void> {
    const descriptors = ownDescriptors({ signal, notice: answers.notice });
    try {
      switch (asked.kind) {
        case "readFile":
        case "readStdin": {
          const bytes = asked.kind === "readFile"
            ? await readUserFile(asked.path, asked.limit)
            : await readStandardInput(asked.limit);
          return await this.#channel.send({ type: "answer", id } satisfies FromClient, bytes);
        }
        case "writeFile":
          await writeUserFile(asked.path, asked.text);
          return await this.#send({ type: "answer", id });
        case "take": {
          const fd = await descriptors.take(asked.source);
          const answer: FromClient = { type: "answer", id };
          await this.#channel.send(answer, undefined, [fd]);
          closeDescriptor(fd);
          return;
        }
        case "give": {
          const [fd = -1] = fds;
          this.#programs++;
          const exitCode = await descriptors.give(fd, asked.target).finally(() => this.#programs--);
          return await this.#send({ type: "answer", id, exitCode });
        }
      }
    } catch (error) {
      if (!(error instanceof BoctlError)) throw error;
      await this.#send({ type: "answer", id, error: errorFacts("", error, undefined) });
    } finally {
      fds.forEach(closeDescriptor);
    }
  }

  /** What the session says of itself; undefined where it does not answer in time. */
  async status(): Promise<Status | undefined> {
    return (await this.#prompt("status")).status;
  }

  /** `late` where no answer came in time; neither where the session ended meanwhile. */
  async #prompt(
    what: "status" | "stop",
  ): Promise<{ readonly status?: Status; readonly late: boolean }> {
    await this.#send({ type: what });
    const enough = new AbortController();
    const since = performance.now();
    // Who computes answers when it is done; who sleeps in a call of the kernel's may never.
    const look = setInterval(() => {
      const waited = performance.now() - since;
      if (waited > PROMPT && (waited > PATIENT || !isComputing(this.#pid))) enough.abort();
    }, LOOK);
    try {
      for (let message; (message = await this.#next(enough.signal)) !== null;) {
        const { said } = message;
        if (said.type === "refused") throw new SessionLost(said.why);
        if (said.type === "status" || said.type === "stopped") {
          return { status: said.status, late: false };
        }
      }
      return { late: enough.signal.aborted };
    } finally {
      clearInterval(look);
    }
  }

  /**
   * Ends the session. One that is stuck in a call of the kernel's is killed: the kernel lets go of
   * everything.
   * @throws {SessionLost} when it is another user's
   */
  async stop(): Promise<Stopped> {
    const { status, late } = await this.#prompt("stop");
    const killed = late && this.#pid > 0;
    if (killed) {
      this.#libc.kill(this.#pid, SIGKILL);
      removeFile(this.#place.socket);
    }
    for (let i = 0; i < ENDING / LOOK && isAlive(this.#pid); i++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    return { pid: this.#pid, status, killed };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#channel.close();
    await this.#readiness.close();
    this.#libc.unload();
  }
}

/** Shows what was told; the exit code where that was the end. */
function told(said: FromServer, answers: Answers): number | undefined {
  switch (said.type) {
    case "result":
      answers.result(said.facts);
      break;
    case "error":
      answers.error(said.facts);
      break;
    case "text":
      answers.text(said.text);
      break;
    case "notice":
      answers.notice(said.text);
      break;
    case "trace":
      answers.trace(said.text);
      break;
    case "done":
      return said.exitCode;
    case "crash":
      throw new Error(`in the session:\n${said.text}`);
  }
  return undefined;
}
