/**
 * What a board's CPU caches are like.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

/** How a CPU mapping reaches memory. */
export type Caching = "write-back" | "write-combined" | "uncached";

/**
 * How far a device and the CPU's caches see each other: not at all; the device snoops the CPU's
 * (ACE-Lite, "dma-coherent"); each snoops the other's (ACE).
 */
export type Coherency = "none" | "io-coherent" | "full";

/** Decides, after a CPU write, which dirty lines leave the cache early. */
export interface Evictor {
  /** Whether the next dirty line leaves. Deterministic for a seed. */
  next(): boolean;
}

/** The caches of a board, shared by all its memory. Sizes in bytes. */
export interface CacheModel {
  readonly lineBytes: number;
  readonly pageBytes: number;
  /**
   * Whether a write-combined access looks into the caches too, as x86 processors do; on arm64 it
   * goes past them.
   */
  readonly selfSnooping: boolean;
  /** null: dirty lines stay until maintenance. */
  readonly evictor: Evictor | null;
  /** What maintenance and moving pages take their time from: see `costs.ts`. */
  readonly clock: Clock;
}

/**
 * An evictor that lets one dirty line in `oneIn` go, by a xorshift generator (Marsaglia, 2003).
 * @param oneIn 1 evicts every line at once
 */
export function seededEvictor(seed: number, oneIn: number): Evictor {
  // xorshift never leaves 0, so a seed of 0 is moved away from it.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return {
    next(): boolean {
      state ^= state << 13;
      state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return state % oneIn === 0;
    },
  };
}
