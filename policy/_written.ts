/**
 * Bytes of memory by the CPU write that last touched them.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { intersect, subtract } from "./_ranges.ts";
import type { Entry } from "./_entry.ts";

/** A write and those of its bytes that no later write touched. */
export interface Written {
  readonly write: Entry<"cpu">;
  readonly ranges: readonly ByteRange[];
}

/** The books of who wrote what last. */
export class WrittenBytes {
  readonly #memories = new Map<string, readonly Written[]>();

  /** Notes a write; its bytes are now its own. */
  add(write: Entry<"cpu">): void {
    this.remove(write.memory, [write.range]);
    const rest = this.#memories.get(write.memory) ?? [];
    this.#memories.set(write.memory, [...rest, { write, ranges: [write.range] }]);
  }

  /** Forgets bytes. */
  remove(memory: string, ranges: readonly ByteRange[]): void {
    const left = (this.#memories.get(memory) ?? []).flatMap((written) => {
      const kept = subtract(written.ranges, ranges);
      return kept.length === 0 ? [] : [{ write: written.write, ranges: kept }];
    });
    this.#memories.set(memory, left);
  }

  /** Forgets a memory: a handle's number may be used again for another buffer. */
  reset(memory: string): void {
    this.#memories.delete(memory);
  }

  /** The writes that last touched bytes of the ranges, oldest first, with those bytes. */
  within(memory: string, ranges: readonly ByteRange[]): readonly Written[] {
    return (this.#memories.get(memory) ?? []).flatMap(({ write, ranges: own }) => {
      const common = intersect(own, ranges);
      return common.length === 0 ? [] : [{ write, ranges: common }];
    });
  }
}
