/**
 * CPU access through a dma-buf map needs a bracket.
 *
 * @module
 */
import { Brackets } from "./_brackets.ts";
import { effectOf } from "./_effect.ts";
import type { Entry } from "./_entry.ts";
import { union } from "./_ranges.ts";
import { rangesText } from "./_text.ts";
import type { Finding, Rule, Watch } from "./rule.ts";

/** Accesses that one finding tells of: one command may read what it wrote. */
function findingOf(accesses: readonly [Entry<"cpu">, ...Entry<"cpu">[]]): Finding {
  const [first] = accesses;
  const { severity: worst, because } = effectOf(first);
  // In 2019 the thread saw no need of a bracket: an error where it is known to be one, else a note.
  const severity = worst === "error" ? worst : "note";
  const verbs = [...new Set(accesses.map((access) => access.access))].join(" and ");
  const ranges = union(accesses.map((access) => access.range));
  return {
    message: `CPU ${verbs} of ${rangesText(ranges)} of ${first.of} through ${first.map} outside ` +
      `a begin/end bracket: ${because}`,
    at: first.at,
    events: accesses.map((access) => access.seq),
    severity,
  };
}

function sameCommand(a: Entry<"cpu">, b: Entry<"cpu">): boolean {
  return a.map === b.map && a.at.file === b.at.file && a.at.line === b.at.line &&
    a.at.command === b.at.command;
}

export const rule: Rule = {
  id: "cpu-access-outside-bracket",
  severity: "error",
  profile: "kernel",
  summary: "CPU access through a dma-buf map happens between DMA_BUF_IOCTL_SYNC START and END.",
  why: "Where the memory is cached and the device does not snoop, an access without START may " +
    "read lines from before the device wrote, and a write without END may never leave the CPU's " +
    "caches. On write-combined memory and on coherent devices nothing happens, and so the " +
    "program breaks on the next board.",
  source:
    'Documentation/driver-api/dma-buf.rst, "CPU Access to DMA Buffer Objects": it is always ' +
    "required to use SYNC_START and SYNC_END, user space cannot rely on coherent access. In " +
    "mesa-dev, 3 Jul 2019, Steven Price still understood that a dma_buf mmap() should be " +
    "coherent without user space doing anything.",
  enforced: "no",
  kernel:
    "Not tracked. panfrost and panthor have begin/end hooks since 1.6 and 1.7 (not in 6.12, " +
    "in 7.2); i915, xe, amdgpu (begin only), omap, tegra, udmabuf and the heaps have them, too. For every " +
    "other exporter SYNC waits for fences only.",
  fix: "Let the command put the bracket around the access, or make it by hand:\n" +
    "  boctl mmap db1 --bracket --write 0=deadbeef\n" +
    "  boctl sync db1 --op begin --access w --whole\n" +
    "  boctl sync db1 --op end --access w --whole",
  watch(report): Watch {
    const brackets = new Brackets();
    let group: [Entry<"cpu">, ...Entry<"cpu">[]] | undefined;
    const tell = (): void => {
      if (group !== undefined) report(findingOf(group));
      group = undefined;
    };
    return {
      take(event): void {
        brackets.take(event);
        if (event.kind !== "cpu" || event.via !== "dma-buf") return;
        if (brackets.open(event.memory).length > 0) return;
        if (group !== undefined && sameCommand(group[0], event)) group.push(event);
        else {
          tell();
          group = [event];
        }
      },
      gone: (memory) => brackets.forget(memory),
      end: tell,
    };
  },
};
