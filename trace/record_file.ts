/**
 * `--record FILE`: a trace written as the calls are made, so that a process that ends early leaves
 * what it did.
 *
 * @module
 */
import { KernelRefusal, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { escapeText } from "../output/escape.ts";
import type { Journal } from "../workspace/journal.ts";
import type { TraceHeader } from "./format.ts";
import { type Asked, type Recording, recordingKernel } from "./record.ts";

/** What a trace begins with. */
const BEGINNING = '{"boctl-trace":';

function cannot(option: string, path: string, error: unknown): UsageError {
  const why = error instanceof Error ? error.message : String(error);
  return new UsageError(`${option} ${escapeText(path)}: cannot be written: ${escapeText(why)}`, {
    word: path,
  });
}

/** The errno in an error of Deno's file system. */
function errnoIn(error: unknown): number {
  const [, number] = /\(os error (\d+)\)/.exec(error instanceof Error ? error.message : "") ?? [];
  return Number(number ?? errno.EIO);
}

/** Holds an existing file to being a trace, or empty: nothing else is overwritten. */
function refuseOthers(option: string, path: string, info: Deno.FileInfo): void {
  if (info.isDirectory) throw new UsageError(`${option} ${escapeText(path)}: is a directory`);
  if (!info.isFile || info.size === 0) return;
  const start = new Uint8Array(BEGINNING.length);
  using file = Deno.openSync(path, { read: true });
  file.readSync(start);
  if (new TextDecoder().decode(start) === BEGINNING) return;
  throw new UsageError(
    `${option} ${escapeText(path)}: the file exists and is no trace: it is not overwritten`,
    { word: path, hint: "Name another file, or remove that one." },
  );
}

function openForWriting(option: string, path: string): Deno.FsFile {
  let info: Deno.FileInfo | undefined;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw cannot(option, path, error);
  }
  try {
    if (info !== undefined) refuseOthers(option, path, info);
    return Deno.openSync(path, {
      write: true,
      create: info === undefined,
      truncate: info?.isFile ?? true,
    });
  } catch (error) {
    throw error instanceof UsageError ? error : cannot(option, path, error);
  }
}

/** A trace being written. Whoever opens it closes it. */
export class RecordFile implements Disposable {
  readonly #path: string;
  readonly #option: string;
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  #recording: Recording | undefined;
  #failure: KernelRefusal | undefined;
  #closed = false;

  /**
   * Opens the file; a trace that was there before is replaced.
   * @param option what named it, for messages
   * @throws {UsageError} when it cannot be written, or is something else than a trace
   */
  constructor(path: string, option = "--record") {
    this.#path = path;
    this.#option = option;
    this.#file = openForWriting(option, path);
  }

  /**
   * The kernel, recorded. A trace holds one kernel.
   * @param board what identifies the machine, for the header
   * @throws {UsageError} for a second one
   * @throws {KernelRefusal} when the file cannot be written on, here and from its calls
   */
  wrap(kernel: Kernel, board?: TraceHeader["board"]): Kernel {
    if (this.#recording !== undefined) {
      throw new UsageError(`${this.#option} ${escapeText(this.#path)}: a trace holds one run`, {
        hint: "Record one script at a time.",
      });
    }
    this.#recording = recordingKernel(kernel, (line) => this.#write(line), board);
    return this.#recording;
  }

  /** A command begins. */
  note(asked: Asked): void {
    this.#recording?.note(asked);
  }

  /** Has what a journal notes written, too. */
  listenTo(journal: Journal): void {
    journal.listener = {
      added: ({ seq: _seq, at, ...event }) => this.#recording?.event(event, at),
      renamed: (from, to) => this.#recording?.event({ kind: "same-memory", from, to }),
    };
  }

  /**
   * Tells of a write that failed, which a command may have taken for its own error.
   * @throws {KernelRefusal}
   */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    if (!this.#closed) this.#file.close();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write(line: string): void {
    // After a failure nothing is written: a gap would not be seen, and what is open is to be closed.
    if (this.#failure !== undefined || this.#closed) return;
    try {
      const bytes = this.#encoder.encode(`${line}\n`);
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (error) {
      this.#failure = new KernelRefusal("write", escapeText(this.#path), errnoIn(error), {
        reason: "the trace ends here",
        hint: `Name a file on a disk with room: ${this.#option} FILE.`,
      });
      throw this.#failure;
    }
  }
}
