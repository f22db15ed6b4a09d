/** A virtual CLOCK_MONOTONIC in nanoseconds: it moves by calls and waits, never by itself. */
export class Clock {
  #now = 1_000_000_000n;
  /** When a signal comes that ends an interruptible wait, in nanoseconds; null: none does. */
  signalAt: bigint | null = null;

  /** Nanoseconds. */
  get now(): bigint {
    return this.#now;
  }

  /** Moves on by `ns` nanoseconds. */
  advance(ns: bigint): void {
    this.#now += ns;
  }

  /** Moves to `ns` if that lies ahead. */
  advanceTo(ns: bigint): void {
    if (ns > this.#now) this.#now = ns;
  }
}
