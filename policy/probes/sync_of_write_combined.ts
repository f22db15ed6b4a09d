/**
 * A sync of a buffer that the CPU has no lines of: pointless, and legal.
 *
 * @module
 */
import { allowance } from "./_expect.ts";
import { flushOf } from "./_cached_maps.ts";
import { syncForNothing } from "./_pointless.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable } from "../probe_bench.ts";

export const probe: Probe = {
  id: "sync-of-write-combined",
  question: "A write-combined buffer is synced.",
  rule: "pointless-sync",
  kernel: (seen) =>
    seen.books?.kept === false
      ? { kept: false, wanted: "a sync of a write-combined buffer touches no line" }
      : allowance(seen, "a sync of a write-combined buffer"),
  run(bench): Observed {
    // What cannot be synced says so first.
    flushOf(bench.device);
    const buffer = bench.buffer();
    if (buffer.caching !== "write-combined") {
      throw notApplicable(`the device's buffers are all ${buffer.caching}`);
    }
    return syncForNothing(bench, buffer, { counts: "linesTouched", verb: "touched" });
  },
};
