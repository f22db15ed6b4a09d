/**
 * Writes that no clean has covered yet.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { IntervalMap } from "./_interval_map.ts";
import { type Maintenance, maintenanceOf } from "./_maintenance.ts";
import { type Written, WrittenBytes } from "./_written.ts";

/**
 * Follows a journal, entry by entry, and keeps the bytes that the CPU wrote through cached maps
 * of a DRM node and nobody cleaned. Writes through a dma-buf are the brackets' rules to judge.
 */
export class Waiting {
  readonly #bytes = new WrittenBytes();
  /** By memory: the step that dropped bytes before they were cleaned. */
  readonly #dropped = new Map<string, IntervalMap<Maintenance>>();

  /** Takes the next entry. */
  take(event: JournalEvent): void {
    if (event.kind === "create") this.forget(event.memory);
    if (event.kind === "device" && event.access === "write") {
      this.#settled(event.memory, event.range);
    }
    if (event.kind === "cpu" && event.access === "write") {
      this.#settled(event.memory, event.range);
      if (event.via === "node" && event.caching === "write-back") this.#bytes.add(event);
    }
    const step = maintenanceOf(event);
    if (step?.cleans) { for (const range of step.touched) this.#settled(step.entry.memory, range); }
    if (step?.invalidates) {
      const { memory } = step.entry;
      let dropped = this.#dropped.get(memory);
      for (const { ranges } of this.#bytes.within(memory, step.touched)) {
        if (dropped === undefined) this.#dropped.set(memory, dropped = new IntervalMap());
        for (const range of ranges) dropped.set(range, step);
      }
    }
  }

  #settled(memory: string, range: ByteRange): void {
    this.#bytes.remove(memory, [range]);
    this.#dropped.get(memory)?.delete(range);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#bytes.reset(memory);
    this.#dropped.delete(memory);
  }

  /** The waiting bytes among those of a range. */
  within(memory: string, ranges: readonly ByteRange[]): readonly Written[] {
    return this.#bytes.within(memory, ranges);
  }

  /** The waiting bytes among those that a device reads. */
  readBy(read: Entry<"device">): readonly Written[] {
    return this.#bytes.within(read.memory, [read.range]);
  }

  /** What dropped some of the bytes last, if something did. */
  droppedBy(memory: string, written: readonly Written[]): Maintenance | undefined {
    const dropped = this.#dropped.get(memory);
    if (dropped === undefined) return undefined;
    const steps = written.flatMap(({ ranges }) =>
      ranges.flatMap((range) => [...dropped.within(range)].map(({ value }) => value))
    );
    return steps.reduce<Maintenance | undefined>(
      (last, step) => last === undefined || step.entry.seq > last.entry.seq ? step : last,
      undefined,
    );
  }
}
