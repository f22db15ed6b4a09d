/**
 * vc4's buffers and the calls on them (vc4_bo.c, vc4_gem.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { vc4 as uapi } from "../../ffi/uapi/vc4.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { Fence, waitFor } from "../dmabuf/fence.ts";
import type { DrmDevice } from "../drm/device.ts";
import { createDma, DmaObject, isForWriting } from "../drm/dma.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import type { OpenFile } from "../file.ts";
import { atLeast } from "../release.ts";
import { copyIn, copyString } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import { checkShader } from "./_vc4_shader.ts";

const { ioctls, constants } = uapi;
const WILLNEED = constants.VC4_MADV_WILLNEED;
const DONTNEED = constants.VC4_MADV_DONTNEED;
const LINEAR = 0n;
/** DRM_FORMAT_MOD_BROADCOM_VC4_T_TILED. */
const T_TILED = 0x0700_0000_0000_0001n;
const FOREVER = 0xffff_ffff_ffff_ffffn;

/** What the parts of the driver know of the device. */
export interface Vc4Driver extends DrmDevice {
  /** vc4_v3d_bin_bo_get(): the binner's memory is there for an open file; 0 or -errno. */
  takeBinner(file: DrmFile): number;
}

/** A vc4 buffer object. */
export class Vc4Bo extends DmaObject {
  /** What madvise was told. */
  madvice: number = WILLNEED;
  isShader = false;
  isTiled = false;
  /** It was exported once, which keeps its memory for good. */
  #exported = false;

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (this.isShader && isForWriting(request)) return -errno.EINVAL;
    if (this.madvice !== WILLNEED) return -errno.EINVAL;
    // A shader's mapping never gets writable later: VM_MAYWRITE is taken away.
    return super.mmap(this.isShader ? { ...request, mayWrite: false } : request, holder);
  }

  override exportDmaBuf(flags: number): DmaBuf | number {
    if (this.isShader) return -errno.EINVAL;
    // vc4_bo_inc_usecnt(): what was exported before is in use, whatever madvise was told since.
    if (!this.#exported && this.madvice !== WILLNEED) return -errno.EINVAL;
    this.#exported = true;
    return super.exportDmaBuf(flags);
  }
}

/** A buffer of vc4's, imported or its own. */
export function newVc4Bo(
  driver: DrmDevice,
  bytes: number,
  attachment: Attachment | null = null,
): Vc4Bo {
  return new Vc4Bo(driver, bytes, attachment);
}

/** vc4_bo_create(): rounded to pages, EINVAL for none. */
export function createVc4Bo(driver: DrmDevice, bytes: number): Vc4Bo | number {
  if (bytes === 0) return -errno.EINVAL;
  return createDma(driver, bytes, (aligned) => newVc4Bo(driver, aligned));
}

function findBo(file: DrmFile, handle: number): Vc4Bo | null {
  const object = file.lookup(handle);
  return object instanceof Vc4Bo ? object : null;
}

/** The handle of a new buffer, which keeps it, or -errno. */
function handleOf(file: DrmFile, bo: Vc4Bo): number {
  const handle = file.createHandle(bo);
  bo.put();
  return handle;
}

