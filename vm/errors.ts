/** The command line is wrong; exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something that `setup` provides, or a tool of the host, is missing; the message says what to do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
}

/** What went wrong with a guest. */
export type GuestFailure = "timeout" | "died" | "kernel" | "interrupted";

/** A guest that did not end as it should; `console` is what its kernel said. */
export class GuestError extends Error {
  override readonly name = "GuestError";

  constructor(
    message: string,
    /** `timeout`: killed at its limit; `died`: ended without a status; `kernel`: oops or warning. */
    readonly failure: GuestFailure,
    /** Kernel messages, as far as they came. */
    readonly console: string,
    /** Output of the command, as far as it came. */
    readonly output: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
