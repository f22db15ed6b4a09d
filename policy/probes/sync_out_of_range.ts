/**
 * A range that is not in the buffer is no hint.
 *
 * @module
 */
import type { Range } from "../../syntax/range.ts";
import { callNames } from "./_calls.ts";
import { refusedWith } from "./_expect.ts";
import { flushOf } from "./_cached_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { SMALL, tried } from "../probe_bench.ts";

/** Ranges that end behind the buffer, begin behind it, or wrap in the call's own field width. */
function outside(driver: string): Readonly<Record<string, Range>> {
  const size = BigInt(SMALL);
  const width = driver === "panfrost" ? 32n : 64n;
  return {
    "one byte too long": { offset: 0n, length: size + 1n },
    "behind the end": { offset: size, length: 64n },
    "an empty one behind the end": { offset: size + 1n, length: 0n },
    "one that wraps": { offset: (1n << width) - 64n, length: 128n },
  };
}

export const probe: Probe = {
  id: "sync-out-of-range",
  question: "A range is synced that is not in the buffer.",
  rule: "range-not-exact",
  kernel: refusedWith("EINVAL", "the sync of a range outside of the buffer"),
  run(bench): Observed {
    const { device } = bench;
    const flush = flushOf(device);
    const buffer = bench.buffer({ cached: true });
    const ranges = outside(device.driver.name);
    const call = callNames(device).sync;
    for (const [what, range] of Object.entries(ranges)) {
      const result = tried(call, () => device.driver.sync(device, buffer, flush, [range]));
      if ("done" in result) return { answer: "allowed", detail: what };
      if (result.refused.errno !== "EINVAL") {
        return { ...result.refused, detail: `${call}: ${what}` };
      }
    }
    return {
      answer: "refused",
      errno: "EINVAL",
      detail: `${call}: ${Object.keys(ranges).join("; ")}`,
    };
  },
};
