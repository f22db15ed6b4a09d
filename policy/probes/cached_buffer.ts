/**
 * Whether buffers can be cached at all.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import { allowance, refusal } from "./_expect.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable, tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "cached-buffer",
  question: "A buffer with cached CPU maps is made.",
  kernel: (seen, { cachedMaps }) => {
    if (cachedMaps === undefined) return undefined;
    return cachedMaps
      ? allowance(seen, "making a cached buffer")
      : refusal(seen, "EINVAL", "making a cached buffer, which is younger than this version,");
  },
  run(bench): Observed {
    const { kind } = bench.subject;
    if (kind !== "device") {
      throw notApplicable(`buffers of ${kind === "heap" ? "a heap" : kind} are always cached`);
    }
    const { create } = callNames(bench.device);
    const result = tried(create, () => bench.buffer({ cached: true }));
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: `${result.done.size} bytes` };
  },
};
