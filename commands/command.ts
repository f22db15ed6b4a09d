/**
 * What a command is: one definition from which parsing, help, completions and the README's table
 * derive, and the function that runs it.
 *
 * @module
 */
import type { Source } from "../workspace/journal.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Range } from "../syntax/range.ts";
import type { Script } from "./_load_script.ts";

/** How an option's text is read. */
export type OptionType = "flag" | "text" | "size" | "integer" | "range";

/** One option. */
export interface OptionSpec {
  readonly type: OptionType;
  /** What the value is called in help: SIZE, RANGE, NAME. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times. */
  readonly many?: boolean;
  readonly choices?: readonly string[];
  /** Whether `--no-NAME` is what the user types (help shows it so). */
  readonly negated?: boolean;
}

/** One positional argument. */
export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean;
  /** Takes all that follow. */
  readonly many?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Parsed<T extends OptionType> = T extends "flag" ? boolean
  : T extends "text" ? string
  : T extends "size" ? bigint
  : T extends "integer" ? number
  : Range;
type ParsedOption<S extends OptionSpec> = S["many"] extends true ? readonly Parsed<S["type"]>[]
  : S["type"] extends "flag" ? boolean
  : Parsed<S["type"]> | undefined;
/** Option values: flags are booleans, `many` are arrays, the others undefined where not given. */
export type ParsedOptions<O extends OptionSpecs> = { readonly [K in keyof O]: ParsedOption<O[K]> };

/** What a command is called with. */
export interface Arguments<O extends OptionSpecs> {
  readonly options: ParsedOptions<O>;
  /** Positional arguments in order; their number has been checked. */
  readonly words: readonly string[];
}

/** Where a descriptor comes from that is not the workspace's. */
export type DescriptorSource =
  | { readonly from: "descriptor"; readonly fd: number }
  | { readonly from: "process"; readonly pid: number; readonly fd: number }
  | { readonly from: "socket"; readonly path: string };

/** Who gets a descriptor of the workspace's. */
export type DescriptorTarget =
  | { readonly to: "program"; readonly words: readonly string[] }
  | {
    readonly to: "socket";
    readonly path: string;
    /** What is sent with it, a line of JSON. */
    readonly about: string;
  };

/** Descriptors that come from and go to other programs, with the rights of whoever typed. */
export interface Descriptors {
  /**
   * A descriptor of the process that has the kernel; the caller closes it.
   * @throws {UsageError | NotSupported | KernelRefusal} with the reason
   */
  take(source: DescriptorSource): Promise<number>;
  /**
   * Hands over a copy of a descriptor.
   * @returns the exit code of a program, 128 and the signal's number where one ended it; 0 for a
   * socket
   */
  give(fd: number, target: DescriptorTarget): Promise<number>;
}

/** The global options of a line, and the environment. */
export interface Asked {
  readonly device: string | undefined;
  readonly backend: string | undefined;
  readonly session: string | undefined;
  readonly record: string | undefined;
  /** Where relative paths begin: a session works in another directory than who typed the line. */
  readonly folder: string;
  readonly env: (name: string) => string | undefined;
}

/** What commands may use of the world around them. */
export interface Context {
  readonly workspace: Workspace;
  /** Notes where the command stands, for the journal. */
  readonly begin: (source: Source) => void;
  /** A user's file, read with the user's rights. @throws {UsageError} when it cannot be read */
  readonly readFile: (path: string, limit: number) => Promise<Uint8Array<ArrayBuffer>>;
  /** Writes a user's file. @throws {UsageError} when it cannot be written */
  readonly writeFile: (path: string, text: string) => Promise<void>;
  /** Standard input, whole. */
  readonly readStdin: (limit: number) => Promise<Uint8Array<ArrayBuffer>>;
  /** A line for stderr that is no error: a notice. */
  readonly notice: (line: string) => void;
  readonly descriptors: Descriptors;
  /** What the whole line said, for commands that choose a kernel or a session themselves. */
  readonly asked: Asked;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** How many scripts this one stands in; 0 where absent. */
  readonly depth?: number;
  /** The script that the command is a line of. */
  readonly script?: Script;
  /** Another workspace on the same choice of kernel; whoever asks closes it. Absent in a session. */
  readonly fresh?: () => Promise<Workspace>;
  /** Shows a line of text now, for commands that run others; silent with --json. */
  readonly show: (text: string) => void;
}

/**
 * What a command gives: data, and how people read it. Failing checks have an exit code; errors are
 * thrown.
 */
export interface Result {
  /** Plain JSON: no bigint, no bytes. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Text for people, without a final newline; "" prints nothing. */
  readonly text: string;
  readonly exitCode?: number;
  /** Bytes that the command read, for `expect bytes=`. */
  readonly bytes?: Uint8Array;
}

/** A command's definition. */
export interface Command<O extends OptionSpecs = OptionSpecs> {
  readonly name: string;
  readonly summary: string;
  readonly group: "buffers" | "devices" | "scripts" | "policy";
  readonly arguments: readonly ArgumentSpec[];
  readonly options: O;
  /** Command lines without the leading `boctl`, each with what it shows. */
  readonly examples: readonly { readonly line: string; readonly shows: string }[];
  /** More for `--help`, wrapped at 80 columns by whoever wrote it, or what makes it. */
  readonly details?: string | (() => Promise<string>);
  /** Options end at the first positional word: what follows is another command's. */
  readonly freeForm?: boolean;
  /** It has a workspace of its own even where there is a session: it holds nothing for later. */
  readonly ownProcess?: (args: Arguments<O>) => boolean;
  /** What it makes is for later commands: on its own it begins a session. */
  readonly holds?: (args: Arguments<O>) => boolean;
  /** The command is about this machine even where it has no device: no stand-in board. */
  readonly noFallback?: boolean;
  /**
   * Checks the form of values that `run` can only judge in full later, such as a range that must be
   * inside a buffer: called for every command of a line or script before the first one runs.
   * @throws {UsageError}
   */
  readonly validate?: (args: Arguments<O>) => void;
  /** Whether it uses a kernel when called like this; always where absent. */
  readonly needsKernel?: (args: Arguments<O>) => boolean;
  readonly run: (context: Context, args: Arguments<O>) => Promise<Result> | Result;
}

/** Keeps the option types for `run` and gives the plain type to everybody else. */
export function defineCommand<const O extends OptionSpecs>(command: Command<O>): Command {
  return command as unknown as Command;
}
