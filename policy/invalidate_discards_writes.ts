/**
 * An invalidate drops no bytes that the CPU wrote.
 *
 * @module
 */
import { Dirty } from "./_dirty.ts";
import { plural } from "../output/plural.ts";
import type { Entry } from "./_entry.ts";
import { hasHooks } from "./_hooks.ts";
import { callText, type Maintenance, maintenanceOf } from "./_maintenance.ts";
import { byteCount } from "./_ranges.ts";
import { missedBy, Reach } from "./_reach.ts";
import { listText, place, rangesText } from "./_text.ts";
import type { Written } from "./_written.ts";
import type { Finding, Rule, Severity, Watch } from "./rule.ts";

/** Dirty bytes under an invalidate, until it is known for whose access that was. */
interface Dropped {
  readonly step: Maintenance;
  readonly written: readonly Written[];
  readonly severity: Severity;
}

/** What came of it, by the simulator's books where there are some. */
function outcome(step: Maintenance, bytes: number): string {
  const { books } = step.entry;
  if (books === undefined) return "they may be lost";
  return books.dirtyBytesDiscarded === 0
    ? "this time no line was dirty any more"
    : `${plural(books.dirtyBytesDiscarded, "byte")} of dirty lines ${
      books.dirtyBytesDiscarded === 1 ? "is" : "are"
    } lost` +
      (books.dirtyBytesDiscarded < bytes ? ", the rest had left the cache already" : "");
}

function findingOf({ step, written, severity }: Dropped, read: Entry<"cpu"> | undefined): Finding {
  const { entry } = step;
  const texts = written.map(({ write, ranges }) =>
    `${rangesText(ranges)} of ${write.of}, written at ${place(write.at, entry.at)}`
  );
  const wide = entry.kind === "bracket" ? ", which is about the whole buffer," : "";
  const reader = read === undefined
    ? ""
    : `; it was made to read ${rangesText([read.range])} (${place(read.at, entry.at)})`;
  const bytes = byteCount(written.flatMap(({ ranges }) => ranges));
  const events = written.map(({ write }) => write.seq);
  return {
    message: `${callText(entry)}${wide} drops bytes that nobody cleaned: ` +
      `${listText(texts, "; ")}; ${outcome(step, bytes)}${reader}`,
    at: entry.at,
    events: [...events.sort((a, b) => a - b), entry.seq],
    severity: entry.books?.dirtyBytesDiscarded === 0 ? "warning" : severity,
  };
}

export const rule: Rule = {
  id: "invalidate-discards-writes",
  severity: "error",
  profile: "kernel",
  summary: "What the CPU wrote through a cached map is cleaned before its lines are invalidated.",
  why: "An invalidate throws dirty lines away. A begin for reading invalidates the whole buffer, " +
    "on behalf of one user of it: the bytes that another sub-allocation's user wrote and has not " +
    "flushed yet are gone, and nobody is told. That is the case against begin and end in APIs " +
    "that sub-allocate. Where the simulator's books show that no line was dirty any more, it " +
    "went well by luck, and is a warning.",
  source: 'Boris Brezillon, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): the 'entire-buf' granularity is a problem, indeed. Faith Ekstrand, " +
    "same thread: those hooks don't make sense and we're screwed. " +
    "arch/arm64/mm/dma-mapping.c, arch_sync_dma_for_cpu().",
  enforced: "no",
  kernel: "Nothing can enforce it. BO_SYNC has no invalidate alone: its flush-and-invalidate " +
    "cleans first (panthor 1.7, panfrost 1.6; not in 6.12, in 7.2). The begin for reading of a " +
    "dma-buf invalidates on arm64 up to 7.3, for every attachment.",
  fix: "Clean what was written before anybody invalidates:\n" +
    "  boctl sync bo1 --range 0:64 --for device --access w\n" +
    "and read by an exact range instead of a bracket where the driver has one:\n" +
    "  boctl sync bo1 --range 2KiB:64 --for cpu --access r",
  mendedBySync: true,
  watch(report): Watch {
    const reach = new Reach();
    const dirty = new Dirty();
    /** Memories whose dma-bufs invalidate nothing. */
    const hookless = new Set<string>();
    /** By memory: findings that wait for the access that the invalidate was made for. */
    const waiting = new Map<string, Dropped>();
    const tell = (memory: string, read?: Entry<"cpu">): void => {
      const dropped = waiting.get(memory);
      waiting.delete(memory);
      if (dropped !== undefined) report(findingOf(dropped, read));
    };
    const judge = (step: Maintenance): void => {
      const { memory } = step.entry;
      const coherency = reach.coherency(memory);
      // Memory that no device has mapped: the hooks go over the attachments and find none.
      const severity = coherency === undefined ? undefined : missedBy(coherency);
      if (!step.invalidates || severity === undefined) return;
      if (step.entry.kind === "bracket" && hookless.has(memory)) return;
      const written = dirty.within(memory, step.touched);
      if (written.length > 0) waiting.set(memory, { step, written, severity });
    };
    return {
      take(event): void {
        if ("memory" in event && event.memory !== undefined && waiting.has(event.memory)) {
          tell(event.memory, event.kind === "cpu" && event.access === "read" ? event : undefined);
        }
        reach.take(event);
        if (event.kind === "create") hookless.delete(event.memory);
        if (event.kind === "export" && !hasHooks(event.exporter)) hookless.add(event.memory);
        const step = maintenanceOf(event);
        if (step !== undefined) judge(step);
        dirty.take(event);
      },
      gone(memory): void {
        tell(memory);
        reach.forget(memory);
        hookless.delete(memory);
        dirty.forget(memory);
      },
      end(): void {
        for (const memory of [...waiting.keys()]) tell(memory);
      },
    };
  },
};
