/**
 * Cached bytes are cleaned before a non-coherent device reads them.
 *
 * @module
 */
import type { Coherency } from "../drivers/driver.ts";
import { isCoherent } from "./_effect.ts";
import type { Entry } from "./_entry.ts";
import { type Maintenance, maintenanceText } from "./_maintenance.ts";
import { listText, place, rangesText } from "./_text.ts";
import { Waiting } from "./_waiting.ts";
import { type Written, WrittenBytes } from "./_written.ts";
import type { Finding, Rule, Watch } from "./rule.ts";

/** Whether a reader misses what stays in the CPU's caches, as far as it is known. */
function misses(reader: Coherency | undefined, write: Entry<"cpu">): boolean {
  if (reader === "non-coherent") return true;
  if (reader !== undefined && isCoherent(reader)) return false;
  return write.coherency === "non-coherent";
}

/** A finding that a later entry may yet take back. */
interface Pending {
  readonly writes: readonly Entry<"cpu">[];
  /** @param stale writes that another rule tells of */
  readonly finding: (stale: ReadonlySet<Entry<"cpu">>) => Finding;
}

/** What is known of one memory. */
interface Suspects {
  /** Writes that a finding tells of. */
  readonly told: Set<Entry<"cpu">>;
  /** Writes that a device read stale. */
  readonly stale: Set<Entry<"cpu">>;
  /** Told once no stale read of those writes can come any more, which another rule tells of. */
  readonly pending: Pending[];
}

function findingOf(
  read: Entry<"device">,
  written: readonly Written[],
  dropped: Maintenance | undefined,
): Finding {
  const texts = written.map(({ write, ranges }) =>
    `${rangesText(ranges)}, written at ${place(write.at, read.at)}`
  );
  const outcome = dropped === undefined
    ? "this time the lines had left the cache already, or memory held the same bytes"
    : `${maintenanceText(dropped, read.at)} dropped lines that were not written back, the bytes ` +
      `may be lost`;
  const events = written.map(({ write }) => write.seq);
  if (dropped !== undefined) events.push(dropped.entry.seq);
  return {
    message: `${read.device} read bytes of ${read.of} that no clean covered: ` +
      `${listText(texts, "; ")}; ${outcome}`,
    at: read.at,
    events: [...events.sort((x, y) => x - y), read.seq],
    severity: dropped === undefined ? "warning" : "error",
  };
}

export const rule: Rule = {
  id: "missing-clean",
  severity: "warning",
  profile: "kernel",
  summary: "Bytes written through a cached map are cleaned before a non-coherent device reads.",
  why:
    "It went well by luck: the cache evicted the lines early, a neighbour's clean carried them " +
    "along, or memory held the same bytes before. The next run need not be lucky. Where an " +
    "invalidate came between (a whole-buffer begin for reading does that to everybody's " +
    "sub-allocations), the bytes may be gone, and that is an error. Reads that did get stale " +
    "bytes are told by device-read-of-stale-bytes, not here.",
  source: 'dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and explicit flushing" ' +
    "v4): Faith Ekstrand on exact ranges for sub-allocating clients, Boris Brezillon on the " +
    "'entire-buf' granularity of dma-buf being a problem.",
  enforced: "no",
  kernel: "Nothing can enforce it. Cleaning is DRM_IOCTL_PANTHOR_BO_SYNC since panthor 1.7, " +
    "DRM_IOCTL_PANFROST_SYNC_BO since panfrost 1.6 (both not in 6.12, in 7.2), whole-buffer in " +
    "CPU_FINI on etnaviv. CPU_PREP on msm waits and CPU_FINI does nothing: neither cleans.",
  fix: "Sync what was written, after the write:\n" +
    "  boctl sync bo1 --range 0:64 --for device --access w\n" +
    "or make the buffer write-combined, without --cached:\n" +
    "  boctl create --size 4KiB --as bo1",
  mendedBySync: true,
  watch(report): Watch {
    const devices = new Map<string, Coherency>();
    const written = new WrittenBytes();
    const waiting = new Waiting();
    const memories = new Map<string, Suspects>();
    const suspectsOf = (memory: string): Suspects => {
      let suspects = memories.get(memory);
      if (suspects === undefined) {
        memories.set(memory, suspects = { told: new Set(), stale: new Set(), pending: [] });
      }
      return suspects;
    };
    const tell = ({ pending, stale }: Suspects): void => {
      for (const { finding, writes } of pending) {
        if (writes.some((write) => !stale.has(write))) report(finding(stale));
      }
    };
    return {
      take(event): void {
        if (event.kind === "open") devices.set(event.device, event.coherency);
        if (event.kind === "create") written.reset(event.memory);
        if (event.kind === "cpu" && event.access === "write") written.add(event);
        if (event.kind === "device" && event.access === "read") {
          const owners = event.stale.length === 0 ? [] : written.within(event.memory, event.stale);
          for (const { write } of owners) suspectsOf(event.memory).stale.add(write);
        }
        waiting.take(event);
        if (event.kind !== "device" || event.access !== "read") return;
        const told = memories.get(event.memory)?.told;
        const writes = waiting.readBy(event).filter(({ write }) =>
          told?.has(write) !== true && misses(devices.get(event.device), write)
        );
        if (writes.length === 0) return;
        const suspects = suspectsOf(event.memory);
        for (const { write } of writes) suspects.told.add(write);
        const dropped = waiting.droppedBy(event.memory, writes);
        suspects.pending.push({
          writes: writes.map(({ write }) => write),
          finding: (stale) =>
            findingOf(event, writes.filter(({ write }) => !stale.has(write)), dropped),
        });
      },
      gone(memory): void {
        const suspects = memories.get(memory);
        if (suspects !== undefined) tell(suspects);
        memories.delete(memory);
        written.reset(memory);
        waiting.forget(memory);
      },
      end: () => memories.forEach(tell),
    };
  },
};
