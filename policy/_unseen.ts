/**
 * Bytes that a device wrote and that the CPU's caches need not have.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { IntervalMap, type Valued } from "./_interval_map.ts";
import { type Landing, Landings } from "./_landings.ts";
import { maintenanceOf } from "./_maintenance.ts";

/**
 * Follows a journal, entry by entry, and keeps what devices wrote and neither an invalidate nor a
 * later write of the CPU covered.
 */
export class Unseen {
  readonly #landings = new Landings();
  readonly #bytes = new Map<string, IntervalMap<Landing>>();

  /** Takes the next entry, after it was judged; gives what lands with it. */
  take(event: JournalEvent): readonly Landing[] {
    if (event.kind === "create") this.forget(event.memory);
    if (event.kind === "cpu" && event.access === "write") {
      this.#bytes.get(event.memory)?.delete(event.range);
    }
    const step = maintenanceOf(event);
    if (step?.drops) {
      for (const range of step.touched) this.#bytes.get(step.entry.memory)?.delete(range);
    }
    const landings = this.#landings.take(event);
    for (const landing of landings) {
      const { memory } = landing.write;
      let bytes = this.#bytes.get(memory);
      if (bytes === undefined) this.#bytes.set(memory, bytes = new IntervalMap());
      bytes.set(landing.range, landing);
    }
    return landings;
  }

  /** Those among the bytes of a range. */
  within(memory: string, range: ByteRange): readonly Valued<Landing>[] {
    return [...this.#bytes.get(memory)?.within(range) ?? []];
  }

  /** They were told of. */
  settle(memory: string, range: ByteRange): void {
    this.#bytes.get(memory)?.delete(range);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#landings.forget(memory);
    this.#bytes.delete(memory);
  }
}
