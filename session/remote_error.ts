import type { ErrorFacts } from "../commands/_invocation.ts";
import { BoctlError } from "../errors.ts";

/** An error that another process told of: it reads as it did there. */
class RemoteError extends BoctlError {
  readonly exitCode: number;
  readonly #data: Readonly<Record<string, unknown>>;

  constructor({ message, hint, also, exitCode, data }: ErrorFacts) {
    super(message, hint);
    this.also = also;
    this.exitCode = exitCode;
    this.#data = data;
  }

  override toData(): Record<string, unknown> {
    return { ...this.#data };
  }
}

/** The error of the facts that came of it. */
export function remoteError(facts: ErrorFacts): BoctlError {
  return new RemoteError(facts);
}
