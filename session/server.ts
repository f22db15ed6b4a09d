/**
 * The process of a session: it listens, and runs what clients send in one workspace.
 *
 * @module
 */
import type { Ports } from "../commands/_invocation.ts";
import type { Descriptors } from "../commands/command.ts";
import { NoDevice, SessionLost } from "../errors.ts";
import { POLLIN } from "../ffi/constants.ts";
import { errno, errnoName } from "../ffi/errno.ts";
import { closeDescriptor } from "../ffi/foreign_descriptor.ts";
import { Readiness } from "../ffi/readiness.ts";
import { type SocketLibc, socketLibc } from "../ffi/socket_libc.ts";
import { UnixSocket } from "../ffi/unix_socket.ts";
import { version } from "../version.ts";
import { BrokenChannel, Channel, type Message } from "./channel.ts";
import { removeFile } from "./files.ts";
import { fromClient } from "./from_client.ts";
import { lockPlace } from "./lock.ts";
import type { Place } from "./paths.ts";
import { type Asked, type FromClient, type FromServer, PROTOCOL, type Status } from "./protocol.ts";
import { remoteError } from "./remote_error.ts";
import { Runner, type SessionChoice } from "./runner.ts";

/** How a session is started. */
export interface ServerOptions extends SessionChoice {
  /** Seconds without a command after which it ends; 0: never. */
  readonly idleSeconds: number;
  readonly record: string | null;
  /** Only this user's connections are taken. */
  readonly uid?: number;
  /** Called when clients can connect. */
  readonly ready?: () => void;
}

/** How often, and every how many milliseconds, an ending session looks whether commands still run. */
const LOOKS = 20;
const LOOK = 10;
/** Milliseconds that a stranger has for a greeting. */
const GREETING = 500;

type Answer = Extract<FromClient, { type: "answer" }>;

/** A client's connection: its commands, and what they ask of it. */
class Connection {
  readonly channel: Channel;
  readonly #asked = new Map<number, (answer: Answer, message: Message | null) => void>();
  #ids = 0;
  /** Of the command that runs. */
  abort = new AbortController();

  constructor(channel: Channel) {
    this.channel = channel;
  }

  send(message: FromServer): Promise<void> {
    return this.channel.send(message);
  }

  /** Has the client do something; resolves with its answer. */
  async ask(asked: Asked, fds: readonly number[] = []): Promise<Message & { answer: Answer }> {
    const id = ++this.#ids;
    const answered = new Promise<Message & { answer: Answer }>((resolve, reject) => {
      this.#asked.set(id, (answer, message) => {
        if (message === null) reject(new SessionLost("the client has gone"));
        else if (answer.error !== undefined) reject(remoteError(answer.error));
        else resolve({ ...message, answer });
      });
    });
    await this.channel.send({ type: "ask", id, asked } satisfies FromServer, undefined, fds);
    return await answered;
  }

  answered(answer: Answer, message: Message): void {
    const done = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (done === undefined) message.fds.forEach(closeDescriptor);
    else done(answer, message);
  }

  /** The other end has gone: what it was asked is never answered. */
  gone(): void {
    this.abort.abort();
    for (const [id, done] of this.#asked) done({ type: "answer", id }, null);
    this.#asked.clear();
  }

  #descriptors(): Descriptors {
    return {
      take: async (source) => {
        const { fds: [fd, ...others] } = await this.ask({ kind: "take", source });
        others.forEach(closeDescriptor);
        if (fd === undefined) throw new SessionLost("the client sent no descriptor");
        return fd;
      },
      give: async (fd, target) => {
        const { answer } = await this.ask({ kind: "give", target }, [fd]);
        return answer.exitCode ?? 0;
      },
    };
  }

  ports(): Omit<Ports, "begin" | "asked"> {
    return {
      readFile: async (path, limit) => (await this.ask({ kind: "readFile", path, limit })).bytes,
      readStdin: async (limit) => (await this.ask({ kind: "readStdin", limit })).bytes,
      writeFile: async (path, text) => void await this.ask({ kind: "writeFile", path, text }),
      notice: (text) => void this.send({ type: "notice", text }),
      show: (text) => void this.send({ type: "text", text }),
      signal: this.abort.signal,
      descriptors: this.#descriptors(),
    };
  }
}

/** One session, from its socket to its end. */
class Server {
  readonly #place: Place;
  readonly #options: ServerOptions;
  readonly #libc: SocketLibc;
  readonly #readiness = new Readiness();
  readonly #runner: Runner;
  readonly #connections = new Set<Connection>();
  readonly #stopping = new AbortController();
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** Who asked it to stop. */
  #stoppedBy: Connection | undefined;

  constructor(place: Place, options: ServerOptions, libc: SocketLibc) {
    this.#place = place;
    this.#options = options;
    this.#libc = libc;
    this.#runner = new Runner(options);
  }

