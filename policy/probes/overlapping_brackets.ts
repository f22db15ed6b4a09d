/**
 * Begin is no lock: several users of one buffer, each with its own bytes, bracket when they like.
 *
 * @module
 */
import { syncDmaBuf } from "../../drivers/dma_buf.ts";
import { allowed } from "./_expect.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "overlapping-brackets",
  question: "CPU access to a dma-buf begins twice before it ends.",
  rule: "cpu-and-device-may-share-a-buffer",
  threads: allowed("a second begin, since begin takes no ownership,"),
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf();
    const { kernel } = bench.workspace;
    const edge = (which: "begin" | "end"): void =>
      syncDmaBuf(kernel, dmaBuf.fd, dmaBuf.name, which, "rw");
    edge("begin");
    const result = tried("DMA_BUF_IOCTL_SYNC START", () => edge("begin"));
    edge("end");
    if ("refused" in result) return result.refused;
    edge("end");
    return { answer: "allowed", detail: "begin takes no ownership" };
  },
};
