/**
 * Bytes that a device wrote and that the CPU's caches need not have.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { IntervalMap, type Valued } from "./_interval_map.ts";
import { type Landing, Landings } from "./_landings.ts";
import { linesAround } from "./_lines.ts";
import { type Maintenance, maintenanceOf } from "./_maintenance.ts";
import { intersect, subtract } from "./_ranges.ts";

/** What a device wrote to memory. */
export interface UnseenWrite {
  readonly landing: Landing;
  /** Whether the CPU's caches hold the bytes' line from before. */
  readonly old: boolean;
}

/** One memory. */
class Bytes {
  readonly #unseen = new IntervalMap<UnseenWrite>();
  /** Lines that cached accesses of the CPU brought in. */
  readonly #lines = new IntervalMap<true>();

  get unseen(): IntervalMap<UnseenWrite> {
    return this.#unseen;
  }

  fetch(range: ByteRange): void {
    this.#lines.set(range, true);
  }

  land(landing: Landing): void {
    const { range } = landing;
    this.#unseen.set(range, { landing, old: false });
    for (const part of intersect([range], [...this.#lines.within(range)])) {
      this.#unseen.set(part, { landing, old: true });
    }
  }

  drop(touched: readonly ByteRange[], lineBytes: number): void {
    for (const range of touched) {
      const around = linesAround(range, lineBytes);
      this.#unseen.delete(range);
      this.#lines.delete(around);
      // Lines are dropped whole: what else was in them is not old any more, though nobody asked.
      for (const edge of subtract([around], [range])) {
        for (const { value, ...part } of [...this.#unseen.within(edge)]) {
          this.#unseen.set(part, { ...value, old: false });
        }
      }
    }
  }
}

/**
 * Follows a journal, entry by entry, and keeps what devices wrote and neither an invalidate nor a
 * later write of the CPU covered.
 */
export class Unseen {
  readonly #landings = new Landings();
  readonly #memories = new Map<string, Bytes>();

  #of(memory: string): Bytes {
    let bytes = this.#memories.get(memory);
    if (bytes === undefined) this.#memories.set(memory, bytes = new Bytes());
    return bytes;
  }

  /** Takes the next entry, after it was judged; gives what lands with it. */
  take(event: JournalEvent, lineBytes: number): readonly Landing[] {
    if (event.kind === "create") this.forget(event.memory);
    if (event.kind === "cpu") {
      if (event.access === "write") this.#memories.get(event.memory)?.unseen.delete(event.range);
      if (event.caching === "write-back") {
        this.#of(event.memory).fetch(linesAround(event.range, lineBytes));
      }
    }
    const step: Maintenance | undefined = maintenanceOf(event);
    if (step?.drops) this.#memories.get(step.entry.memory)?.drop(step.touched, lineBytes);
    const landings = this.#landings.take(event);
    for (const landing of landings) this.#of(landing.write.memory).land(landing);
    return landings;
  }

  /** Those among the bytes of a range. */
  within(memory: string, range: ByteRange): readonly Valued<UnseenWrite>[] {
    return [...this.#memories.get(memory)?.unseen.within(range) ?? []];
  }

  /** They were told of. */
  settle(memory: string, range: ByteRange): void {
    this.#memories.get(memory)?.unseen.delete(range);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#landings.forget(memory);
    this.#memories.delete(memory);
  }
}
