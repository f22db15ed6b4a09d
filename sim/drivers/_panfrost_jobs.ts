/**
 * panfrost's jobs, which do nothing here but keep their buffers busy, and waiting for them
 * (panfrost_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { panfrost as uapi } from "../../ffi/uapi/panfrost.ts";
import { Fence, waitFor } from "../dmabuf/fence.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { type Machine, mostAllocated } from "../machine.ts";
import { copyIn, type UserPointer } from "../user_memory.ts";
import { findBo, type PanfrostBo, type PanfrostDriver } from "./_panfrost_bo.ts";

const { ioctls, constants } = uapi;

/** `count` unsigned 32-bit words of user memory, or -errno. */
function copyWords(
  machine: Machine,
  pointer: UserPointer,
  count: number,
): Uint32Array | number {
  if (count * 4 > mostAllocated(machine)) return -errno.ENOMEM;
  const block = copyIn(pointer, count * 4);
  if (block === null) return -errno.EFAULT;
  const view = new DataView(block.bytes.buffer);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, true));
}

function waitBo(driver: PanfrostDriver): DrmIoctl {
  return drmIoctl(ioctls.WAIT_BO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    const { clock } = driver.machine;
    const waits = args.timeout_ns > clock.now;
    const until = waits ? args.timeout_ns : clock.now;
    const waited = waitFor(clock, bo.reservation.pending("all"), until);
    if (waited === "done") return 0;
    if (waited === "interrupted") return -errno.EINTR;
    return waits ? -errno.ETIMEDOUT : -errno.EBUSY;
  });
}

function submit(driver: PanfrostDriver): DrmIoctl {
  const requirements = constants.PANFROST_JD_REQ_FS |
    (driver.has(3) ? constants.PANFROST_JD_REQ_CYCLE_COUNT : 0);
  return drmIoctl(ioctls.SUBMIT, ANY_NODE, (file, args) => {
    // The fields behind requirements came with job contexts; the newest kernel checks the pad.
    if (driver.has(5) && args.pad !== 0) return -errno.EINVAL;
    if (args.jc === 0n || (args.requirements & ~requirements) !== 0) return -errno.EINVAL;
    const out = args.out_sync > 0 ? file.syncobjs.get(args.out_sync) : null;
    if (out === undefined) return -errno.ENODEV;
    if (driver.has(5) && args.jm_ctx_handle !== 0) return -errno.EINVAL;
    const waits = copyWords(driver.machine, args.in_syncs, args.in_sync_count);
    if (typeof waits === "number") return waits;
    const before: Fence[] = [];
    for (const handle of waits) {
      const fence = file.syncobjs.get(handle)?.fence;
      if (fence === undefined) return -errno.ENOENT;
      if (fence === null) return -errno.EINVAL;
      before.push(fence);
    }
    const handles = copyWords(driver.machine, args.bo_handles, args.bo_handle_count);
    if (typeof handles === "number") return handles;
    const bos: PanfrostBo[] = [];
    for (const handle of handles) {
      const bo = findBo(file, handle);
      if (bo === null) return -errno.ENOENT;
      bos.push(bo);
    }
    const { clock } = driver.machine;
    for (const bo of bos) before.push(...bo.reservation.pending("all"));
    // The job starts when everything that it waits for is done; what never ends counts as ended.
    const start = before.reduce(
      (latest, { signalled, deadline }) =>
        !signalled && deadline !== null && deadline > latest ? deadline : latest,
      clock.now,
    );
    const fence = new Fence(clock, start + driver.jobNanoseconds);
    for (const bo of bos) bo.reservation.add(fence, "write");
    if (out !== null) out.fence = fence;
    return 0;
  });
}

/** The calls on jobs. */
export function jobIoctls(driver: PanfrostDriver): DrmIoctl[] {
  return [submit(driver), waitBo(driver)];
}
