/**
 * The CPU and a running job keep apart.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { IntervalMap, type Valued } from "./_interval_map.ts";
import { maintenanceOf } from "./_maintenance.ts";
import { missedBy, Reach } from "./_reach.ts";
import { listText, place, rangesText } from "./_text.ts";
import { byEntry } from "./_written.ts";
import type { Finding, Rule, Severity, Watch } from "./rule.ts";

type Access = Entry<"cpu"> | Entry<"device">;

/** What somebody read and wrote. */
class Accesses<T extends Access> {
  readonly reads = new IntervalMap<T>();
  readonly writes = new IntervalMap<T>();

  take(access: T): void {
    (access.access === "read" ? this.reads : this.writes).set(access.range, access);
  }

  /** What races with an access to a range: everything with a write, writes with a read. */
  *against(access: Access["access"], range: ByteRange): Generator<Valued<T>> {
    yield* this.writes.within(range);
    if (access === "write") yield* this.reads.within(range);
  }
}

/** A job that runs on a memory, and what it has touched. */
class Job {
  readonly begin: Entry<"job">;
  readonly accesses = new Accesses<Entry<"device">>();

  constructor(begin: Entry<"job">) {
    this.begin = begin;
  }
}

const verbs = { read: "read", write: "wrote" } as const;

function nameOf(access: Access): string {
  return access.kind === "cpu" ? "the CPU" : access.device;
}

function findingOf(
  job: Job,
  access: Access,
  others: readonly Valued<Access>[],
  severity: Severity,
): Finding {
  const grouped = byEntry(others);
  const texts = grouped.map(({ entry, ranges }) =>
    `${nameOf(entry)} ${verbs[entry.access]} ${rangesText(ranges)} (${place(entry.at, access.at)})`
  );
  const { begin } = job;
  return {
    message: `While a job of ${begin.device} runs on ${begin.of} (since ` +
      `${place(begin.at, access.at)}), ${nameOf(access)} ${verbs[access.access]} ` +
      `${rangesText([access.range])} and nothing orders that with what came before: ` +
      `${listText(texts, "; ")}`,
    at: access.at,
    events: [begin.seq, ...grouped.map(({ entry }) => entry.seq), access.seq],
    severity,
  };
}

/** Follows the jobs of one memory, and what the CPU does meanwhile. */
class Running {
  readonly jobs = new Map<string, Job>();
  /** Since the first of those jobs began, and not handed over. */
  cpu = new Accesses<Entry<"cpu">>();

  take(event: JournalEvent): void {
    if (event.kind === "job") {
      if (event.edge === "begin") this.jobs.set(event.device, new Job(event));
      else this.jobs.delete(event.device);
      if (this.jobs.size === 0) this.cpu = new Accesses();
    }
    if (this.jobs.size === 0) return;
    if (event.kind === "cpu") this.cpu.take(event);
    if (event.kind === "device") this.jobs.get(event.device)?.accesses.take(event);
    // A clean hands bytes over: who syncs them means the device to have them from then on.
    const step = maintenanceOf(event);
    if (step?.cleans) { for (const range of step.touched) this.cpu.writes.delete(range); }
  }
}

export const rule: Rule = {
  id: "race-on-same-bytes",
  severity: "error",
  profile: "threads",
  summary:
    "While a job runs, the CPU keeps off the bytes that it writes, and writes none that it reads.",
  why: "What the CPU reads is old or new by chance, and what it writes reaches the job or does " +
    "not: the device's own caches are written back when the job ends, at the latest. Working on " +
    "different bytes of the buffer is legal and not told of here; begin and end of a CPU access " +
    "are no ownership. Bytes that the CPU wrote and cleaned while the job runs count as handed " +
    "over. Where the memory is not cached or the device is coherent there is no clean to see, and " +
    "the program may have an order of its own: a warning.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    'explicit flushing" v4): "They have to be careful, of course, not to cause data races, but ' +
    "accessing the same BO from the CPU and GPU or even the same range is totally okay if you " +
    "aren't racing.\" Steven Price, mesa-dev, 3 Jul 2019: coherency is not guaranteed while the " +
    "job chain is running.",
  enforced: "no",
  kernel: "Nothing tracks ownership of bytes. A dma-buf's begin waits for the buffer's fences, " +
    "BO_SYNC of panthor and SYNC_BO of panfrost do not.",
  fix: "Wait for the job before touching its bytes, or take other bytes meanwhile:\n" +
    "  boctl wait bo1\n" +
    "  boctl mmap bo1 --read 2KiB:64",
  watch(report): Watch {
    const reach = new Reach();
    const memories = new Map<string, Running>();
    const judge = (job: Job, access: Access, others: Iterable<Valued<Access>>): void => {
      const since = [...others].filter(({ value }) => value.seq > job.begin.seq);
      if (since.length === 0) return;
      const cpu = access.kind === "cpu" ? access : since.find(({ value }) => value.kind === "cpu")
        ?.value;
      const cached = cpu?.kind === "cpu" && cpu.caching === "write-back";
      const inJob = access.kind === "cpu" && since.some(({ value }) => value.access === "write");
      // What the job wrote is in the device's own cache, whatever the CPU's are like.
      const severity = inJob
        ? "error"
        : (cached ? missedBy(reach.coherencyOf(job.begin.device)) : undefined) ?? "warning";
      report(findingOf(job, access, since, severity));
    };
    return {
      take(event): void {
        reach.take(event);
        if (event.kind === "create") memories.delete(event.memory);
        if (!("memory" in event) || event.memory === undefined) return;
        let running = memories.get(event.memory);
        if (running === undefined && event.kind === "job" && event.edge === "begin") {
          memories.set(event.memory, running = new Running());
        }
        if (running === undefined) return;
        if (event.kind === "cpu") {
          for (const job of running.jobs.values()) {
            judge(job, event, job.accesses.against(event.access, event.range));
          }
        }
        const job = event.kind === "device" ? running.jobs.get(event.device) : undefined;
        if (event.kind === "device" && job !== undefined) {
          judge(job, event, running.cpu.against(event.access, event.range));
        }
        running.take(event);
        if (running.jobs.size === 0) memories.delete(event.memory);
      },
      gone(memory): void {
        reach.forget(memory);
        memories.delete(memory);
      },
    };
  },
};
