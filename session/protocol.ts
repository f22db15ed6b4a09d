/**
 * What clients and a session say to each other: one JSON object a message, with bytes or descriptors
 * beside it where the type says so.
 *
 * @module
 */
import type { DescriptorSource, DescriptorTarget } from "../commands/command.ts";
import type { ErrorFacts, ResultFacts } from "../commands/_invocation.ts";

/** Raised with every change of a message. */
export const PROTOCOL = 2;

/** The first message of both sides. It never changes, so that versions can tell each other apart. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly version: string;
}

/** What only the client's process can do, with its rights and in its folder. */
export type Asked =
  | { readonly kind: "readFile"; readonly path: string; readonly limit: number }
  | { readonly kind: "readStdin"; readonly limit: number }
  | { readonly kind: "writeFile"; readonly path: string; readonly text: string }
  /** Answered with a descriptor. */
  | { readonly kind: "take"; readonly source: DescriptorSource }
  /** Comes with a descriptor. */
  | { readonly kind: "give"; readonly target: DescriptorTarget };

export type FromClient =
  | Hello
  | {
    readonly type: "run";
    readonly args: readonly string[];
    /** The client's working directory: what relative paths are relative to. */
    readonly folder: string;
    /** The variables that matter. */
    readonly env: Readonly<Record<string, string>>;
  }
  /** Ctrl-C. */
  | { readonly type: "cancel" }
  | {
    readonly type: "answer";
    readonly id: number;
    /** Of "give". */
    readonly exitCode?: number;
    /** Absent where it was done; bytes come beside the message. */
    readonly error?: ErrorFacts;
  }
  | { readonly type: "status" }
  | { readonly type: "stop" };

/** What a session tells of itself. */
export interface Status {
  readonly name: string;
  readonly pid: number;
  readonly version: string;
  /** `live`, `sim:panthor`; null before the first command that needs a kernel. */
  readonly kernel: string | null;
  readonly device: string | null;
  readonly held: readonly { readonly name: string; readonly kind: string; readonly text: string }[];
  /** Clients whose commands run or wait. */
  readonly running: number;
  /** Seconds without a command after which it ends; 0: never. */
  readonly idleSeconds: number;
  /** Where every system call is written. */
  readonly record: string | null;
}

export type FromServer =
  | (Hello & { readonly name: string; readonly pid: number })
  | { readonly type: "refused"; readonly why: string }
  | { readonly type: "result"; readonly facts: ResultFacts }
  | { readonly type: "error"; readonly facts: ErrorFacts }
  | { readonly type: "text" | "notice" | "trace"; readonly text: string }
  | { readonly type: "ask"; readonly id: number; readonly asked: Asked }
  | { readonly type: "done"; readonly exitCode: number }
  /** It was stopped in the middle of the command. */
  | { readonly type: "ended" }
  /** A bug of boctl's, with its stack. */
  | { readonly type: "crash"; readonly text: string }
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "stopped"; readonly status: Status };

/** The variables that a session's commands read. */
export const VARIABLES = ["BOCTL_DEVICE", "BOCTL_BACKEND", "COLUMNS"] as const;
