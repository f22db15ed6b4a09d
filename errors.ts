/**
 * The errors that end a command, each with its exit code. Everything that a user can cause is one
 * of these; any other exception is a bug of ours and ends with exit code 70.
 *
 * @module
 */
import { errnoName } from "./ffi/errno.ts";

/** Exit codes: the contract with shells and CI. */
export const exitCodes = {
  done: 0,
  checkFailed: 1,
  usage: 2,
  kernelRefused: 3,
  noDevice: 4,
  sessionLost: 5,
  internal: 70,
  notSupported: 77,
  interrupted: 130,
} as const;

/** What every error of boctl tells. */
export abstract class BoctlError extends Error {
  abstract readonly exitCode: number;
  /** What the user can do about it, one line. */
  hint: string | undefined;
  /** Further errors of the same thing, a line each, where all are told at once. */
  also: readonly string[] | undefined;
  /** What was done before it, as data, where a command does many things: steps, findings. */
  soFar: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }

  /** The error as data, for `--json`. */
  toData(): Record<string, unknown> {
    return {
      name: this.name,
      exitCode: this.exitCode,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.also === undefined ? {} : { also: this.also }),
      ...(this.soFar === undefined ? {} : { soFar: this.soFar }),
    };
  }
}

/** Wrong usage: exit 2, before any system call. */
export class UsageError extends BoctlError {
  override readonly name = "UsageError";
  readonly exitCode = exitCodes.usage;
  /** The word of the command line that is wrong, for scripts to name its column. */
  readonly word: string | undefined;

  constructor(message: string, options: { hint?: string; word?: string } = {}) {
    super(message, options.hint);
    this.word = options.word;
  }
}

/** A check that the user asked for did not hold: exit 1. */
export class CheckFailed extends BoctlError {
  override readonly name = "CheckFailed";
  readonly exitCode = exitCodes.checkFailed;
}

/** No such device, or it may not be opened: exit 4. */
export class NoDevice extends BoctlError {
  override readonly name = "NoDevice";
  readonly exitCode = exitCodes.noDevice;
  /** The errno of the failed open, 0 where there was none. */
  readonly errno: number;

  constructor(message: string, options: { hint?: string; errno?: number } = {}) {
    super(message, options.hint);
    this.errno = Math.abs(options.errno ?? 0);
  }

  override toData(): Record<string, unknown> {
    return { ...super.toData(), ...(this.errno === 0 ? {} : { errno: errnoName(this.errno) }) };
  }
}

/** Not supported here: exit 77, a skip as in kselftest and IGT. */
export class NotSupported extends BoctlError {
  override readonly name = "NotSupported";
  readonly exitCode = exitCodes.notSupported;
}

/** The process that held everything is gone, or cannot be talked to: exit 5. */
export class SessionLost extends BoctlError {
  override readonly name = "SessionLost";
  readonly exitCode = exitCodes.sessionLost;
}

/** The user interrupted: exit 130. */
export class Interrupted extends BoctlError {
  override readonly name = "Interrupted";
  readonly exitCode = exitCodes.interrupted;
}

/** The kernel refused a call, or a touch of memory would have been SIGBUS: exit 3. */
export class KernelRefusal extends BoctlError {
  override readonly name = "KernelRefusal";
  readonly exitCode = exitCodes.kernelRefused;
  /** The call as a person writes it: `ioctl DRM_IOCTL_PANTHOR_BO_CREATE`, `mmap`. */
  readonly call: string;
  /** What it was made on: a device or dma-buf, by its name here. */
  readonly subject: string;
  /** Positive errno; EFAULT stands for a reported SIGBUS. */
  readonly errno: number;
  /** Why, where it is known. */
  readonly reason: string | undefined;

  constructor(
    call: string,
    subject: string,
    errno: number,
    options: { reason?: string | undefined; hint?: string | undefined } = {},
  ) {
    const positive = Math.abs(errno);
    super(
      `${call} on ${subject}: ${errnoName(positive)}${options.reason ? `: ${options.reason}` : ""}`,
      options.hint,
    );
    this.call = call;
    this.subject = subject;
    this.errno = positive;
    this.reason = options.reason;
  }

  override toData(): Record<string, unknown> {
    return {
      ...super.toData(),
      call: this.call,
      subject: this.subject,
      errno: errnoName(this.errno),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
    };
  }
}
