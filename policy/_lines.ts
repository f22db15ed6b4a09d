/**
 * Cache lines: whole ones around ranges, and which of them the CPU's caches may hold.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { IntervalMap } from "./_interval_map.ts";
import { maintenanceOf } from "./_maintenance.ts";
import { subtract } from "./_ranges.ts";

/** The whole lines that a range touches, as a range of bytes. */
export function linesAround({ offset, length }: ByteRange, lineBytes: number): ByteRange {
  if (length === 0) return { offset, length };
  const from = offset - offset % lineBytes;
  const to = Math.ceil((offset + length) / lineBytes) * lineBytes;
  return { offset: from, length: to - from };
}

/** How many lines a range touches. */
export function lineCount(range: ByteRange, lineBytes: number): number {
  return linesAround(range, lineBytes).length / lineBytes;
}

/** Follows a journal and keeps which lines cached accesses brought in, and by which entry. */
export class FetchedLines {
  /** By memory: the position of the entry that fetched the bytes' line. */
  readonly #fetched = new Map<string, IntervalMap<number>>();

  /** Takes the next entry. */
  take(event: JournalEvent, lineBytes: number): void {
    if (event.kind === "create") this.forget(event.memory);
    if (event.kind === "cpu" && event.caching === "write-back") {
      let lines = this.#fetched.get(event.memory);
      if (lines === undefined) this.#fetched.set(event.memory, lines = new IntervalMap());
      const around = linesAround(event.range, lineBytes);
      // A line that is there already stays as old as it is.
      for (const range of subtract([around], [...lines.within(around)])) {
        lines.set(range, event.seq);
      }
    }
    const step = maintenanceOf(event);
    if (step === undefined || !step.drops) return;
    const lines = this.#fetched.get(step.entry.memory);
    for (const range of step.touched) lines?.delete(linesAround(range, lineBytes));
  }

  /** The bytes of a range whose lines were fetched before an entry and not dropped since. */
  before(memory: string, range: ByteRange, seq: number): readonly ByteRange[] {
    return [...this.#fetched.get(memory)?.within(range) ?? []].filter(({ value }) => value < seq);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#fetched.delete(memory);
  }
}
