/**
 * Deadlines of waiting calls: CLOCK_MONOTONIC in the call, `now+20ms` in a trace.
 *
 * @module
 */

const NANOSECONDS = 1_000_000n;
/** Farther away than any wait is meant: such a value is a constant (INT64_MAX), no time. */
const FARTHEST = 1n << 53n;

/**
 * A deadline as a trace has it, rounded up to milliseconds: what passed between reading the clock
 * and the call is not to show. Undefined for what is no time of this clock: 0, below 0, for ever.
 * @param value nanoseconds
 * @param now nanoseconds
 */
export function formatDeadline(value: bigint, now: bigint): string | undefined {
  if (value <= 0n || value > now + FARTHEST) return undefined;
  // A value long ago is a small constant, such as 1.
  if (value < now - 1_000n * NANOSECONDS) return undefined;
  const left = value > now ? value - now : 0n;
  return `now+${(left + NANOSECONDS - 1n) / NANOSECONDS}ms`;
}

/** The nanoseconds of a deadline in a trace; undefined for another text. */
export function parseDeadline(text: string, now: bigint): bigint | undefined {
  const [, milliseconds] = /^now\+(\d{1,10})ms$/.exec(text) ?? [];
  return milliseconds === undefined ? undefined : now + BigInt(milliseconds) * NANOSECONDS;
}
