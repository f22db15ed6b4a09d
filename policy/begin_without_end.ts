/**
 * Every begin has an end.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";
import { Brackets, type OpenBracket } from "./_brackets.ts";
import { bracketSeverity } from "./_effect.ts";
import type { Entry } from "./_entry.ts";
import { union } from "./_ranges.ts";
import { place, rangesText } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

/** Which descriptors of a memory's dma-buf there are, and which was closed last. */
class DmaBufs {
  readonly #open = new Map<string, Set<string>>();
  readonly #memories = new Map<string, string>();
  readonly #last = new Map<string, Entry<"close">>();

  take(event: JournalEvent): void {
    if (event.kind === "export" || event.kind === "allocate") {
      this.#names(event.memory).add(event.dmaBuf);
      this.#memories.set(event.dmaBuf, event.memory);
      this.#last.delete(event.memory);
    } else if (event.kind === "close" && event.what === "dma-buf") {
      const memory = this.#memories.get(event.name) ?? event.memory;
      if (memory === undefined) return;
      this.#memories.delete(event.name);
      const names = this.#names(memory);
      names.delete(event.name);
      if (names.size === 0) this.#last.set(memory, event);
    }
  }

  #names(memory: string): Set<string> {
    const names = this.#open.get(memory) ?? new Set<string>();
    this.#open.set(memory, names);
    return names;
  }

  /** The close after a begin that left no descriptor to end it on, if it came. */
  lastClose(begin: Entry<"bracket">): Entry<"close"> | undefined {
    const last = this.#last.get(begin.memory);
    return last !== undefined && last.seq > begin.seq ? last : undefined;
  }

  forget(memory: string): void {
    this.#open.delete(memory);
    this.#last.delete(memory);
  }
}

export const rule: Rule = {
  id: "begin-without-end",
  severity: "warning",
  profile: "kernel",
  summary: "Every DMA_BUF_IOCTL_SYNC START has its END before the dma-buf is closed.",
  why: "END is where the exporter writes back what the CPU wrote. Without it the bytes reach the " +
    "device when the cache happens to evict them, or never. Closing the descriptor ends no " +
    "bracket.",
  source: "struct dma_buf_sync in include/uapi/linux/dma-buf.h: once the access is complete, the " +
    "client should call DMA_BUF_IOCTL_SYNC with DMA_BUF_SYNC_END.",
  enforced: "no",
  kernel: "Not tracked: the core keeps no count of STARTs and ENDs (drivers/dma-buf/dma-buf.c), " +
    "and a close or exit ends nothing.",
  fix: "End the bracket after the last access, with the flags of its begin:\n" +
    "  boctl sync db1 --op end --access w --whole\n" +
    "or let the command do both:\n" +
    "  boctl mmap db1 --bracket --write 0=deadbeef",
  watch(report): Watch {
    const brackets = new Brackets();
    const dmaBufs = new DmaBufs();
    const tell = (open: OpenBracket): void => {
      const { begin, writes, worst, worstWrite } = open;
      const close = dmaBufs.lastClose(begin);
      const ranges = union(writes);
      const lost = ranges.length === 0
        ? ""
        : `; ${rangesText(ranges)} written since then waits to be written back`;
      const when = close === undefined
        ? "the journal ends with the bracket open"
        : `${close.name} was closed (${place(close.at, begin.at)}) with the bracket open`;
      report({
        message: `"begin ${begin.access}" of ${begin.dmaBuf} has no end: ${when}${lost}`,
        at: begin.at,
        events: close === undefined ? [begin.seq] : [begin.seq, close.seq],
        severity: bracketSeverity(worst, worstWrite),
      });
    };
    return {
      take(event): void {
        // A handle's number is used again after its buffer is gone: brackets end with it.
        if (event.kind === "create") dmaBufs.forget(event.memory);
        brackets.take(event);
        dmaBufs.take(event);
      },
      gone(memory): void {
        brackets.open(memory).forEach(tell);
        brackets.forget(memory);
        dmaBufs.forget(memory);
      },
      end: () => brackets.allOpen().forEach(tell),
    };
  },
};
