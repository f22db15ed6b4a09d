/**
 * Bytes of memory by the CPU write that last touched them.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { Entry } from "./_entry.ts";
import { IntervalMap, type Valued } from "./_interval_map.ts";
import { union } from "./_ranges.ts";

/** A write and those of its bytes that no later write touched. */
export interface Written {
  readonly write: Entry<"cpu">;
  readonly ranges: readonly ByteRange[];
}

/** Parts of memory by the entry that they belong to, in the order of the entries. */
export function byEntry<T extends { readonly seq: number }>(
  parts: Iterable<Valued<T>>,
): { readonly entry: T; readonly ranges: readonly ByteRange[] }[] {
  const found = new Map<T, ByteRange[]>();
  for (const { offset, length, value } of parts) {
    const ranges = found.get(value);
    if (ranges === undefined) found.set(value, [{ offset, length }]);
    else ranges.push({ offset, length });
  }
  return [...found].sort(([a], [b]) => a.seq - b.seq)
    .map(([entry, ranges]) => ({ entry, ranges: union(ranges) }));
}

/** The books of who wrote what last. */
export class WrittenBytes {
  readonly #memories = new Map<string, IntervalMap<Entry<"cpu">>>();

  /** Notes a write; its bytes are now its own. */
  add(write: Entry<"cpu">): void {
    let bytes = this.#memories.get(write.memory);
    if (bytes === undefined) this.#memories.set(write.memory, bytes = new IntervalMap());
    bytes.set(write.range, write);
  }

  /** Forgets bytes. */
  remove(memory: string, ranges: readonly ByteRange[]): void {
    for (const range of ranges) this.#memories.get(memory)?.delete(range);
  }

  /** Forgets a memory: a handle's number may be used again for another buffer. */
  reset(memory: string): void {
    this.#memories.delete(memory);
  }

  /** How many parts a memory's bytes are in. */
  partCount(memory: string): number {
    return this.#memories.get(memory)?.size ?? 0;
  }

  /** The writes that last touched any byte of a memory. */
  writes(memory: string): ReadonlySet<Entry<"cpu">> {
    const parts = this.#memories.get(memory)?.entries() ?? [];
    return new Set(Array.from(parts, ({ value }) => value));
  }

  /** The writes that last touched bytes of the ranges, oldest first, with those bytes. */
  within(memory: string, ranges: readonly ByteRange[]): readonly Written[] {
    const bytes = this.#memories.get(memory);
    if (bytes === undefined) return [];
    const parts = union(ranges).flatMap((range) => [...bytes.within(range)]);
    return byEntry(parts).map(({ entry, ranges }) => ({ write: entry, ranges }));
  }
}
