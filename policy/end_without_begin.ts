/**
 * Every end has a begin.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import { Brackets } from "./_brackets.ts";
import type { Entry } from "./_entry.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "end-without-begin",
  severity: "warning",
  profile: "kernel",
  summary: "A DMA_BUF_IOCTL_SYNC END ends a bracket that a START began.",
  why: "START waits for the device's fences and drops the lines that the device has overwritten. " +
    "An END without it does cache work for an access that nobody announced; usually a START was " +
    "left out, made on another dma-buf, or ended twice.",
  source: "Documentation/driver-api/dma-buf.rst: SYNC_START before, SYNC_END after each access.",
  enforced: "in part",
  kernel: "Not tracked by the core. udmabuf alone refuses an END before the first START, with " +
    "EINVAL (end_cpu_udmabuf() in drivers/dma-buf/udmabuf.c); it does not refuse a second END.",
  hazard:
    "On etnaviv CPU_FINI without CPU_PREP, which is the same by the driver's own calls, trips " +
    "a kernel WARN, and a panic where panic_on_warn is set.",
  fix: "Begin before the access, with the same flags:\n" +
    "  boctl sync db1 --op begin --access w --whole",
  watch(report): Watch {
    const brackets = new Brackets();
    /** Memories of udmabuf that no bracket has begun on. */
    const unbegun = new Map<string, Entry<"allocate">>();
    return {
      take(event): void {
        const ended = brackets.take(event);
        if (event.kind === "allocate" && event.from === "udmabuf") unbegun.set(event.memory, event);
        if (event.kind === "bracket") unbegun.delete(event.memory);
        if (event.kind === "refused" && event.what === "bracket" && event.errno === errno.EINVAL) {
          // A begin is never EINVAL there.
          const made = unbegun.get(event.memory ?? "");
          if (made !== undefined) {
            report({
              message: `An end of ${event.of} was refused with EINVAL: it is udmabuf's, and no ` +
                `bracket has begun on it yet`,
              at: event.at,
              events: [made.seq, event.seq],
            });
          }
        }
        if (event.kind !== "bracket" || event.edge !== "end" || ended !== undefined) return;
        report({
          message: `"end ${event.access}" of ${event.dmaBuf} ends nothing: no bracket is open`,
          at: event.at,
          events: [event.seq],
        });
      },
      gone(memory): void {
        brackets.forget(memory);
        unbegun.delete(memory);
      },
    };
  },
};
