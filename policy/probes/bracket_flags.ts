/**
 * What DMA_BUF_IOCTL_SYNC has to be told: a direction, and nothing that it does not know.
 *
 * @module
 */
import { KernelRefusal } from "../../errors.ts";
import { call } from "../../ffi/call.ts";
import { isError } from "../../ffi/kernel.ts";
import { dmaBuf as uapi } from "../../ffi/uapi/dma_buf.ts";
import { refusedWith } from "./_expect.ts";
import type { Observed, Probe } from "../probe.ts";
import { tried } from "../probe_bench.ts";

const wrong: Readonly<Record<string, bigint>> = {
  "begin without a direction": 0n,
  "end without a direction": 4n,
  "bit 3": 9n,
  "bit 63": (1n << 63n) | 1n,
};

export const probe: Probe = {
  id: "bracket-flags",
  question: "DMA_BUF_IOCTL_SYNC gets no direction, or bits that it does not have.",
  kernel: refusedWith("EINVAL", "a sync of a dma-buf without a direction or with unknown bits"),
  run(bench): Observed {
    const dmaBuf = bench.dmaBuf();
    const { kernel } = bench.workspace;
    const { SYNC } = uapi.ioctls;
    for (const [what, flags] of Object.entries(wrong)) {
      const result = tried(SYNC.name, () => {
        const answer = call(kernel, dmaBuf.fd, SYNC, { flags });
        if (isError(answer.result)) throw new KernelRefusal(SYNC.name, dmaBuf.name, answer.result);
      });
      if ("done" in result) return { answer: "allowed", detail: what };
      if (result.refused.errno !== "EINVAL") {
        return { ...result.refused, detail: `${SYNC.name}: ${what}` };
      }
    }
    const detail = `${SYNC.name}: ${Object.keys(wrong).join("; ")}`;
    return { answer: "refused", errno: "EINVAL", detail };
  },
};
