/**
 * A sync where the device sees the CPU's caches: pointless, and legal.
 *
 * @module
 */
import { callNames } from "./_calls.ts";
import { counted } from "../../workspace/brackets.ts";
import { memoryOf } from "../../workspace/maps.ts";
import { allowance } from "./_expect.ts";
import { flushOf } from "./_mali.ts";
import type { Observed, Probe } from "../probe.ts";
import { cannotBeTold, notApplicable, SMALL, tried } from "../probe_bench.ts";

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
    const { device, subject, workspace } = bench;
    const flush = flushOf(device);
    if (subject.coherency === "non-coherent") throw notApplicable("the device is not coherent");
    if (subject.coherency === "unknown") throw cannotBeTold("the device's coherency is not known");
    const buffer = bench.buffer({ cached: true });
    bench.mapped(buffer, { writable: true, via: "node" }, (access) => {
      access.write(0, new Uint8Array(SMALL));
    });
    const range = { offset: 0n, length: BigInt(SMALL) };
    const result = tried(
      callNames(device).sync,
      () =>
        counted(workspace, memoryOf(workspace, buffer), () => {
          device.driver.sync(device, buffer, flush, [range]);
        }),
    );
    if ("refused" in result) return result.refused;
    const { books } = result.done;
    return {
      answer: "allowed",
      detail: "it is pointless, and done",
      ...(books === undefined ? {} : {
        books: { kept: books.linesCleaned === 0, detail: `${books.linesCleaned} lines cleaned` },
      }),
    };
  },
};
