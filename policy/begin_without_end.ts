/**
 * Every begin has an end.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";
import { accessesSince, Brackets, isWrite } from "./_brackets.ts";
import { bracketSeverity } from "./_effect.ts";
import type { Entry } from "./_entry.ts";
import { union } from "./_ranges.ts";
import { place, rangesText } from "./_text.ts";
import type { Finding, Rule } from "./rule.ts";

/** The close after which the workspace had no descriptor to end the bracket on, if it came. */
function lastClose(
  journal: readonly JournalEvent[],
  begin: Entry<"bracket">,
): Entry<"close"> | undefined {
  const names = new Set<string>([begin.dmaBuf]);
  let last: Entry<"close"> | undefined;
  for (const event of journal) {
    if ((event.kind === "export" || event.kind === "allocate") && event.memory === begin.memory) {
      names.add(event.dmaBuf);
    } else if (event.kind === "close" && event.what === "dma-buf" && names.delete(event.name)) {
      if (event.seq > begin.seq) last = event;
    }
  }
  return names.size === 0 ? last : undefined;
}

export const rule: Rule = {
  id: "begin-without-end",
  severity: "warning",
  summary: "Every DMA_BUF_IOCTL_SYNC START has its END before the dma-buf is closed.",
  why: "END is where the exporter writes back what the CPU wrote. Without it the bytes reach the " +
    "device when the cache happens to evict them, or never. Closing the descriptor ends no " +
    "bracket.",
  source: "struct dma_buf_sync in include/uapi/linux/dma-buf.h: once the access is complete, the " +
    "client should call DMA_BUF_IOCTL_SYNC with DMA_BUF_SYNC_END.",
  kernel: "Not tracked: the core keeps no count of STARTs and ENDs (drivers/dma-buf/dma-buf.c), " +
    "and a close or exit ends nothing.",
  fix: "End the bracket after the last access, with the flags of its begin:\n" +
    "  boctl sync db1 --op end --access w --whole\n" +
    "or let the command do both:\n" +
    "  boctl mmap db1 --bracket --write 0=deadbeef",
  check(journal): readonly Finding[] {
    const brackets = new Brackets();
    for (const event of journal) brackets.take(event);
    return brackets.allOpen().map((begin) => {
      const close = lastClose(journal, begin);
      const inside = accessesSince(journal, begin);
      const writes = inside.filter(isWrite);
      const lost = writes.length === 0
        ? ""
        : `; ${rangesText(union(writes.map((write) => write.range)))} written since then ` +
          `waits to be written back`;
      const when = close === undefined
        ? "the journal ends with the bracket open"
        : `${close.name} was closed (${place(close.at, begin.at)}) with the bracket open`;
      return {
        message: `"begin ${begin.access}" of ${begin.dmaBuf} has no end: ${when}${lost}`,
        at: begin.at,
        events: close === undefined ? [begin.seq] : [begin.seq, close.seq],
        severity: bracketSeverity(inside, writes),
      };
    });
  },
};
