/** A virtual CLOCK_MONOTONIC in nanoseconds: it moves by calls and waits, never by itself. */
export class Clock {
  #now = 1_000_000_000n;
  /** When a signal comes that ends an interruptible wait, in nanoseconds; null: none does. */
  signalAt: bigint | null = null;

  /** Nanoseconds. */
  get now(): bigint {
    return this.#now;
  }

  /** What is to be done at a time. */
  #alarms: { readonly at: bigint; readonly run: () => void }[] = [];

  /** Runs something as soon as the clock has come to `ns`, which lies ahead. */
  at(ns: bigint, run: () => void): void {
    this.#alarms.push({ at: ns, run });
  }

  #ring(): void {
    const due = this.#alarms.filter(({ at }) => at <= this.#now);
    if (due.length === 0) return;
    this.#alarms = this.#alarms.filter(({ at }) => at > this.#now);
    for (const { run } of due) run();
  }

  /** Moves on by `ns` nanoseconds. */
  advance(ns: bigint): void {
    this.#now += ns;
    this.#ring();
  }

  /** Moves to `ns` if that lies ahead. */
  advanceTo(ns: bigint): void {
    if (ns <= this.#now) return;
    this.#now = ns;
    this.#ring();
  }
}
