/**
 * A sync maintains caches and waits for nobody.
 *
 * @module
 */
import { checkedCall } from "../../drivers/driver.ts";
import { NoDevice } from "../../errors.ts";
import { POLLOUT } from "../../ffi/constants.ts";
import { call } from "../../ffi/call.ts";
import { isError, type PollEntry } from "../../ffi/kernel.ts";
import { KernelRefusal } from "../../errors.ts";
import { vgem as uapi } from "../../ffi/uapi/vgem.ts";
import { importDmaBuf } from "../../workspace/buffers.ts";
import { openDevice } from "../../workspace/devices.ts";
import type { Device, DmaBuf } from "../../workspace/objects.ts";
import { flushOf } from "./_cached_maps.ts";
import { timeText } from "./_time.ts";
import type { Expect, Observed, Probe } from "../probe.ts";
import { type Bench, cannotBeTold, SMALL } from "../probe_bench.ts";

const RETURNS = "it returned while the fence was pending";

const returns: Expect = (seen) => ({
  kept: seen.detail.startsWith(RETURNS),
  wanted: "a sync of the driver waits for no fence",
});

async function vgemOf({ workspace }: Bench): Promise<Device> {
  try {
    return await openDevice(workspace, "vgem");
  } catch (error) {
    if (!(error instanceof NoDevice)) throw error;
    throw cannotBeTold(`no vgem is here to make a buffer busy: ${error.message}`);
  }
}

/** Whether somebody still uses the dma-buf's memory. */
function isBusy({ workspace: { kernel } }: Bench, dmaBuf: DmaBuf): boolean {
  const entry: PollEntry = { fd: dmaBuf.fd, events: POLLOUT, revents: 0 };
  let result = kernel.poll([entry], 0);
  for (let i = 0; i < 100 && isError(result); i++) result = kernel.poll([entry], 0);
  if (isError(result)) throw new KernelRefusal("poll", dmaBuf.name, result);
  return (entry.revents & POLLOUT) === 0;
}

export const probe: Probe = {
  id: "sync-does-not-wait",
  question: "A buffer is synced while a fence on it is pending.",
  kernel: returns,
  threads: returns,
  async run(bench): Promise<Observed> {
    const { device, workspace } = bench;
    const { kernel } = workspace;
    const flush = flushOf(device);
    const buffer = bench.buffer({ cached: true });
    bench.mapped(buffer, { writable: true, via: "node" }, (access) => {
      access.write(0, new Uint8Array(SMALL));
    });
    const dmaBuf = bench.export(buffer);
    const vgem = await vgemOf(bench);
    const { handle } = importDmaBuf(workspace, dmaBuf, vgem);
    // It expires by itself after 10 s, which is how long a sync that waits would take.
    const { out_fence: fence } = checkedCall(vgem, uapi.ioctls.FENCE_ATTACH, {
      handle,
      flags: uapi.constants.VGEM_FENCE_WRITE,
    });
    try {
      if (!isBusy(bench, dmaBuf)) throw cannotBeTold("vgem's fence is not on the dma-buf");
      const start = kernel.now();
      device.driver.sync(device, buffer, flush, [{ offset: 0n, length: 64n }]);
      const ns = Number(kernel.now() - start);
      return {
        answer: "seen",
        detail: isBusy(bench, dmaBuf)
          ? `${RETURNS}, after ${timeText(ns)}`
          : `it returned after ${timeText(ns)}, when the fence was not pending any more`,
        numbers: { sync_ns: ns },
      };
    } finally {
      call(kernel, vgem.fd, uapi.ioctls.FENCE_SIGNAL, { fence });
    }
  },
};
