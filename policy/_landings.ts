/**
 * When the bytes that a device writes reach memory: at once, or, inside a job, when the device's own
 * cache is written back, which is at any time up to the job's end.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { IntervalMap } from "./_interval_map.ts";

/** Bytes that come to memory from a device. */
export interface Landing {
  readonly range: ByteRange;
  /** The access that wrote them. */
  readonly write: Entry<"device">;
  /** The entry that brought them: the same, or the end of the job. */
  readonly by: Entry<"device"> | Entry<"job">;
  /** Whether the job still runs: the bytes may come again. */
  readonly running: boolean;
}

const keyOf = (event: { readonly memory: string; readonly device: string }): string =>
  `${event.memory}\n${event.device}`;

/** Follows a journal, entry by entry. */
export class Landings {
  /** By memory and device: what a running job wrote. */
  readonly #jobs = new Map<string, IntervalMap<Entry<"device">>>();
  readonly #keys = new Map<string, Set<string>>();

  /** Takes the next entry; gives what lands with it. */
  take(event: JournalEvent): readonly Landing[] {
    if (event.kind === "create") this.forget(event.memory);
    if (event.kind === "device" && event.access === "write") {
      const job = this.#jobs.get(keyOf(event));
      job?.set(event.range, event);
      return [{ range: event.range, write: event, by: event, running: job !== undefined }];
    }
    if (event.kind !== "job") return [];
    const key = keyOf(event);
    if (event.edge === "begin") {
      this.#jobs.set(key, new IntervalMap());
      const keys = this.#keys.get(event.memory);
      if (keys === undefined) this.#keys.set(event.memory, new Set([key]));
      else keys.add(key);
      return [];
    }
    const written = this.#jobs.get(key);
    this.#jobs.delete(key);
    return [...written?.entries() ?? []].map(({ offset, length, value }) => ({
      range: { offset, length },
      write: value,
      by: event,
      running: false,
    }));
  }

  /** Nothing holds the memory any more. */
  forget(memory: string): void {
    for (const key of this.#keys.get(memory) ?? []) this.#jobs.delete(key);
    this.#keys.delete(memory);
  }
}
