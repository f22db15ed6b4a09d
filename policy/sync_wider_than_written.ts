/**
 * A clean is no wider than what was written.
 *
 * @module
 */
import { Dirty } from "./_dirty.ts";
import { isCoherent } from "./_effect.ts";
import { linesAround } from "./_lines.ts";
import { byteCount, intersect, subtract, union } from "./_ranges.ts";
import { Reach } from "./_reach.ts";
import { rangesText } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "sync-wider-than-written",
  severity: "note",
  profile: "threads",
  summary: "A clean covers the cache lines that the CPU wrote, and no others.",
  why: "Each line of the range is visited, whether it is dirty or not: who flushes 64 MiB for 64 " +
    "bytes waits for a million visits. It also cleans what its neighbours in the buffer are still " +
    "writing. Whole lines around the bytes are no breach; a whole-buffer interface is not the " +
    "caller's fault.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): if they ask to flush 64B and end up flushing 64M, that's pretty bad.",
  enforced: "no",
  kernel: "Not refused: every range inside the buffer is legal, and taken as it is.",
  fix: "Sync what was written:\n" +
    "  boctl sync bo1 --range 0:64 --for device --access w",
  watch(report): Watch {
    const reach = new Reach();
    const dirty = new Dirty();
    return {
      take(event): void {
        reach.take(event);
        const cached = event.kind === "sync" && event.effect === "clean" &&
          event.caching === "write-back" && !isCoherent(reach.coherencyOf(event.device));
        if (cached) {
          const { lineBytes } = reach;
          const visited = union(event.asked.map((range) => linesAround(range, lineBytes)));
          const written = dirty.within(event.memory, visited).flatMap(({ ranges }) => ranges);
          const wide = subtract(visited, written.map((range) => linesAround(range, lineBytes)));
          if (wide.length > 0) {
            const own = union(intersect(written, event.asked));
            const of = own.length === 0 ? "nothing" : rangesText(own);
            const lines = byteCount(wide) / lineBytes;
            report({
              message: `The sync of ${event.of} asks for ${rangesText(event.asked)}, of which ` +
                `${of} was written since the last clean: ${lines} of ` +
                `${byteCount(visited) / lineBytes} lines in vain${reach.lineNote}`,
              at: event.at,
              events: [event.seq],
            });
          }
        }
        dirty.take(event);
      },
      gone(memory): void {
        reach.forget(memory);
        dirty.forget(memory);
      },
    };
  },
};
