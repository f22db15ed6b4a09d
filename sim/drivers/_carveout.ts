import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { CacheModel } from "../memory/cache_model.ts";
import type { Memory } from "../memory/memory.ts";
import { SplicedMemory } from "../memory/spliced_memory.ts";
import { GpuAddressSpace } from "./_gpu_address_space.ts";

/** A piece of a carve-out. */
export interface Carved {
  /** Bytes from its start. */
  readonly at: number;
  readonly memory: Memory;
}

/**
 * Memory that a driver took aside when it started and gives out in pieces. Nobody clears it in
 * between: a buffer begins with what the one before left there.
 */
export class Carveout {
  readonly #memory: AnonymousMemory;
  readonly #space: GpuAddressSpace;

  /** @param bytes whole pages; `given` of them are given out */
  constructor(model: CacheModel, bytes: number, given: number) {
    this.#memory = new AnonymousMemory(model, bytes);
    this.#space = new GpuAddressSpace(0, given);
  }

  /** A piece of `bytes`, whole pages, or -ENOSPC. */
  take(bytes: number): Carved | number {
    const at = this.#space.take(bytes, 0);
    if (at < 0) return at;
    const { pageBytes } = this.#memory.model;
    const splice = { memory: this.#memory, first: at / pageBytes, pages: bytes / pageBytes };
    return { at, memory: new SplicedMemory(splice) };
  }

  /** Gives back what {@linkcode take} gave. */
  give({ at }: Carved): void {
    this.#space.give(at);
  }
}