function createBo(driver: Vc4Driver): DrmIoctl {
  return drmIoctl(ioctls.CREATE_BO, ANY_NODE, (file, args) => {
    const binner = driver.takeBinner(file);
    if (binner < 0) return binner;
    const bo = createVc4Bo(driver, args.size);
    if (typeof bo === "number") return bo;
    const handle = handleOf(file, bo);
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function createShaderBo(driver: Vc4Driver): DrmIoctl {
  return drmIoctl(ioctls.CREATE_SHADER_BO, ANY_NODE, (file, args) => {
    if (args.size === 0 || args.size % 8 !== 0) return -errno.EINVAL;
    if (args.flags !== 0 || args.pad !== 0) return -errno.EINVAL;
    const binner = driver.takeBinner(file);
    if (binner < 0) return binner;
    const bo = createVc4Bo(driver, args.size);
    if (typeof bo === "number") return bo;
    const program = copyIn(args.data, args.size);
    const checked = program === null ? -errno.EFAULT : checkShader(program.bytes);
    if (program === null || checked < 0) {
      bo.put();
      return checked;
    }
    bo.memory.writeCpu("write-combined", 0, program.bytes);
    bo.isShader = true;
    const handle = handleOf(file, bo);
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function mmapBo(): DrmIoctl {
  return drmIoctl(ioctls.MMAP_BO, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.EINVAL;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

function madvise(): DrmIoctl {
  return drmIoctl(ioctls.GEM_MADVISE, ANY_NODE, (file, args) => {
    if (args.madv !== WILLNEED && args.madv !== DONTNEED) return -errno.EINVAL;
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    if (bo.imported) return -errno.EINVAL;
    // Nothing is ever short of memory here, so what may be dropped is kept.
    bo.madvice = args.madv;
    args.retained = 1;
    return 0;
  });
}

/** Waits for what vc4 has under way, of which there is nothing: -ETIME where it has to be waited for. */
function waitForJob(driver: DrmDevice, timeout: bigint): number {
  const { clock } = driver.machine;
  const until = timeout === FOREVER ? null : clock.now + timeout;
  const waited = waitFor(clock, [new Fence(clock, null)], until);
  return waited === "timeout" ? -errno.ETIME : -errno.EINTR;
}

function waitSeqno(driver: Vc4Driver): DrmIoctl {
  return drmIoctl(ioctls.WAIT_SEQNO, ANY_NODE, (_file, { seqno, timeout_ns }) =>
    // No job has been finished.
    seqno === 0n ? 0 : waitForJob(driver, timeout_ns));
}

function waitBo(driver: Vc4Driver): DrmIoctl {
  const { clock, release } = driver.machine;
  const seesFences = atLeast(release, 6, 16);
  return drmIoctl(ioctls.WAIT_BO, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.EINVAL;
    // Before, it waited for vc4's own last job on the buffer alone, by its number.
    if (!seesFences) return 0;
    const start = clock.now;
    const until = args.timeout_ns === FOREVER ? null : start + args.timeout_ns;
    const waited = waitFor(clock, bo.reservation.pending("all"), until);
    const passed = clock.now - start;
    args.timeout_ns = passed < args.timeout_ns ? args.timeout_ns - passed : 0n;
    if (waited === "done") return 0;
    return waited === "timeout" ? -errno.ETIME : -errno.EINTR;
  });
}

function setTiling(): DrmIoctl {
  return drmIoctl(ioctls.SET_TILING, ANY_NODE, (file, { handle, flags, modifier }) => {
    if (flags !== 0 || (modifier !== LINEAR && modifier !== T_TILED)) return -errno.EINVAL;
    const bo = findBo(file, handle);
    if (bo === null) return -errno.ENOENT;
    bo.isTiled = modifier === T_TILED;
    return 0;
  });
}

function getTiling(): DrmIoctl {
  return drmIoctl(ioctls.GET_TILING, ANY_NODE, (file, args) => {
    if (args.flags !== 0 || args.modifier !== 0n) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    args.modifier = bo.isTiled ? T_TILED : LINEAR;
    return 0;
  });
}

function labelBo(): DrmIoctl {
  return drmIoctl(ioctls.LABEL_BO, ANY_NODE, (file, { handle, len, name }) => {
    if (len === 0) return -errno.EINVAL;
    const label = copyString(name, len + 1);
    if (typeof label === "number") return label;
    return findBo(file, handle) === null ? -errno.ENOENT : 0;
  });
}

/** The calls on buffers. */
export function boIoctls(driver: Vc4Driver): DrmIoctl[] {
  return [
    createBo(driver),
    createShaderBo(driver),
    mmapBo(),
    madvise(),
    waitSeqno(driver),
    waitBo(driver),
    setTiling(),
    getTiling(),
    labelBo(),
  ];
}
