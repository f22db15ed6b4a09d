/**
 * One invocation of boctl: read all words, choose the kernel, run, let everything go.
 *
 * @module
 */
import { type BoctlError, Interrupted, UsageError } from "../errors.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { readStandardInput, readUserFile, writeUserFile } from "../output/files.ts";
import type { ScriptPlace } from "../output/errors.ts";
import { splitWords } from "../syntax/words.ts";
import { openWorkspace } from "../workspace/open.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { commands } from "./_index.ts";
import type { Command, Context, Result } from "./command.ts";
import { execute, findCommand, quoteWords } from "./execute.ts";
import { locationOf } from "./_location.ts";
import { ownDescriptors } from "./_own_descriptors.ts";
import { globalOptions, NO_COMMAND, parseCommand, parseOptions, splitGlobal } from "./parse.ts";

/** What the world gives to an invocation; tests give their own. */
export interface World {
  readonly args: readonly string[];
  readonly env: (name: string) => string | undefined;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly signal: AbortSignal;
  /** Wraps the kernel: counting and fault injection. */
  readonly wrap?: (kernel: Kernel) => Kernel;
  /** Sees the workspace as the last command left it, before everything is let go. */
  readonly leaving?: (workspace: Workspace) => void;
  /** The session that is to run this instead of a process of its own, if there is one. */
  readonly session?: (plan: Plan) => Promise<Session | undefined>;
}

/** A process that holds what commands made, and runs this one. */
export interface Session {
  /**
   * Runs the words of {@linkcode World.args} there.
   * @returns the exit code
   * @throws {BoctlError} when the session is lost, busy or of another version
   */
  run(args: readonly string[], answers: Answers, signal: AbortSignal): Promise<number>;
}

/** Hears of what an invocation says, as data; it is rendered elsewhere. */
export interface Answers {
  readonly result: (answer: ResultFacts) => void;
  readonly error: (answer: ErrorFacts) => void;
  /** Text as it is: help, steps of a script. */
  readonly text: (text: string) => void;
  /** A line for stderr. */
  readonly notice: (line: string) => void;
  /** A system call, decoded. */
  readonly trace: (line: string) => void;
}

/** One command of an invocation, read. */
interface Planned {
  readonly words: readonly string[];
  readonly command: Command;
  readonly parsed: ReturnType<typeof parseCommand>;
}

/** The global options in effect and the commands in order. */
export interface Plan {
  readonly commands: readonly Planned[];
  readonly device: string | undefined;
  readonly backend: string | undefined;
  /** `--session`. */
  readonly session: string | undefined;
  /** `--record`. */
  readonly record: string | undefined;
  readonly json: boolean;
  readonly trace: boolean;
  readonly help: boolean;
}

function splitAtCommas(words: readonly string[]): readonly (readonly string[])[] {
  const lines: string[][] = [[]];
  for (const word of words) {
    if (word === ",") lines.push([]);
    else lines.at(-1)?.push(word);
  }
  return lines;
}

/** The one value that was given, wherever it stood. */
function agreed(
  name: string,
  values: readonly (string | undefined)[],
  why = "a workspace has one kernel",
): string | undefined {
  const given = [...new Set(values.filter((value) => value !== undefined))];
  if (given.length > 1) {
    throw new UsageError(`--${name} is given as ${given.join(" and as ")}: ${why}`);
  }
  return given[0];
}

/** One command of the line. @throws {UsageError} */
async function planCommand(words: readonly string[]): Promise<Planned> {
  try {
    const command = await findCommand(words[0] ?? "");
    return { words, command, parsed: parseCommand(command, words.slice(1)) };
  } catch (error) {
    // A list may end in a comma, too: only before a command it is meant to end one.
    const joined = words.findIndex((word, i) =>
      word.endsWith(",") && Object.hasOwn(commands, words[i + 1] ?? "")
    );
    if (error instanceof UsageError && joined >= 0) {
      const word = words[joined]?.slice(0, -1) ?? "";
      error.hint = `A comma between commands stands alone: ${word} , ${words[joined + 1]}`;
    }
    throw error;
  }
}

/**
 * Reads the command line, before any system call.
 * @throws {UsageError}
 */
export async function planInvocation(world: World): Promise<Plan> {
  const { global, rest } = splitGlobal(world.args);
  const front = parseOptions(globalOptions, global, NO_COMMAND).options;
  const lines = splitAtCommas(rest);
  const planned: Planned[] = [];
  for (const [i, words] of lines.entries()) {
    if (words.length === 0) {
      if (lines.length === 1) break;
      throw new UsageError(`command ${i + 1} is empty: there is a "," too many`);
    }
    planned.push(await planCommand(words));
  }
  // A variable that is set to nothing is not set.
  const set = (name: string): string | undefined => world.env(name) || undefined;
  const all = [front, ...planned.map(({ parsed }) => parsed.global)];
  return {
    commands: planned,
    device: agreed("device", all.map(({ device }) => device)) ?? set("BOCTL_DEVICE"),
    backend: agreed("backend", all.map(({ backend }) => backend)) ?? set("BOCTL_BACKEND"),
    session: agreed("session", all.map(({ session }) => session), "a line runs in one process"),
    record: agreed("record", all.map(({ record }) => record), "a line has one record"),
    json: all.some(({ json }) => json),
    trace: all.some(({ trace }) => trace),
    help: front.help,
  };
}

/** What of a command's result is told. */
export interface ResultFacts {
  readonly command: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly exitCode: number;
  /** Who answered: {@linkcode backendData}; absent where no kernel was asked. */
  readonly on: Readonly<Record<string, unknown>> | undefined;
}