  #status(): Status {
    const { kernel, device, held, running } = this.#runner;
    const { idleSeconds, record } = this.#options;
    const { name } = this.#place;
    return { name, pid: Deno.pid, version, kernel, device, held, running, idleSeconds, record };
  }

  /** Counts from the last command's end. */
  #restartIdle(): void {
    clearTimeout(this.#idle);
    const { idleSeconds } = this.#options;
    if (idleSeconds === 0) return;
    this.#idle = setTimeout(() => {
      if (this.#runner.running > 0) return this.#restartIdle();
      this.#note(`ended after ${idleSeconds} s without a command`);
      this.#stopping.abort();
    }, idleSeconds * 1000);
  }

  /** Leaves word for the next client why there is no session any more. */
  #note(why: string): void {
    const held = this.#runner.held.map(({ name }) => name);
    const lost = held.length === 0 ? "" : `; it let go of ${held.join(", ")}`;
    try {
      Deno.writeTextFileSync(this.#place.ended, `${why}${lost}\n`, { mode: 0o600 });
    } catch {
      // Nobody is told, then.
    }
  }

  async run(): Promise<void> {
    const listener = UnixSocket.listen(this.#libc, this.#place.socket, "seqpacket");
    if (typeof listener === "number") {
      throw new NoDevice(`session: ${this.#place.socket}: ${errnoName(listener)}`, {
        hint: "XDG_RUNTIME_DIR says where sessions' sockets are made.",
      });
    }
    const stop = (): void => this.#stopping.abort();
    Deno.addSignalListener("SIGTERM", stop);
    Deno.addSignalListener("SIGINT", stop);
    this.#restartIdle();
    this.#options.ready?.();
    try {
      while (!this.#stopping.signal.aborted) {
        await this.#readiness.wait(listener.fd, POLLIN, this.#stopping.signal);
        const socket = listener.accept();
        if (typeof socket !== "number") void this.#serve(new Channel(socket, this.#readiness));
        else if (socket === -errno.EMFILE || socket === -errno.ENFILE) {
          // Others close theirs; until then nobody new is heard.
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    } finally {
      clearTimeout(this.#idle);
      await this.#end(listener);
      Deno.removeSignalListener("SIGTERM", stop);
      Deno.removeSignalListener("SIGINT", stop);
    }
  }

  async #end(listener: UnixSocket): Promise<void> {
    // First the name: who comes now finds no session instead of one that ends.
    removeFile(this.#place.socket);
    listener.close();
    const status = this.#status();
    for (const connection of this.#connections) {
      if (connection !== this.#stoppedBy) void connection.send({ type: "ended" });
      connection.abort.abort();
    }
    // What waits hears of it and lets go of the workspace.
    for (let i = 0; i < LOOKS && this.#runner.running > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    this.#runner.close();
    await this.#stoppedBy?.send({ type: "stopped", status });
    for (const { channel } of this.#connections) channel.close();
    await this.#readiness.close();
  }

  async #serve(channel: Channel): Promise<void> {
    const connection = new Connection(channel);
    this.#connections.add(connection);
    try {
      const peer = channel.socket.peer();
      const uid = this.#options.uid ?? Deno.uid();
      if (typeof peer === "number" || peer.uid !== uid) {
        // Its greeting is taken: who closes on unread bytes resets the connection, answer and all.
        const greeted = await channel.receive(AbortSignal.timeout(GREETING));
        greeted?.fds.forEach(closeDescriptor);
        const why = `session "${this.#place.name}" is another user's (${uid})`;
        return await connection.send({ type: "refused", why });
      }
      void connection.send({
        type: "hello",
        protocol: PROTOCOL,
        version,
        name: this.#place.name,
        pid: Deno.pid,
      });
      for (let message; (message = await channel.receive()) !== null;) {
        this.#heard(connection, message);
      }
    } catch (error) {
      if (!(error instanceof BrokenChannel)) throw error;
    } finally {
      connection.gone();
      this.#connections.delete(connection);
      // The one who stopped it is still told.
      if (connection !== this.#stoppedBy) channel.close();
    }
  }

  #heard(connection: Connection, message: Message): void {
    let said: FromClient | undefined;
    try {
      said = fromClient(message.json);
    } finally {
      if (said?.type !== "answer") message.fds.forEach(closeDescriptor);
    }
    switch (said.type) {
      case "run":
        return void this.#run(connection, said);
      case "cancel":
        return connection.abort.abort();
      case "answer":
        return connection.answered(said, message);
      case "status":
        return void connection.send({ type: "status", status: this.#status() });
      case "stop":
        this.#stoppedBy = connection;
        this.#stopping.abort();
    }
  }

  async #run(
    connection: Connection,
    asked: Extract<FromClient, { type: "run" }>,
  ): Promise<void> {
    connection.abort = new AbortController();
    clearTimeout(this.#idle);
    try {
      const send = (message: FromServer): void => void connection.send(message);
      const client = { ports: connection.ports(), send };
      const exitCode = await this.#runner.run(client, asked);
      await connection.send({ type: "done", exitCode });
    } catch (error) {
      const text = error instanceof Error ? error.stack ?? error.message : String(error);
      await connection.send({ type: "crash", text });
    } finally {
      this.#restartIdle();
    }
  }
}

/**
 * Runs a session in this process until it is stopped, told to by a signal, or idle for too long.
 * @returns false where another process has that session
 * @throws {NoDevice} where its socket cannot be made
 */
export async function serve(place: Place, options: ServerOptions): Promise<boolean> {
  const libc = socketLibc();
  using lock = lockPlace(libc, place);
  if (lock === undefined) return false;
  // A socket that a crashed session left: its process is gone, for the lock was free.
  removeFile(place.socket);
  removeFile(place.ended);
  await new Server(place, options, libc).run();
  return true;
}
