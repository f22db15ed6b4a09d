/**
 * Values that steps are made of.
 *
 * @module
 */
import type { FieldValue } from "./step.ts";
import type { Random } from "./random.ts";
import type { HandleSlot, State } from "./state.ts";

/** Bytes that every machine has room for. */
export const SMALL = [1, 100, 4095, 4096, 4097, 8192, 12288, 16384, 16385, 65536] as const;

/** Sizes that no kernel has, and why: memory decides nothing here. */
export const IMPOSSIBLE = ["1099511627777", "9223372036854775808", "18446744073709551615"] as const;

/** Mostly a size that fits, now and then 0. */
export function smallSize(random: Random): number {
  return random.oneIn(12) ? 0 : random.of(SMALL);
}

/** A pad: mostly 0, as it has to be. */
export function pad(random: Random): FieldValue {
  return { json: random.oneIn(15) ? 1 : 0 };
}

/** Some of the bits, or a bit that nobody knows. */
export function bits(random: Random, known: number): number {
  let value = 0;
  for (let bit = 1; bit <= known; bit *= 2) {
    if ((known & bit) !== 0 && random.oneIn(3)) value |= bit;
  }
  return random.oneIn(10) ? value | random.of([8, 16, 0x100, 0x4000_0000]) : value;
}

/** Mostly a handle, now and then 0 or one that nothing has. */
export function someHandle(random: Random, handle: HandleSlot | undefined): FieldValue {
  if (handle === undefined || random.oneIn(8)) return { json: random.of([0, 77]) };
  return { handleOf: handle.slot };
}

/** A handle of some open file, or undefined. */
export function aHandle(
  { random, state }: { random: Random; state: State },
): HandleSlot | undefined {
  const fit = state.handles.filter(({ of }) => of.open);
  return fit.length > 0 ? random.of(fit) : undefined;
}
