/**
 * How long commands wait for fences.
 *
 * @module
 */

/** Milliseconds where `--timeout` is not given. */
const DEFAULT_MS = 10_000;

/** The option of every command that may wait. */
export const timeoutOption = {
  type: "integer",
  value: "MS",
  help: "milliseconds to wait for fences (default 10000)",
} as const;

/** Nanoseconds of a time-out option. */
export function patienceNs(milliseconds: number | undefined): bigint {
  return BigInt(milliseconds ?? DEFAULT_MS) * 1_000_000n;
}
