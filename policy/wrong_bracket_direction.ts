/**
 * A bracket says what the CPU will do; the CPU does that.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { Brackets } from "./_brackets.ts";
import { effectOf } from "./_effect.ts";
import { subtract } from "./_ranges.ts";
import { place, rangesText } from "./_text.ts";
import type { Finding, Rule } from "./rule.ts";

export const rule: Rule = {
  id: "wrong-bracket-direction",
  severity: "error",
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
  kernel: "Not tracked. The flags choose which fences START waits for as well: read waits for " +
    "writers, write for everybody.",
  fix: "Say what the access does, rw where it does both:\n" +
    "  boctl sync db1 --op begin --access rw --whole\n" +
    "or let the command choose:\n" +
    "  boctl mmap db1 --bracket --write 0=deadbeef",
  check(journal): readonly Finding[] {
    const findings: Finding[] = [];
    const brackets = new Brackets();
    /** By memory: what the CPU wrote since the oldest open begin. */
    const own = new Map<string, ByteRange[]>();
    for (const event of journal) {
      brackets.take(event);
      if (event.kind === "bracket" && brackets.open(event.memory).length === 0) {
        own.delete(event.memory);
      }
      if (event.kind !== "cpu" || event.via !== "dma-buf") continue;
      const open = brackets.open(event.memory);
      const newest = open.at(-1);
      if (newest === undefined) continue;
      const written = own.get(event.memory) ?? [];
      if (event.access === "write") own.set(event.memory, [...written, event.range]);
      const letter = event.access === "write" ? "w" : "r";
      if (open.some((begin) => begin.access.includes(letter))) continue;
      const ranges = letter === "w" ? [event.range] : subtract([event.range], written);
      if (ranges.length === 0) continue;
      const { severity, because } = effectOf(event);
      const lacks = letter === "w"
        ? "its end need not write the bytes back"
        : "its begin did not invalidate the lines";
      findings.push({
        message: `CPU ${event.access} of ${rangesText(ranges)} of ${event.of} through ` +
          `${event.map} inside "begin ${newest.access}" of ${newest.dmaBuf} ` +
          `(${place(newest.at, event.at)}): ${lacks}; ${because}`,
        at: event.at,
        events: [...open.map((begin) => begin.seq), event.seq],
        severity,
      });
    }
    return findings;
  },
};
