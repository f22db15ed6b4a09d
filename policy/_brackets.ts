/**
 * Which begin/end brackets are open. DMA_BUF_IOCTL_SYNC knows no nesting and no owner (dma-buf.c
 * forwards each call to the exporter and keeps no count), so brackets belong to the memory,
 * whichever descriptor they were made on, and every begin wants an end of its own.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import { effectOf } from "./_effect.ts";
import type { Entry } from "./_entry.ts";
import { IntervalMap } from "./_interval_map.ts";
import type { Severity } from "./rule.ts";
import { severityRank } from "./severity.ts";

/** Positions of the last entries, by how bad they are. */
class LastBySeverity {
  readonly #last = new Map<Severity, number>();

  note(severity: Severity, seq: number): void {
    this.#last.set(severity, seq);
  }

  /** The worst of those behind a position; undefined: there is none. */
  since(seq: number): Severity | undefined {
    let worst: Severity | undefined;
    for (const [severity, last] of this.#last) {
      if (last < seq) continue;
      if (worst === undefined || severityRank[severity] > severityRank[worst]) worst = severity;
    }
    return worst;
  }
}

/** What the CPU did through maps of one memory's dma-buf, once for all begins that are open. */
class Done {
  /** Bytes by the position of the write that touched them last. */
  readonly writes = new IntervalMap<number>();
  readonly accesses = new LastBySeverity();
  readonly writeAccesses = new LastBySeverity();

  take(access: Entry<"cpu">): void {
    const { severity } = effectOf(access);
    this.accesses.note(severity, access.seq);
    if (access.access !== "write") return;
    this.writes.set(access.range, access.seq);
    this.writeAccesses.note(severity, access.seq);
  }
}

/** A begin that has no end yet, and what the CPU did through maps of the dma-buf since. */
export class OpenBracket {
  readonly begin: Entry<"bracket">;
  readonly #done: Done;

  constructor(begin: Entry<"bracket">, done: Done) {
    this.begin = begin;
    this.#done = done;
  }

  /** The bytes that it wrote. */
  get writes(): readonly ByteRange[] {
    return [...this.#done.writes.entries()].filter(({ value }) => value > this.begin.seq)
      .map(({ offset, length }) => ({ offset, length }));
  }

  /** How bad it would be if none of that were synchronised; undefined: nothing was done. */
  get worst(): Severity | undefined {
    return this.#done.accesses.since(this.begin.seq);
  }

  /** The same of the writes alone. */
  get worstWrite(): Severity | undefined {
    return this.#done.writeAccesses.since(this.begin.seq);
  }
}

/** The brackets of one memory. */
class OfMemory {
  /** The begins without an end, oldest first. */
  readonly open: OpenBracket[] = [];
  readonly #counts = { r: 0, w: 0, rw: 0 };
  #done = new Done();

  begin(event: Entry<"bracket">): void {
    if (this.open.length === 0) this.#done = new Done();
    this.open.push(new OpenBracket(event, this.#done));
    this.#counts[event.access]++;
  }

  end(event: Entry<"bracket">): OpenBracket | undefined {
    const same = this.#counts[event.access] === 0
      ? -1
      : this.open.findLastIndex(({ begin }) => begin.access === event.access);
    const [ended] = this.open.splice(same, 1);
    if (ended !== undefined) this.#counts[ended.begin.access]--;
    return ended;
  }

  access(event: Entry<"cpu">): void {
    if (this.open.length > 0) this.#done.take(event);
  }

  allows(access: "r" | "w"): boolean {
    return this.#counts[access] + this.#counts.rw > 0;
  }
}

/**
 * Follows a journal, entry by entry. What an entry costs does not grow with the begins that nobody
 * ended.
 */
export class Brackets {
  readonly #memories = new Map<string, OfMemory>();

  /** The begins of a memory that have no end yet, oldest first, until the next entry. */
  open(memory: string): readonly OpenBracket[] {
    return this.#memories.get(memory)?.open ?? [];
  }

  /** Whether one of them says that the CPU reads, or that it writes. */
  allows(memory: string, access: "r" | "w"): boolean {
    return this.#memories.get(memory)?.allows(access) ?? false;
  }

  /** The begins of every memory that have no end yet. */
  allOpen(): readonly OpenBracket[] {
    return [...this.#memories.values()].flatMap(({ open }) => open);
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    this.#memories.delete(memory);
  }

  /**
   * Takes the next entry. Returns the bracket that it ends: the newest of the same direction, else
   * the newest; undefined for anything but an end, and for an end that has no begin.
   */
  take(event: JournalEvent): OpenBracket | undefined {
    // A handle's number is used again after its buffer is gone: a created buffer starts anew.
    if (event.kind === "create") this.#memories.delete(event.memory);
    if (event.kind === "cpu" && event.via === "dma-buf") {
      this.#memories.get(event.memory)?.access(event);
    }
    if (event.kind !== "bracket") return undefined;
    let own = this.#memories.get(event.memory);
    if (event.edge === "end") return own?.end(event);
    if (own === undefined) this.#memories.set(event.memory, own = new OfMemory());
    own.begin(event);
    return undefined;
  }
}
