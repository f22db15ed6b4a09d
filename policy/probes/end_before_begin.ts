/**
 * An end of CPU access that no begin came before.
 *
 * @module
 */
import { syncDmaBuf } from "../../drivers/dma_buf.ts";
import { refusal } from "./_expect.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

export const probe: Probe = {
  id: "end-before-begin",
  question: "CPU access to a new dma-buf ends before it began.",
  rule: "end-without-begin",
  // udmabuf keeps what begin made; nobody else looks.
  kernel: (seen, { kind }) =>
    kind === "udmabuf" ? refusal(seen, "EINVAL", "an end before the first begin") : undefined,
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf();
    const result = tried(
      "DMA_BUF_IOCTL_SYNC END",
      () => syncDmaBuf(bench.workspace.kernel, dmaBuf.fd, dmaBuf.name, "end", "rw"),
    );
    return "refused" in result
      ? result.refused
      : { answer: "allowed", detail: "nobody keeps count" };
  },
};
