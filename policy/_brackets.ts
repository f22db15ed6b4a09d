/**
 * Which begin/end brackets are open. DMA_BUF_IOCTL_SYNC knows no nesting and no owner (dma-buf.c
 * forwards each call to the exporter and keeps no count), so brackets belong to the memory,
 * whichever descriptor they were made on, and every begin wants an end of its own.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";

/** Follows a journal, entry by entry. */
export class Brackets {
  readonly #open = new Map<string, Entry<"bracket">[]>();

  /** The begins of a memory that have no end yet, oldest first. */
  open(memory: string): readonly Entry<"bracket">[] {
    return this.#open.get(memory) ?? [];
  }

  /** The begins of every memory that have no end yet. */
  allOpen(): readonly Entry<"bracket">[] {
    return [...this.#open.values()].flat();
  }

  /**
   * Takes the next entry. Returns the begin that it ends: the newest of the same direction, else
   * the newest; undefined for anything but an end, and for an end that has no begin.
   */
  take(event: JournalEvent): Entry<"bracket"> | undefined {
    // A handle's number is used again after its buffer is gone: a created buffer starts anew.
    if (event.kind === "create") this.#open.delete(event.memory);
    if (event.kind !== "bracket") return undefined;
    const open = this.#open.get(event.memory) ?? [];
    if (event.edge === "begin") {
      this.#open.set(event.memory, [...open, event]);
      return undefined;
    }
    const ended = open.findLast((begin) => begin.access === event.access) ?? open.at(-1);
    this.#open.set(event.memory, open.filter((begin) => begin !== ended));
    return ended;
  }
}

/** The CPU accesses through maps of a dma-buf after a begin, up to an entry or the end. */
export function accessesSince(
  journal: readonly JournalEvent[],
  begin: Entry<"bracket">,
  until = Infinity,
): readonly Entry<"cpu">[] {
  return journal.filter((event): event is Entry<"cpu"> =>
    event.kind === "cpu" && event.via === "dma-buf" && event.memory === begin.memory &&
    event.seq > begin.seq && event.seq < until
  );
}

/** Whether an access is a write. */
export function isWrite(event: Entry<"cpu">): boolean {
  return event.access === "write";
}
