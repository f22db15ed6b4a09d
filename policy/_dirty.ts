/**
 * Bytes that are dirty in the CPU's caches.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { maintenanceOf } from "./_maintenance.ts";
import { type Written, WrittenBytes } from "./_written.ts";

/**
 * Follows a journal, entry by entry, and keeps the bytes that the CPU wrote through cached maps of
 * any kind and that were neither cleaned nor dropped since, as far as the journal tells: real caches
 * may have evicted them.
 */
export class Dirty {
  readonly #bytes = new WrittenBytes();

  /** Takes the next entry, after it was judged. */
  take(event: JournalEvent): void {
    if (event.kind === "create") this.#bytes.reset(event.memory);
    if (event.kind === "device" && event.access === "write") {
      this.#bytes.remove(event.memory, [event.range]);
    }
    if (event.kind === "cpu" && event.access === "write") {
      if (event.caching === "write-back") this.#bytes.add(event);
      else this.#bytes.remove(event.memory, [event.range]);
    }
    const step = maintenanceOf(event);
    if (step?.cleans || step?.invalidates) this.#bytes.remove(step.entry.memory, step.touched);
  }

  /** The writes that are dirty among the bytes of ranges. */
  within(memory: string, ranges: readonly ByteRange[]): readonly Written[] {
    return this.#bytes.within(memory, ranges);
  }

  /** How many parts a memory's dirty bytes are in. */
  partCount(memory: string): number {
    return this.#bytes.partCount(memory);
  }

  /** The writes of a memory that have dirty bytes. */
  writes(memory: string): ReadonlySet<Entry<"cpu">> {
    return this.#bytes.writes(memory);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#bytes.reset(memory);
  }
}