/** What of an error is told. */
export interface ErrorFacts {
  readonly command: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly also?: readonly string[] | undefined;
  readonly exitCode: number;
  /** As `--json` has it. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: ScriptPlace | undefined;
  readonly on: Readonly<Record<string, unknown>> | undefined;
}

/** An error as it is told. */
export function errorFacts(
  command: string,
  error: BoctlError,
  on: ErrorFacts["on"],
): ErrorFacts {
  const { message, hint, also, exitCode } = error;
  return {
    command,
    message,
    hint,
    also,
    exitCode,
    data: error.toData(),
    at: locationOf(error),
    on,
  };
}

/** What an answer of `--json` says of who answered. */
export function driversOf(workspace: Workspace): readonly string[] {
  // From the journal: an answer about an error comes when everything is closed.
  return [
    ...new Set(
      workspace.journal.events.flatMap((event) => event.kind === "open" ? [event.driver] : []),
    ),
  ];
}

/** What the commands of an invocation get from whoever typed them. */
export type Ports = Pick<
  Context,
  | "readFile"
  | "writeFile"
  | "readStdin"
  | "notice"
  | "show"
  | "signal"
  | "begin"
  | "descriptors"
  | "asked"
>;

/** The global options as commands see them. */
export function askedOf(env: World["env"], plan: Plan, folder: string): Context["asked"] {
  const { device, backend, session, record } = plan;
  return { device, backend, session, record, folder, env };
}

/** The ports of this process. */
export function ownPorts(world: World, plan: Plan): Omit<Ports, "begin"> {
  const notice = (line: string): void => world.err(`boctl: ${line}`);
  return {
    readFile: readUserFile,
    writeFile: writeUserFile,
    readStdin: readStandardInput,
    notice,
    signal: world.signal,
    show: (text) => {
      if (!plan.json) world.out(text);
    },
    descriptors: ownDescriptors({ signal: world.signal, notice }),
    asked: askedOf(world.env, plan, "."),
  };
}

/** Hears of each command as it begins and ends. */
export interface Observer {
  readonly opened: (workspace: Workspace) => void;
  readonly begins: (command: string) => void;
  readonly done: (command: string, result: Result) => void;
}

/** Whether a plan uses a kernel. */
export function needsKernel(plan: Plan): boolean {
  return plan.commands.some(({ command, parsed }) => command.needsKernel?.(parsed) ?? true);
}

/**
 * Runs a plan's commands in a workspace that is the caller's.
 * @returns the exit code of the last command; a failing one ends the run
 * @throws what a command throws
 */
export async function runCommands(
  context: Context,
  plan: Plan,
  observer: Observer,
): Promise<number> {
  for (const { words } of plan.commands) {
    if (context.signal.aborted) throw new Interrupted("interrupted");
    observer.begins(words[0] ?? "");
    const result = await execute(context, words);
    observer.done(words[0] ?? "", result);
    if (result.exitCode) return result.exitCode;
  }
  return 0;
}

/** A command without the option, so that a trace does not depend on where it is written. */
function withoutRecord(command: string): string {
  const words = splitWords(command).map(({ text }) => text);
  return quoteWords(
    words.filter((word, i) =>
      word !== "--record" && words[i - 1] !== "--record" && !word.startsWith("--record=")
    ),
  );
}

/**
 * Runs a plan in a workspace of its own; everything that it held is let go at the end, whatever
 * happens.
 * @returns the exit code of the last command; a failing one ends the run
 * @throws what a command throws
 */
export async function runPlan(world: World, plan: Plan, observer: Observer): Promise<number> {
  const ports = ownPorts(world, plan);
  const trace = plan.trace ? (await import("../ffi/trace_kernel.ts")).traceKernel : undefined;
  // A session opens its record in the process that it starts.
  const own = plan.commands.every(({ command }) => command.name !== "session");
  if (plan.record !== undefined && own && !needsKernel(plan)) {
    throw new UsageError("--record: nothing here makes a system call", { word: "--record" });
  }
  using record = plan.record === undefined || !needsKernel(plan)
    ? undefined
    : new (await import("../trace/record_file.ts")).RecordFile(plan.record);
  const told = new Set<string>();
  const open = async (): Promise<Workspace> =>
    await openWorkspace({
      device: plan.device,
      backend: plan.backend,
      notice: (line) => {
        // A further workspace on the same choice has nothing new to say of it.
        if (!told.has(line)) ports.notice(line);
        told.add(line);
      },
      noFallback: plan.commands.every(({ command }) => command.noFallback === true),
      wrap: (kernel) => {
        const wrapped = world.wrap?.(kernel) ?? kernel;
        const recorded = record?.wrap(wrapped) ?? wrapped;
        return trace === undefined ? recorded : trace(recorded, world.err);
      },
    });
  const workspace = needsKernel(plan) ? await open() : undefined;
  if (workspace !== undefined) record?.listenTo(workspace.journal);
  const context: Context = {
    ...ports,
    get workspace(): Workspace {
      if (workspace === undefined) throw new Error("a command that needs no kernel used one");
      return workspace;
    },
    begin: (source) => {
      const at = record === undefined
        ? source
        : { ...source, command: withoutRecord(source.command) };
      if (workspace !== undefined) workspace.journal.at = at;
      record?.note(at);
    },
    fresh: open,
  };
  try {
    if (workspace !== undefined) observer.opened(workspace);
    const code = await runCommands(context, plan, observer);
    record?.check();
    return code;
  } finally {
    if (workspace !== undefined) {
      world.leaving?.(workspace);
      workspace.close();
    }
  }
}
