/**
 * Which memory is alive: named by a buffer or dma-buf, or mapped.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";

interface Named {
  readonly memory: string;
  /** The device that takes it with it. */
  readonly device?: string;
}

/** What an entry makes, by name. */
function madeBy(event: JournalEvent): readonly [string, Named] | undefined {
  switch (event.kind) {
    case "create":
    case "import":
      return [event.buffer, { memory: event.memory, device: event.device }];
    case "export":
    case "allocate":
      return [event.dmaBuf, { memory: event.memory }];
    case "map":
      return event.errno === 0 ? [event.map, { memory: event.memory }] : undefined;
    default:
      return undefined;
  }
}

/** Follows a journal, entry by entry. */
export class Living {
  readonly #names = new Map<string, Named>();
  readonly #counts = new Map<string, number>();

  /** Takes the next entry; gives the memories that are gone with it. */
  take(event: JournalEvent): readonly string[] {
    const made = madeBy(event);
    if (made !== undefined) {
      const [name, named] = made;
      const lost = this.#drop(name);
      this.#names.set(name, named);
      this.#counts.set(named.memory, (this.#counts.get(named.memory) ?? 0) + 1);
      return lost.filter((memory) => memory !== named.memory);
    }
    if (event.kind !== "close") return [];
    if (event.what !== "device") return this.#drop(event.name);
    return [...this.#names].flatMap(([name, { device }]) =>
      device === event.name ? this.#drop(name) : []
    );
  }

  #drop(name: string): string[] {
    const named = this.#names.get(name);
    if (named === undefined) return [];
    this.#names.delete(name);
    const left = (this.#counts.get(named.memory) ?? 1) - 1;
    if (left > 0) {
      this.#counts.set(named.memory, left);
      return [];
    }
    this.#counts.delete(named.memory);
    return [named.memory];
  }
}
