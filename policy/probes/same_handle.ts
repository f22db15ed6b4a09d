/**
 * Importing a dma-buf twice gives one handle, which is closed once.
 *
 * @module
 */
import { closeHandle, importDescriptor } from "../../drivers/gem.ts";
import { KernelRefusal } from "../../errors.ts";
import { errno } from "../../ffi/errno.ts";
import { isError } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import type { Observed, Probe } from "../probe.ts";
import { notApplicable } from "../probe_bench.ts";

const ONE = "one handle for both imports, and its second GEM_CLOSE is EINVAL";

export const probe: Probe = {
  id: "same-handle",
  question: "A foreign dma-buf is imported twice, and each import closed.",
  rule: "double-close",
  kernel: (seen) => ({
    kept: seen.detail === ONE,
    wanted: "an open file has one handle for a dma-buf, which one GEM_CLOSE ends",
  }),
  async run(bench): Promise<Observed> {
    const { device } = bench;
    if (device.family.name !== "drm") {
      throw notApplicable(`${device.driver.name} gives each import an address of its own`);
    }
    const dmaBuf = await bench.foreign();
    const { handle: first } = bench.import(dmaBuf);
    const second = importDescriptor(device, dmaBuf.fd);
    const { name } = drm.ioctls.GEM_CLOSE;
    const close = (handle: number): number => {
      const result = closeHandle(device, handle);
      if (!isError(result) || result === -errno.EINVAL) return result;
      throw new KernelRefusal(name, device.name, result);
    };
    const results = [close(second), close(first)];
    const detail = second !== first
      ? `handles ${first} and ${second}`
      : results[0] === 0 && results[1] === -errno.EINVAL
      ? ONE
      : `one handle for both imports, and its second GEM_CLOSE is not refused`;
    return { answer: "seen", detail };
  },
};
