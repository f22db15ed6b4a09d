/**
 * Cached lines are invalidated before the CPU reads what a device wrote.
 *
 * @module
 */
import { Brackets } from "./_brackets.ts";
import type { Entry } from "./_entry.ts";
import type { Landing } from "./_landings.ts";
import { missedBy, Reach } from "./_reach.ts";
import { union } from "./_ranges.ts";
import { listText, place, rangesText } from "./_text.ts";
import { Unseen } from "./_unseen.ts";
import { byEntry } from "./_written.ts";
import type { Finding, Rule, Severity, Watch } from "./rule.ts";

/** Bytes of one device write, and which of them the CPU's caches hold in an older state. */
interface Missed {
  readonly landing: Landing;
  readonly offset: number;
  readonly length: number;
  readonly old: boolean;
  readonly severity: Severity;
}

function findingOf(read: Entry<"cpu">, missed: readonly Missed[]): Finding {
  const writes = byEntry(
    missed.map(({ landing, ...range }) => ({ ...range, value: landing.write })),
  );
  const texts = writes.map(({ entry, ranges }) =>
    `${rangesText(ranges)}, written by ${entry.device} at ${place(entry.at, read.at)}`
  );
  const old = missed.filter((part) => part.old);
  const outcome = old.length > 0
    ? `the lines of ${rangesText(union(old))} are older than that in the CPU's caches`
    : "nothing in this journal brought the lines in before, but a CPU may fetch them by itself";
  const severities = missed.map(({ severity }) => severity);
  return {
    message: `The CPU read bytes of ${read.of} through ${read.map} that no invalidate covered: ` +
      `${listText(texts, "; ")}; ${outcome}`,
    at: read.at,
    events: [...writes.map(({ entry }) => entry.seq), read.seq],
    severity: old.length > 0 && severities.includes("error") ? "error" : "warning",
  };
}

export const rule: Rule = {
  id: "missing-invalidate",
  severity: "error",
  profile: "kernel",
  summary: "Bytes that a non-coherent device wrote are invalidated before the CPU reads them.",
  why:
    "A line that is in the CPU's caches is not refreshed when the device writes to memory. The " +
    "CPU goes on reading the old bytes until the line is dropped, and processors fetch lines " +
    "that nobody asked for: where this journal shows no access that brought the line in, it is a " +
    "warning, and luck. The bytes of a job count when it ends, since its cache is written back " +
    "up to then. Reads through a dma-buf outside a bracket for reading are " +
    "told by the rules of brackets.",
  source: "arch/arm64/mm/dma-mapping.c, arch_sync_dma_for_cpu(); Documentation/core-api/" +
    'dma-api.rst on dma_sync_single_for_cpu(). Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/' +
    'panfrost, panthor: Cached maps and explicit flushing" v4): all we need is something which ' +
    "lets us trap through to the kernel for CPU cache management.",
  enforced: "no",
  kernel: "Nothing can enforce it. BO_SYNC's flush-and-invalidate does it since panthor 1.7, " +
    "SYNC_BO's since panfrost 1.6 (both not in 6.12, in 7.2), CPU_PREP on etnaviv, the begin of a " +
    "dma-buf for reading where the exporter has hooks. CPU_PREP on msm only waits.",
  fix: "Sync for the CPU after the device wrote, before the read:\n" +
    "  boctl sync bo1 --range 0:64 --for cpu --access r\n" +
    "Through a dma-buf, begin a bracket for reading after that:\n" +
    "  boctl mmap db1 --bracket --read 0:64",
  mendedBySync: true,
  watch(report): Watch {
    const reach = new Reach();
    const brackets = new Brackets();
    const unseen = new Unseen();
    const judge = (read: Entry<"cpu">): void => {
      const { memory, range } = read;
      if (read.caching !== "write-back") return;
      if (read.via === "dma-buf" && !brackets.allows(memory, "r")) return;
      const missed: Missed[] = [];
      for (const { value: { landing, old }, ...part } of unseen.within(memory, range)) {
        const severity = missedBy(reach.coherencyOf(landing.write.device));
        if (severity === undefined || landing.running) continue;
        missed.push({ ...part, landing, old, severity });
        unseen.settle(memory, part);
      }
      if (missed.length > 0) report(findingOf(read, missed));
    };
    return {
      take(event): void {
        reach.take(event);
        brackets.take(event);
        if (event.kind === "cpu" && event.access === "read") judge(event);
        unseen.take(event, reach.lineBytes);
      },
      gone(memory): void {
        for (const state of [reach, brackets, unseen]) state.forget(memory);
      },
    };
  },
};
