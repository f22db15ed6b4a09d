/**
 * Cache maintenance as the journal has it: driver syncs with their ranges, and brackets, which
 * are whole-buffer.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent, Source } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { wholeBuffer } from "./_ranges.ts";
import { place } from "./_text.ts";

/** One call and what it promises; a dma-buf without hooks keeps no promise, the journal cannot tell. */
export interface Maintenance {
  readonly entry: Entry<"sync"> | Entry<"bracket">;
  /** Writes dirty lines back. */
  readonly cleans: boolean;
  /** Drops lines without writing them back. */
  readonly invalidates: boolean;
  /** The lines are in no cache afterwards, whether they were written back or not. */
  readonly drops: boolean;
  /** The bytes that the user asked for. */
  readonly asked: readonly ByteRange[];
  /** The bytes that the interface acted on. */
  readonly touched: readonly ByteRange[];
}

/**
 * What an entry does to the CPU's caches, by the contract of the DMA API: an END that includes
 * writing is for_device(TO_DEVICE) and cleans, a BEGIN that includes reading is
 * for_cpu(FROM_DEVICE) and invalidates.
 */
export function maintenanceOf(event: JournalEvent): Maintenance | undefined {
  if (event.kind === "sync") {
    return {
      entry: event,
      cleans: event.effect === "clean" || event.effect === "clean-invalidate",
      invalidates: event.effect === "invalidate",
      drops: event.effect === "invalidate" || event.effect === "clean-invalidate",
      asked: event.asked,
      touched: event.touched,
    };
  }
  if (event.kind !== "bracket") return undefined;
  const invalidates = event.edge === "begin" && event.access !== "w";
  return {
    entry: event,
    cleans: event.edge === "end" && event.access !== "r",
    invalidates,
    drops: invalidates,
    asked: [wholeBuffer],
    touched: [wholeBuffer],
  };
}

/** Steps that are remembered of each memory: a message tells of the last ones that matter. */
const REMEMBERED = 64;

/** Follows a journal, entry by entry, and keeps the last steps of each memory. */
export class RecentMaintenance {
  readonly #steps = new Map<string, Maintenance[]>();

  take(event: JournalEvent): void {
    if (event.kind === "create") this.forget(event.memory);
    const step = maintenanceOf(event);
    if (step === undefined) return;
    const steps = this.#steps.get(step.entry.memory) ?? [];
    this.#steps.set(step.entry.memory, steps);
    steps.push(step);
    if (steps.length > REMEMBERED) steps.shift();
  }

  /** The steps of a memory, oldest first. */
  of(memory: string): readonly Maintenance[] {
    return this.#steps.get(memory) ?? [];
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#steps.delete(memory);
  }
}

/** The call at the beginning of a sentence that tells its place elsewhere: `The begin r of db1`. */
export function callText(entry: Maintenance["entry"]): string {
  return entry.kind === "bracket"
    ? `The ${entry.edge} ${entry.access} of ${entry.dmaBuf}`
    : `The sync of ${entry.of}`;
}

/** `the clean of bo1 (line 4)`, `the end rw of db1 (line 4)`. */
export function maintenanceText({ entry }: Maintenance, seenFrom: Source): string {
  const where = place(entry.at, seenFrom);
  return entry.kind === "bracket"
    ? `the ${entry.edge} ${entry.access} of ${entry.dmaBuf} (${where})`
    : `the sync of ${entry.of} (${where})`;
}
