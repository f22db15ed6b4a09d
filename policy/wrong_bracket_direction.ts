/**
 * A bracket says what the CPU will do; the CPU does that.
 *
 * @module
 */
import { Brackets } from "./_brackets.ts";
import { effectOf } from "./_effect.ts";
import { IntervalMap } from "./_interval_map.ts";
import { subtract } from "./_ranges.ts";
import { place, rangesText } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "wrong-bracket-direction",
  severity: "error",
  profile: "kernel",
  summary: "A write needs a bracket that says write, a read one that says read.",
  why:
    "The flags become the direction of the cache maintenance. The END of a read-only bracket is " +
    "for_device(FROM_DEVICE): it owes nobody the written bytes. arm64 happens to clean, 32-bit " +
    "Arm drops the lines and the write with them. The START of a write-only bracket is " +
    "for_cpu(TO_DEVICE): nothing is invalidated, a read may find lines from before the device " +
    "wrote. Reading back what was written inside the same bracket is fine.",
  source: "struct dma_buf_sync in include/uapi/linux/dma-buf.h: START with the appropriate " +
    "read/write flags. Directions: dma_buf_ioctl() in drivers/dma-buf/dma-buf.c, " +
    "arch/arm64/mm/dma-mapping.c, arch/arm/mm/cache-v7.S.",
  enforced: "no",
  kernel: "Not tracked. The flags choose which fences START waits for as well: read waits for " +
    "writers, write for everybody.",
  fix: "Say what the access does, rw where it does both:\n" +
    "  boctl sync db1 --op begin --access rw --whole\n" +
    "or let the command choose:\n" +
    "  boctl mmap db1 --bracket --write 0=deadbeef",
  watch(report): Watch {
    const brackets = new Brackets();
    /** By memory: what the CPU wrote since the oldest open begin. */
    const own = new Map<string, IntervalMap<true>>();
    return {
      take(event): void {
        brackets.take(event);
        if (event.kind === "bracket" && brackets.open(event.memory).length === 0) {
          own.delete(event.memory);
        }
        if (event.kind !== "cpu" || event.via !== "dma-buf") return;
        const open = brackets.open(event.memory);
        const newest = open.at(-1);
        if (newest === undefined) return;
        const written = own.get(event.memory) ?? new IntervalMap<true>();
        const before = [...written.within(event.range)];
        if (event.access === "write") {
          written.set(event.range, true);
          own.set(event.memory, written);
        }
        const letter = event.access === "write" ? "w" : "r";
        if (brackets.allows(event.memory, letter)) return;
        const ranges = letter === "w" ? [event.range] : subtract([event.range], before);
        if (ranges.length === 0) return;
        const { severity, because } = effectOf(event);
        const lacks = letter === "w"
          ? "its end need not write the bytes back"
          : "its begin did not invalidate the lines";
        const { begin } = newest;
        report({
          message: `CPU ${event.access} of ${rangesText(ranges)} of ${event.of} through ` +
            `${event.map} inside "begin ${begin.access}" of ${begin.dmaBuf} ` +
            `(${place(begin.at, event.at)}): ${lacks}; ${because}`,
          at: event.at,
          events: [begin.seq, event.seq],
          severity,
        });
      },
      gone(memory): void {
        brackets.forget(memory);
        own.delete(memory);
      },
    };
  },
};
