/**
 * What a session holds, and how the commands of its clients run on it: one after another, except
 * that who waits for a fence lets the others in.
 *
 * @module
 */
import {
  askedOf,
  driversOf,
  errorFacts,
  needsKernel,
  type Plan,
  planInvocation,
  type Ports,
  runCommands,
} from "../commands/_invocation.ts";
import type { Context } from "../commands/command.ts";
import { BoctlError, UsageError } from "../errors.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { traceKernel } from "../ffi/trace_kernel.ts";
import { backendData } from "../output/json.ts";
import { openWorkspace } from "../workspace/open.ts";
import type { Source } from "../workspace/journal.ts";
import type { Held } from "../workspace/objects.ts";
import { ownPace, type Workspace } from "../workspace/workspace.ts";
import { Floor } from "./floor.ts";
import { absoluteBoard } from "./paths.ts";
import type { FromClient, FromServer, Status } from "./protocol.ts";

/** Milliseconds between two looks at a fence of a real kernel. */
const BETWEEN_LOOKS = 5;

/** Who asked for a command, as far as running it goes. */
export interface Client {
  readonly ports: Omit<Ports, "begin" | "asked">;
  readonly send: (message: FromServer) => void;
}

/** What a client sends to be run. */
type Words = Omit<Extract<FromClient, { type: "run" }>, "type">;

/** What a session was started with. */
export interface SessionChoice {
  readonly device: string | undefined;
  readonly backend: string | undefined;
  /** Wraps the kernel: recording. */
  readonly wrap?: (kernel: Kernel) => Kernel;
  /** Hears of each command. */
  readonly begins?: (source: Source) => void;
  /** Sees the workspace before the first command works on it. */
  readonly opened?: (workspace: Workspace) => void;
}

function describeHeld(held: Held): Status["held"][number] {
  const { name, kind } = held;
  switch (held.kind) {
    case "device":
      return { name, kind, text: `${held.version.name}, ${held.path}` };
    case "buffer":
      return { name, kind, text: `handle ${held.handle} of ${held.device.name}` };
    case "dma-buf":
      return { name, kind, text: `descriptor ${held.fd}` };
    case "mapping":
      return { name, kind, text: `of ${held.of}` };
  }
}

/** The workspace of a session. */
export class Runner {
  readonly #choice: SessionChoice;
  readonly #floor = new Floor();
  #workspace: Workspace | undefined;
  /** What chose the kernel. */
  #device: string | undefined;
  #backend: string | undefined;
  #tracing = false;
  #client: Client | undefined;
  #running = 0;

  constructor(choice: SessionChoice) {
    this.#choice = choice;
    this.#device = choice.device;
    this.#backend = choice.backend;
  }

  /** Commands that run or wait. */
  get running(): number {
    return this.#running;
  }
  get kernel(): string | null {
    return this.#workspace?.kernel.identity.name ?? null;
  }
  get device(): string | null {
    return this.#device ?? null;
  }
  get held(): Status["held"] {
    return this.#workspace?.held.map(describeHeld) ?? [];
  }

  /** Runs a client's words; what comes of it is sent. Never throws what a user can cause. */
  async run(
    client: Client,
    { args, env, folder }: Words,
  ): Promise<number> {
    let last = args[0] ?? "";
    const on = (): Record<string, unknown> | undefined =>
      this.#workspace === undefined
        ? undefined
        : backendData(this.#workspace.kernel.identity, driversOf(this.#workspace));
    this.#running++;
    try {
      const asked = await planInvocation({
        args,
        env: (name) => env[name],
        out: () => {},
        err: () => {},
        signal: client.ports.signal,
      });
      const { device } = asked;
      const plan = device === undefined
        ? asked
        : { ...asked, device: absoluteBoard(device, folder) };
      await this.#floor.take();
      try {
        this.#enter(client, plan);
        const context = await this.#context(client, plan, { env, folder });
        return await runCommands(context, plan, {
          opened: () => {},
          begins: (command) => {
            last = command;
          },
          done: (command, { data, text, exitCode = 0 }) =>
            client.send({ type: "result", facts: { command, data, text, exitCode, on: on() } }),
        });
      } finally {
        this.#client = undefined;
        this.#floor.give();
      }
    } catch (error) {
      if (!(error instanceof BoctlError)) throw error;
      client.send({ type: "error", facts: errorFacts(last, error, on()) });
      return error.exitCode;
    } finally {
      this.#running--;
    }
  }

  #enter(client: Client, plan: Plan): void {
    this.#client = client;
    this.#tracing = plan.trace;
  }

