/**
 * Whose turn it is: one command at a time works on the workspace, in the order in which they came.
 *
 * @module
 */

/** A lock that is handed on in order. */
export class Floor {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Resolves when it is the caller's turn. */
  async take(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  /** Gives it to the next. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
