/**
 * Cached implies private, where there is such a thing as a private buffer.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import { needCachedMaps } from "./_cached_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable, tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "cached-not-private",
  question: "A cached buffer is made that is not private.",
  rule: "cached-not-private",
  threads: (seen, { coherency }) =>
    coherency === "non-coherent"
      ? {
        kept: seen.answer === "refused",
        wanted: "where the device is not coherent, a cached buffer is private or not made",
      }
      : undefined,
  run(bench): Observed {
    const { device } = bench;
    needCachedMaps(device);
    if (!device.family.exports) throw notApplicable("its buffers cannot be exported");
    if (device.driver.exportRefusal === undefined) {
      throw notApplicable(`${device.driver.name} has no notion of a private buffer`);
    }
    const result = tried(callNames(device).create, () => bench.buffer({ cached: true }));
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: `${result.done.size} bytes` };
  },
};