  async #context(
    client: Client,
    plan: Plan,
    { env, folder }: Omit<Words, "args">,
  ): Promise<Context> {
    const workspace = needsKernel(plan) ? await this.#open(plan) : undefined;
    return {
      ...client.ports,
      asked: askedOf((name) => env[name], plan, folder),
      get workspace(): Workspace {
        if (workspace === undefined) throw new Error("a command that needs no kernel used one");
        return workspace;
      },
      begin: (source) => {
        if (workspace !== undefined) workspace.journal.at = source;
        this.#choice.begins?.(source);
      },
    };
  }

  /** The workspace, opened by the first command that needs one. */
  async #open(plan: Plan): Promise<Workspace> {
    if (this.#choice.wrap === undefined && this.held.length === 0) this.#chooseAgain(plan);
    const had = this.#workspace?.kernel.identity;
    // What was not named when the kernel was chosen is what was chosen.
    this.#hold("device", plan.device, this.#device ?? had?.name);
    this.#hold("backend", plan.backend, had?.backend ?? this.#backend);
    if (this.#workspace !== undefined) return this.#workspace;
    this.#device ??= plan.device;
    this.#backend ??= plan.backend;
    this.#workspace = await openWorkspace({
      device: this.#device,
      backend: this.#backend,
      notice: (line) => this.#client?.ports.notice(line),
      wrap: (kernel) =>
        traceKernel(this.#choice.wrap?.(kernel) ?? kernel, (text) => {
          if (this.#tracing) this.#client?.send({ type: "trace", text });
        }),
    });
    this.#choice.opened?.(this.#workspace);
    this.#workspace.pace = {
      // The simulator's clock moves by waiting; a real kernel's by itself.
      sliceMs: this.#workspace.kernel.identity.backend === "sim" ? ownPace.sliceMs : 0,
      pause: () => this.#pause(),
    };
    return this.#workspace;
  }

  /** A first command whose device was wrong made nothing: it binds nobody who names another. */
  #chooseAgain({ device, backend }: Plan): void {
    const others = (device !== undefined && device !== this.#device) ||
      (backend !== undefined && backend !== this.#backend);
    if (!others) return;
    this.close();
    this.#device = this.#choice.device;
    this.#backend = this.#choice.backend;
  }

  /** A session has one kernel: what a later command names has to be it. */
  #hold(name: string, asked: string | undefined, had: string | undefined): void {
    if (asked === undefined || had === undefined || asked === had) return;
    throw new UsageError(`--${name} ${asked}: this session runs on ${this.kernel ?? had}`, {
      word: asked,
      hint: `--on NAME picks one of its devices, open adds one; --session none is a process of ` +
        `its own, session stop ends this one.`,
    });
  }

  /** Lets others in for a moment; afterwards everything is as it was for the one who waits. */
  async #pause(): Promise<void> {
    const [client, tracing, at] = [this.#client, this.#tracing, this.#workspace?.journal.at];
    this.#floor.give();
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    await this.#floor.take();
    this.#client = client;
    this.#tracing = tracing;
    if (this.#workspace !== undefined && at !== undefined) this.#workspace.journal.at = at;
  }

  /** Lets everything go. */
  close(): void {
    this.#workspace?.close();
    this.#workspace = undefined;
  }
}
