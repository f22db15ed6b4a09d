/**
 * What fixed a dma-buf's access mode: its first export (drm_prime.c: an object that has a dma-buf
 * returns it again, whatever the flags), or the call that allocated it.
 *
 * @module
 */
import type { JournalEvent, Source } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { place } from "./_text.ts";

/** Follows a journal, entry by entry. */
export class FirstModes {
  readonly #first = new Map<string, Entry<"export"> | Entry<"allocate">>();

  /** Takes the next entry, after it was judged. */
  take(event: JournalEvent): void {
    if (event.kind === "create") this.#first.delete(event.memory);
    if (event.kind !== "export" && event.kind !== "allocate") return;
    const anew = event.kind === "export" && event.first;
    if (anew || !this.#first.has(event.memory)) this.#first.set(event.memory, event);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#first.delete(memory);
  }

  /** The entry that fixed the mode of a memory's dma-buf, where this journal has it. */
  of(memory: string): Entry<"export"> | Entry<"allocate"> | undefined {
    return this.#first.get(memory);
  }

  /** The same in words, e.g. `its first export (db1, line 2) fixed the mode`. */
  text(memory: string, seenFrom: Source): string {
    const first = this.#first.get(memory);
    if (first === undefined || first.mode !== "ro") return "it was made so outside this journal";
    const where = `(${first.dmaBuf}, ${place(first.at, seenFrom)})`;
    if (first.kind === "export") return `its first export ${where} fixed the mode`;
    return `it ${first.from === "descriptor" ? "came" : "was allocated"} so ${where}`;
  }
}
