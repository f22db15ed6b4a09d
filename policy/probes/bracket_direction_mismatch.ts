/**
 * An end in another direction than its begin.
 *
 * @module
 */
import { syncDmaBuf } from "../../drivers/dma_buf.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "bracket-direction-mismatch",
  question: "CPU access to a dma-buf begins for reading and ends for writing.",
  rule: "bracket-direction-mismatch",
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf();
    const { kernel } = bench.workspace;
    syncDmaBuf(kernel, dmaBuf.fd, dmaBuf.name, "begin", "r");
    const result = tried(
      "DMA_BUF_IOCTL_SYNC END",
      () => syncDmaBuf(kernel, dmaBuf.fd, dmaBuf.name, "end", "w"),
    );
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: "nobody compares them" };
  },
};
