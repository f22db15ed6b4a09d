/**
 * A private buffer stays at home.
 *
 * @module
 */
import { EXPORT } from "./_calls.ts";
import { refusal } from "./_expect.ts";
import { hasCachedMaps } from "./_cached_maps.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable, tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "private-export",
  question: "A private buffer is exported, cached or not.",
  rule: "export-of-private",
  // panthor refuses an exclusive VM's buffer with EINVAL, every other driver a private one with EPERM.
  kernel: (seen, subject) => {
    const isPanthor = subject.version?.name === "panthor";
    return refusal(seen, isPanthor ? "EINVAL" : "EPERM", "a private buffer's export");
  },
  run(bench): Observed {
    if (bench.subject.kind !== "device") {
      throw notApplicable("its buffers are made to leave the process");
    }
    const kinds = hasCachedMaps(bench.device) === true ? [false, true] : [false];
    const results = kinds.map((cached) => {
      const buffer = bench.buffer({ private: true, cached });
      return { cached, result: tried(EXPORT, () => bench.export(buffer)) };
    });
    for (const { cached, result } of results) {
      if ("done" in result) {
        return { answer: "allowed", detail: `the ${cached ? "cached" : "write-combined"} one` };
      }
    }
    const [first] = results;
    if (first === undefined || "done" in first.result) throw new Error("Nothing was tried");
    return first.result.refused;
  },
};
