/**
 * What leaves the process is write-combined.
 *
 * @module
 */
import { EXPORT } from "./_calls.ts";
import { needCachedMaps } from "./_cached_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable, tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "cached-export",
  question: "A cached buffer that is not private is exported.",
  rule: "cached-export",
  threads: (seen, { coherency }) =>
    coherency === "non-coherent"
      ? {
        kept: seen.answer === "refused",
        wanted: "where the device is not coherent, a cached buffer is not exported",
      }
      : undefined,
  run(bench): Observed {
    if (bench.subject.kind !== "device") {
      throw notApplicable("its buffers are made to leave the process");
    }
    needCachedMaps(bench.device);
    const buffer = bench.buffer({ cached: true });
    const result = tried(EXPORT, () => bench.export(buffer));
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: `exporter ${result.done.facts.exporter}` };
  },
};
