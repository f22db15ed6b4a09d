/**
 * A driver's sync acts on the range that it was asked for.
 *
 * @module
 */
import { lineCount } from "./_lines.ts";
import { Reach } from "./_reach.ts";
import { byteCount } from "./_ranges.ts";
import { rangesText } from "./_text.ts";
import type { Rule, Watch } from "./rule.ts";

export const rule: Rule = {
  id: "range-not-exact",
  severity: "warning",
  profile: "kernel",
  summary: "A sync of a range touches the cache lines of that range, and no others.",
  why:
    "A range that is a hint makes each small flush cost what the whole buffer costs, and acts on " +
    "bytes that other threads are working on. It is the kernel that breaks this rule, not the " +
    "script; told once for each device. A buffer's first sync is not judged: it may be the one " +
    "that maps the buffer for the device, which hands all of it over.",
  source: 'Faith Ekstrand, dri-devel, 17 Oct 2025 ("drm/panfrost, panthor: Cached maps and ' +
    "explicit flushing\" v4): the range really shouldn't be just a hint. If they ask to flush 64B " +
    "and end up flushing 64M, that's pretty bad.",
  enforced: "yes",
  kernel: "Promised by BO_SYNC since panthor 1.7 and SYNC_BO since panfrost 1.6 (not in 6.12, in " +
    "7.2), which refuse ranges beyond the buffer with EINVAL. Only the simulator counts lines; a " +
    "real kernel shows it by the time that a call takes.",
  fix: "A driver has to be mended. Until then, sync seldom and all at once:\n" +
    "  boctl sync bo1 --range 0:64 --range 4KiB:64 --for device --access w",
  watch(report): Watch {
    const reach = new Reach();
    const told = new Set<string>();
    /** Memories that the device has mapped by now. */
    const mapped = new Set<string>();
    return {
      take(event): void {
        reach.take(event);
        if (event.kind === "create") mapped.delete(event.memory);
        if (event.kind === "device" || event.kind === "job") mapped.add(event.memory);
        if (event.kind !== "sync") return;
        const first = !mapped.has(event.memory);
        mapped.add(event.memory);
        // A whole-buffer interface takes no range, and what is no cache maintenance touches nothing.
        const ranged = byteCount(event.touched) === byteCount(event.asked);
        if (first || !ranged || event.books === undefined || told.has(event.device)) return;
        // A flush-and-invalidate visits each line twice.
        const visits = event.effect === "clean-invalidate" ? 2 : 1;
        const asked = event.asked.reduce((sum, one) => sum + lineCount(one, reach.lineBytes), 0);
        const touched = Math.ceil(event.books.linesTouched / visits);
        if (touched <= asked) return;
        told.add(event.device);
        report({
          message: `The sync of ${event.of} asked ${event.device} for ` +
            `${rangesText(event.asked)} and touched ${touched} cache lines where the range has ` +
            `${asked}: the range is taken for a hint`,
          at: event.at,
          events: [event.seq],
        });
      },
      gone(memory): void {
        reach.forget(memory);
        mapped.delete(memory);
      },
    };
  },
};
