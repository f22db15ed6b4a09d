/**
 * Writes that no clean has covered yet.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { type Maintenance, maintenanceOf } from "./_maintenance.ts";
import { intersect } from "./_ranges.ts";
import { type Written, WrittenBytes } from "./_written.ts";

/** Bytes that a step dropped from the caches before they were cleaned. */
interface Dropped {
  readonly write: Entry<"cpu">;
  readonly ranges: readonly ByteRange[];
  readonly step: Maintenance;
}

/**
 * Follows a journal, entry by entry, and keeps the bytes that the CPU wrote through cached maps
 * of a DRM node and nobody cleaned. Writes through a dma-buf are the brackets' rules to judge.
 */
export class Waiting {
  readonly #bytes = new WrittenBytes();
  readonly #dropped: Dropped[] = [];

  /** Takes the next entry. */
  take(event: JournalEvent): void {
    if (event.kind === "create") this.#bytes.reset(event.memory);
    if (event.kind === "device" && event.access === "write") {
      this.#bytes.remove(event.memory, [event.range]);
    }
    if (event.kind === "cpu" && event.access === "write") {
      if (event.via === "node" && event.caching === "write-back") this.#bytes.add(event);
      else this.#bytes.remove(event.memory, [event.range]);
    }
    const step = maintenanceOf(event);
    if (step?.cleans) this.#bytes.remove(step.entry.memory, step.touched);
    if (step?.invalidates) {
      const hit = this.#bytes.within(step.entry.memory, step.touched);
      this.#dropped.push(...hit.map((written) => ({ ...written, step })));
    }
  }

  /** The waiting bytes among those that a device reads. */
  readBy(read: Entry<"device">): readonly Written[] {
    return this.#bytes.within(read.memory, [read.range]);
  }

  /** What dropped some of the bytes last, if something did. */
  droppedBy(written: readonly Written[]): Maintenance | undefined {
    return this.#dropped.findLast((dropped) =>
      written.some(({ write, ranges }) =>
        write === dropped.write && intersect(ranges, dropped.ranges).length > 0
      )
    )?.step;
  }
}
