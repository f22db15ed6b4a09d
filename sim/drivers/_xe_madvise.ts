/**
 * xe's MADVISE (xe_vm_madvise.c): what of an address space its user does not need. Other advice than
 * that is not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { xe as uapi } from "../../ffi/uapi/xe.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { copyIn, copyOut, isNull } from "../user_memory.ts";
import type { XeDriver } from "./_xe_bo.ts";
import { isRange, uncanonical } from "./_xe_vm.ts";

const { constants, ioctls } = uapi;
const PURGEABLE = constants.DRM_XE_VMA_ATTR_PURGEABLE_STATE;
const DONTNEED = constants.DRM_XE_VMA_PURGEABLE_STATE_DONTNEED;
const PAGE = 4096n;

/** xe_vm_madvise_ioctl(). */
export function madvise(driver: XeDriver): DrmIoctl {
  return drmIoctl(ioctls.MADVISE, ANY_NODE, (file, args) => {
    const vm = driver.vms.get(file, args.vm_id);
    if (vm === null) return -errno.EINVAL;
    const { range, type } = args;
    if ((args.start | range) % PAGE !== 0n || range < PAGE || type > PURGEABLE) {
      return -errno.EINVAL;
    }
    const { val = 0, pad = 0, retained_ptr: retained = 0n } = args._anonymous.purge_state_val ?? {};
    const isAdvice = type !== PURGEABLE || val <= DONTNEED && pad === 0;
    if (!isAdvice || args.reserved.some((value) => value !== 0n)) return -errno.EINVAL;
    if (type !== PURGEABLE) return -errno.EOPNOTSUPP; // not simulated
    if (!isNull(retained)) {
      const told = copyIn(retained, 4);
      if (told === null) return -errno.EFAULT;
      if (told.bytes.some((byte) => byte !== 0)) return -errno.EINVAL;
    }
    const start = uncanonical(args.start);
    if (!isRange(start, range)) return -errno.EINVAL;
    let lost = false;
    // Whole: __drm_gpuvm_sm_map() splits nothing for it that has a buffer.
    for (const vma of vm.within(start, start + range)) {
      if (vma.bo.shared) continue;
      if (vma.bo.purgeState === "purged") lost = true;
      else {
        vma.dontNeed = val === DONTNEED;
        vma.bo.recomputePurgeable();
      }
    }
    const answer = new Uint8Array([lost ? 0 : 1, 0, 0, 0]);
    return isNull(retained) || copyOut(retained, answer) ? 0 : -errno.EFAULT;
  });
}
