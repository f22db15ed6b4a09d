/**
 * The device read bytes that were not the newest.
 *
 * @module
 */
import { plural } from "../output/plural.ts";
import { Brackets } from "./_brackets.ts";
import type { Entry } from "./_entry.ts";
import { type Maintenance, RecentMaintenance } from "./_maintenance.ts";
import { byteCount, subtract } from "./_ranges.ts";
import { listText, place, rangesText } from "./_text.ts";
import { staleReason } from "./_stale_reason.ts";
import { WrittenBytes } from "./_written.ts";
import type { Finding, Rule, Watch } from "./rule.ts";

function findingOf(
  read: Entry<"device">,
  maintenance: readonly Maintenance[],
  written: WrittenBytes,
  open: Entry<"bracket"> | undefined,
  exporter: string | undefined,
): Finding {
  const owners = written.within(read.memory, read.stale);
  const causes = owners.map((owner) => ({
    owner,
    reason: staleReason(owner, maintenance, open, read, exporter),
  }));
  const texts = causes.map(({ owner, reason }) =>
    `${rangesText(owner.ranges)}, written at ${place(owner.write.at, read.at)}, ${reason.text}`
  );
  const rest = subtract(read.stale, owners.flatMap((owner) => owner.ranges));
  if (rest.length > 0) texts.push(`${rangesText(rest)}, which no write of this journal touched`);
  const events = causes.flatMap(({ owner, reason }) => [
    owner.write.seq,
    ...(reason.event === undefined ? [] : [reason.event]),
  ]);
  return {
    message: `${read.device} read ${rangesText([read.range])} of ${read.of} and got ` +
      `${plural(byteCount(read.stale), "stale byte")}: ${listText(texts, "; ")}`,
    at: read.at,
    events: [...new Set(events)].sort((a, b) => a - b).concat(read.seq),
  };
}

export const rule: Rule = {
  id: "device-read-of-stale-bytes",
  severity: "error",
  profile: "kernel",
  summary: "A device reads what the CPU wrote last.",
  why: "The newest bytes were in the CPU's caches and the device read older ones from memory: a " +
    "clean is missing, came before the write, or had the wrong range. Hardware reads them in " +
    "silence, and not every time.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): the range of a sync really shouldn't be just a hint; all we need " +
    "is something that lets us trap through to the kernel for CPU cache management. A range that " +
    "is exact must be right.",
  enforced: "no",
  kernel: "Nothing can enforce it. DRM_IOCTL_PANTHOR_BO_SYNC (panthor 1.7) and " +
    "DRM_IOCTL_PANFROST_SYNC_BO (panfrost 1.6; both not in 6.12, in 7.2) clean exactly the bytes " +
    "asked for, rounded to cache lines by the hardware. Only the simulator knows which bytes are " +
    "stale.",
  fix: "After the last write and before the device reads, sync every byte written:\n" +
    "  boctl sync bo1 --range 0:256 --for device --access w\n" +
    "Through a dma-buf, end the bracket:\n" +
    "  boctl sync db1 --op end --access w --whole",
  mendedBySync: true,
  watch(report): Watch {
    const written = new WrittenBytes();
    const brackets = new Brackets();
    const maintenance = new RecentMaintenance();
    const exporters = new Map<string, string>();
    return {
      take(event): void {
        brackets.take(event);
        maintenance.take(event);
        if (event.kind === "create") {
          written.reset(event.memory);
          exporters.delete(event.memory);
        } else if (event.kind === "export") exporters.set(event.memory, event.exporter);
        if (event.kind === "cpu" && event.access === "write") written.add(event);
        else if (event.kind === "device" && event.access === "read" && event.stale.length > 0) {
          const open = brackets.open(event.memory).at(-1)?.begin;
          const { memory } = event;
          report(findingOf(event, maintenance.of(memory), written, open, exporters.get(memory)));
        }
      },
      gone(memory): void {
        brackets.forget(memory);
        maintenance.forget(memory);
        exporters.delete(memory);
        written.reset(memory);
      },
    };
  },
};
