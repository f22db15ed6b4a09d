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
import { subtract, union } from "./_ranges.ts";

/** What a device wrote to memory. */
export interface UnseenWrite {
  readonly landing: Landing;
  /** Whether the CPU's caches hold the bytes' line from before. */
  readonly old: boolean;
}

/** One memory. */
class Bytes {
  /** What landed, by the position of the entry that it landed with. */
  readonly #unseen = new IntervalMap<{ readonly landing: Landing; readonly seq: number }>();
  /** Lines that cached accesses of the CPU brought in, by the position of the first that did. */
  readonly #lines = new IntervalMap<number>();

  fetch(range: ByteRange, seq: number): void {
    // Where nothing landed it does not matter which access was the first: they are one from now on.
    if (this.#unseen.within(range).next().done) {
      this.#lines.set(range, seq);
      return;
    }
    for (const gap of subtract([range], [...this.#lines.within(range)])) this.#lines.set(gap, seq);
  }

  land(landing: Landing, seq: number): void {
    this.#unseen.set(landing.range, { landing, seq });
  }

  /** Lines are dropped whole: what else was in them is not old any more, though nobody asked. */
  drop(touched: readonly ByteRange[], lineBytes: number): void {
    for (const range of touched) {
      this.#unseen.delete(range);
      this.#lines.delete(linesAround(range, lineBytes));
    }
  }

  forgetUnseen(range: ByteRange): void {
    this.#unseen.delete(range);
  }

  /** What landed in a range; a line that was there before is old. */
  *within(range: ByteRange): Generator<Valued<UnseenWrite>> {
    for (const { value: { landing, seq }, ...part } of this.#unseen.within(range)) {
      const old = [...this.#lines.within(part)].filter(({ value }) => value < seq);
      const parts = [
        ...union(old).map((one) => ({ ...one, value: { landing, old: true } })),
        ...subtract([part], old).map((one) => ({ ...one, value: { landing, old: false } })),
      ];
      yield* parts.sort((x, y) => x.offset - y.offset);
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
      if (event.access === "write") this.settle(event.memory, event.range);
      if (event.caching === "write-back") {
        this.#of(event.memory).fetch(linesAround(event.range, lineBytes), event.seq);
      }
    }
    const step: Maintenance | undefined = maintenanceOf(event);
    if (step?.drops) this.#memories.get(step.entry.memory)?.drop(step.touched, lineBytes);
    const landings = this.#landings.take(event);
    for (const landing of landings) this.#of(landing.write.memory).land(landing, event.seq);
    return landings;
  }

  /** Those among the bytes of a range. */
  within(memory: string, range: ByteRange): readonly Valued<UnseenWrite>[] {
    return [...this.#memories.get(memory)?.within(range) ?? []];
  }

  /** They were told of. */
  settle(memory: string, range: ByteRange): void {
    this.#memories.get(memory)?.forgetUnseen(range);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#landings.forget(memory);
    this.#memories.delete(memory);
  }
}
