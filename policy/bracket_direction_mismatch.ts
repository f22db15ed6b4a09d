/**
 * An end says what its begin said.
 *
 * @module
 */
import { Brackets } from "./_brackets.ts";
import { bracketSeverity } from "./_effect.ts";
import { place } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "bracket-direction-mismatch",
  severity: "warning",
  profile: "kernel",
  summary: "An END has the read/write flags of its START.",
  why: "The flags are the direction of the cache maintenance on either side. An END that leaves " +
    "out the write of its START need not write the bytes back; one that adds a write cleans for " +
    "an access that START did not prepare.",
  source: "struct dma_buf_sync in include/uapi/linux/dma-buf.h: DMA_BUF_SYNC_END and the same " +
    "read/write flags.",
  enforced: "no",
  kernel: "Not tracked; each call stands for itself (drivers/dma-buf/dma-buf.c). arm64 cleans at " +
    "END whatever the flags, 32-bit Arm invalidates at the END of a read.",
  fix: "Repeat the flags of the begin:\n" +
    "  boctl sync db1 --op begin --access rw --whole\n" +
    "  boctl sync db1 --op end --access rw --whole",
  watch(report): Watch {
    const brackets = new Brackets();
    return {
      take(event): void {
        const ended = brackets.take(event);
        if (event.kind !== "bracket" || ended === undefined) return;
        const { begin } = ended;
        if (begin.access === event.access) return;
        const lost = event.access === "r" && ended.writes.length > 0;
        const effect = lost ? "; the bytes written in between need not be cleaned" : "";
        report({
          message: `"end ${event.access}" of ${event.dmaBuf} ends "begin ${begin.access}" of ` +
            `${begin.dmaBuf} (${place(begin.at, event.at)})${effect}`,
          at: event.at,
          events: [begin.seq, event.seq],
          severity: bracketSeverity(ended.worst, lost ? ended.worstWrite : undefined),
        });
      },
      gone: (memory) => brackets.forget(memory),
    };
  },
};
