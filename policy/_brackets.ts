/**
 * Which begin/end brackets are open. DMA_BUF_IOCTL_SYNC knows no nesting and no owner (dma-buf.c
 * forwards each call to the exporter and keeps no count), so brackets belong to the memory,
 * whichever descriptor they were made on, and every begin wants an end of its own.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";
import { effectOf } from "./_effect.ts";
import type { Entry } from "./_entry.ts";
import { IntervalMap } from "./_interval_map.ts";
import type { Severity } from "./rule.ts";
import { worse } from "./severity.ts";

/** A begin that has no end yet, and what the CPU did through maps of the dma-buf since. */
export class OpenBracket {
  readonly begin: Entry<"bracket">;
  /** The bytes that it wrote. */
  readonly writes = new IntervalMap<true>();
  /** How bad it would be if none of that were synchronised; undefined: nothing was done. */
  worst: Severity | undefined;
  worstWrite: Severity | undefined;

  constructor(begin: Entry<"bracket">) {
    this.begin = begin;
  }

  take(access: Entry<"cpu">): void {
    const { severity } = effectOf(access);
    this.worst = worse(severity, this.worst);
    if (access.access !== "write") return;
    this.writes.set(access.range, true);
    this.worstWrite = worse(severity, this.worstWrite);
  }
}

/** Follows a journal, entry by entry. */
export class Brackets {
  readonly #open = new Map<string, OpenBracket[]>();

  /** The begins of a memory that have no end yet, oldest first. */
  open(memory: string): readonly OpenBracket[] {
    return this.#open.get(memory) ?? [];
  }

  /** The begins of every memory that have no end yet. */
  allOpen(): readonly OpenBracket[] {
    return [...this.#open.values()].flat();
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#open.delete(memory);
  }

  /**
   * Takes the next entry. Returns the bracket that it ends: the newest of the same direction, else
   * the newest; undefined for anything but an end, and for an end that has no begin.
   */
  take(event: JournalEvent): OpenBracket | undefined {
    // A handle's number is used again after its buffer is gone: a created buffer starts anew.
    if (event.kind === "create") this.#open.delete(event.memory);
    if (event.kind === "cpu" && event.via === "dma-buf") {
      for (const bracket of this.open(event.memory)) bracket.take(event);
    }
    if (event.kind !== "bracket") return undefined;
    const open = this.#open.get(event.memory) ?? [];
    if (event.edge === "begin") {
      this.#open.set(event.memory, [...open, new OpenBracket(event)]);
      return undefined;
    }
    const ended = open.findLast(({ begin }) => begin.access === event.access) ?? open.at(-1);
    this.#open.set(event.memory, open.filter((bracket) => bracket !== ended));
    return ended;
  }
}
