/**
 * A sync where the device sees the CPU's caches: pointless, and legal.
 *
 * @module
 */
import { allowance } from "./_expect.ts";
import { flushOf } from "./_cached_maps.ts";
import { syncForNothing } from "./_pointless.ts";
import type { Observed, Probe } from "../probe.ts";
import { cannotBeTold, notApplicable, SMALL } from "../probe_bench.ts";

export const probe: Probe = {
  id: "sync-when-coherent",
  question: "A buffer of a coherent device is synced.",
  rule: "pointless-sync",
  kernel: (seen) => {
    const done = allowance(seen, "a sync on a coherent device");
    return seen.books?.kept === false
      ? { kept: false, wanted: "a sync on a coherent device cleans no line" }
      : done;
  },
  run(bench): Observed {
    const { device, subject } = bench;
    // What cannot be synced says so first.
    flushOf(device);
    if (subject.coherency === "non-coherent") throw notApplicable("the device is not coherent");
    if (subject.coherency === "unknown") throw cannotBeTold("the device's coherency is not known");
    const buffer = bench.buffer({ cached: true });
    bench.mapped(buffer, { writable: true, via: "node" }, (access) => {
      access.write(0, new Uint8Array(SMALL));
    });
    return syncForNothing(bench, buffer, { counts: "linesCleaned", verb: "cleaned" });
  },
};
