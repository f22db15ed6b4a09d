/**
 * A dma-buf that is not for writing is not mapped for writing.
 *
 * @module
 */
import { mapObject } from "../../workspace/maps.ts";
import { refusedWith } from "./_expect.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "writable-map-of-read-only-export",
  question: "A dma-buf exported without DRM_RDWR is mapped for writing.",
  rule: "writable-map-of-read-only-export",
  kernel: refusedWith("EACCES", "a writable map of a read-only dma-buf"),
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf({ rdwr: false });
    const options = { writable: true, via: "dma-buf" } as const;
    const result = tried("mmap", () => mapObject(bench.workspace, dmaBuf, options));
    if ("refused" in result) return result.refused;
    result.done.mapping.unmap();
    return { answer: "allowed", detail: `the dma-buf's file is ${dmaBuf.facts.mode}` };
  },
};
