/**
 * A clean is no narrower than what was written.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { Dirty } from "./_dirty.ts";
import type { Entry } from "./_entry.ts";
import { callText, type Maintenance, maintenanceOf } from "./_maintenance.ts";
import { subtract } from "./_ranges.ts";
import { missedBy, Reach } from "./_reach.ts";
import { place, rangesText } from "./_text.ts";
import type { Finding, Rule, Watch } from "./rule.ts";

/** A write that a clean covered in part. */
interface Partly {
  readonly clean: Maintenance;
  told: boolean;
}

function findingOf(
  write: Entry<"cpu">,
  { entry, asked }: Maintenance,
  rest: readonly ByteRange[],
  read: Entry<"device"> | undefined,
): Finding {
  const outcome = read === undefined
    ? "is never cleaned"
    : `was not cleaned when ${read.device} read it (${place(read.at, entry.at)})`;
  return {
    message: `${callText(entry)} asks for ${rangesText(asked)} where the ` +
      `CPU had written ${rangesText([write.range])} of ${write.of} (${
        place(write.at, entry.at)
      }): ` +
      `the rest, ${rangesText(rest)}, ${outcome}`,
    at: entry.at,
    events: [write.seq, entry.seq, ...(read === undefined ? [] : [read.seq])],
    severity: read === undefined ? "note" : "warning",
  };
}

/** Follows the writes of one memory that were cleaned in part. */
class PartlyCleaned {
  readonly #writes = new Map<Entry<"cpu">, Partly>();
  #prune = 64;

  get entries(): Iterable<[Entry<"cpu">, Partly]> {
    return this.#writes;
  }

  get(write: Entry<"cpu">): Partly | undefined {
    return this.#writes.get(write);
  }

  note(write: Entry<"cpu">, clean: Maintenance): void {
    const before = this.#writes.get(write);
    if (before?.told !== true) this.#writes.set(write, { clean, told: false });
  }

  /** Forgets what has no dirty byte left, now and then: as rarely as looking is dear. */
  prune(dirty: Dirty, memory: string): void {
    if (this.#writes.size < this.#prune) return;
    const alive = dirty.writes(memory);
    for (const write of this.#writes.keys()) if (!alive.has(write)) this.#writes.delete(write);
    this.#prune = 64 + 2 * this.#writes.size + dirty.partCount(memory);
  }
}

export const rule: Rule = {
  id: "sync-narrower-than-written",
  severity: "warning",
  profile: "kernel",
  summary: "A clean covers all that the CPU wrote, not a part of it.",
  why:
    "The range is exact: what lies outside stays in the caches, in silence, and the device reads " +
    "old bytes there until the lines are evicted. The usual slip is to round the offset down to a " +
    "line and keep the length. A rest that another sync cleans before the device reads it is no " +
    "breach; one that no device ever reads is a note.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): the range really shouldn't be just a hint. What is exact must be " +
    "right.",
  enforced: "no",
  kernel: "Nothing can enforce it: BO_SYNC (panthor 1.7) and SYNC_BO (panfrost 1.6; both not in " +
    "6.12, in 7.2) clean what they are asked for, rounded to whole lines by the hardware.",
  fix: "Sync from the first byte written to the last; ranges need no alignment:\n" +
    "  boctl sync bo1 --range 32:192 --for device --access w",
  mendedBySync: true,
  watch(report): Watch {
    const reach = new Reach();
    const dirty = new Dirty();
    const memories = new Map<string, PartlyCleaned>();
    const cleaned = (step: Maintenance): void => {
      const { memory } = step.entry;
      for (const { write } of dirty.within(memory, step.touched)) {
        if (subtract([write.range], step.touched).length === 0) continue;
        const partly = memories.get(memory) ?? new PartlyCleaned();
        memories.set(memory, partly);
        partly.note(write, step);
      }
    };
    const read = (event: Entry<"device">): void => {
      const partly = memories.get(event.memory);
      if (partly === undefined || missedBy(reach.coherencyOf(event.device)) === undefined) return;
      for (const { write, ranges } of dirty.within(event.memory, [event.range])) {
        const found = partly.get(write);
        if (found === undefined || found.told) continue;
        found.told = true;
        report(findingOf(write, found.clean, ranges, event));
      }
    };
    const ended = (memory: string): void => {
      const coherency = reach.coherency(memory);
      if (coherency === undefined || missedBy(coherency) === undefined) return;
      for (const [write, { clean, told }] of memories.get(memory)?.entries ?? []) {
        if (told) continue;
        const rest = dirty.within(memory, [write.range]).find((one) => one.write === write);
        if (rest !== undefined) report(findingOf(write, clean, rest.ranges, undefined));
      }
    };
    return {
      take(event): void {
        reach.take(event);
        if (event.kind === "create") memories.delete(event.memory);
        const step = maintenanceOf(event);
        if (step?.cleans) cleaned(step);
        if (event.kind === "device" && event.access === "read") read(event);
        dirty.take(event);
        if (step?.cleans) memories.get(step.entry.memory)?.prune(dirty, step.entry.memory);
      },
      gone(memory): void {
        ended(memory);
        memories.delete(memory);
        reach.forget(memory);
        dirty.forget(memory);
      },
      end(): void {
        for (const memory of memories.keys()) ended(memory);
      },
    };
  },
};
