/**
 * A cache line has one writer.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { Dirty } from "./_dirty.ts";
import type { Entry } from "./_entry.ts";
import type { Landing } from "./_landings.ts";
import { linesAround } from "./_lines.ts";
import { intersect, subtract, union } from "./_ranges.ts";
import { missedBy, Reach } from "./_reach.ts";
import { place, rangesText } from "./_text.ts";
import { Unseen } from "./_unseen.ts";
import type { Finding, Rule, Watch } from "./rule.ts";

interface Sharing {
  readonly cpu: Entry<"cpu">;
  readonly cpuRanges: readonly ByteRange[];
  readonly device: Entry<"device">;
  readonly deviceRanges: readonly ByteRange[];
  /** The later of the two. */
  readonly decisive: Entry<"cpu"> | Entry<"device"> | Entry<"job">;
}

function findingOf(
  { cpu, cpuRanges, device, deviceRanges, decisive }: Sharing,
  reach: Reach,
): Omit<Finding, "severity"> {
  const { at } = decisive;
  const same = intersect(cpuRanges, deviceRanges).length > 0;
  const what = same ? "the same bytes" : "different bytes of the same cache line";
  const danger = device.seq < cpu.seq
    ? "the CPU's line is older than what the device wrote, and its write-back destroys that"
    : "the CPU's dirty line goes back as a whole, over what the device wrote";
  return {
    message: `The CPU wrote ${rangesText(cpuRanges)} of ${cpu.of} (${place(cpu.at, at)}) and ` +
      `${device.device} ${rangesText(deviceRanges)} (${place(device.at, at)}), ${what}` +
      `${reach.lineNote}, with no clean or invalidate in between: ${danger}`,
    at,
    events: [...new Set([cpu.seq, device.seq, decisive.seq])].sort((a, b) => a - b),
  };
}

export const rule: Rule = {
  id: "line-shared-by-writers",
  severity: "error",
  profile: "kernel",
  summary:
    "A cache line is dirty in the CPU's caches or written by a non-coherent device, not both.",
  why:
    "A line is written back as a whole. Where the CPU's copy holds bytes that it wrote and beside " +
    "them old ones that the device has replaced in memory meanwhile, the write-back, asked for or " +
    "not, puts the old ones back. No range of a sync is wrong then: it is the layout. " +
    "Sub-allocations that different sides write have lines of their own (Vulkan's " +
    "nonCoherentAtomSize); what one side wrote is synced before the other writes beside it.",
  source:
    "Documentation/core-api/dma-api-howto.rst on buffers that share a cacheline with others. " +
    'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and explicit ' +
    'flushing" v4): clients are regularly sub-allocating from larger memory objects.',
  enforced: "no",
  kernel:
    "Nothing can enforce it. The size of a line is the CPU's: 64 bytes on Arm's application " +
    "cores up to now, in /sys/devices/system/cpu/cpu0/cache/index0/coherency_line_size.",
  fix: "Keep the two apart by a line, or clean before the device writes and invalidate after:\n" +
    "  boctl sync bo1 --range 0:64 --for device --access w\n" +
    "  boctl sync bo1 --range 0:64 --for cpu --access r",
  mendedBySync: true,
  watch(report): Watch {
    const reach = new Reach();
    const dirty = new Dirty();
    const unseen = new Unseen();
    /** By memory: pairs of entries that were told of. */
    const told = new Map<string, Set<string>>();
    const tell = (sharing: Sharing): void => {
      const { cpu, device } = sharing;
      const severity = missedBy(reach.coherencyOf(device.device));
      if (severity === undefined) return;
      const pairs = told.get(cpu.memory) ?? new Set<string>();
      told.set(cpu.memory, pairs);
      const pair = `${cpu.seq} ${device.seq}`;
      if (pairs.has(pair)) return;
      pairs.add(pair);
      report({ ...findingOf(sharing, reach), severity });
    };
    /** What the device wrote comes to lines that are dirty. */
    const landed = ({ range, write: device, by }: Landing): void => {
      const around = linesAround(range, reach.lineBytes);
      for (const { write: cpu, ranges } of dirty.within(device.memory, [around])) {
        const near = ranges.map((one) => linesAround(one, reach.lineBytes));
        const deviceRanges = intersect([range], near);
        if (deviceRanges.length === 0) continue;
        const cpuRanges = intersect(
          ranges,
          deviceRanges.map((one) => linesAround(one, reach.lineBytes)),
        );
        tell({ cpu, cpuRanges, device, deviceRanges, decisive: by });
      }
    };
    /** The CPU dirties lines that are older than what the device wrote. */
    const written = (cpu: Entry<"cpu">): void => {
      const around = linesAround(cpu.range, reach.lineBytes);
      const byDevice = new Map<Entry<"device">, ByteRange[]>();
      for (const { value: { landing, old }, ...part } of unseen.within(cpu.memory, around)) {
        if (!old && !landing.running) continue;
        const beside = subtract([part], [cpu.range]);
        if (beside.length > 0) {
          byDevice.set(landing.write, [...byDevice.get(landing.write) ?? [], ...beside]);
        }
      }
      for (const [device, ranges] of byDevice) {
        const deviceRanges = union(ranges);
        const cpuRanges = intersect(
          [cpu.range],
          deviceRanges.map((one) => linesAround(one, reach.lineBytes)),
        );
        tell({ cpu, cpuRanges, device, deviceRanges, decisive: cpu });
      }
    };
    return {
      take(event): void {
        reach.take(event);
        if (event.kind === "create") told.delete(event.memory);
        if (event.kind === "cpu" && event.access === "write" && event.caching === "write-back") {
          written(event);
        }
        for (const landing of unseen.take(event, reach.lineBytes)) landed(landing);
        dirty.take(event);
      },
      gone(memory): void {
        for (const state of [reach, dirty, unseen]) state.forget(memory);
        told.delete(memory);
      },
    };
  },
};
