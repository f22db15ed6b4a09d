/**
 * panfrost: Mali Midgard and Bifrost with a job manager.
 * Sources: drivers/gpu/drm/panfrost/panfrost_drv.c, panfrost_gem.c, include/uapi/drm/panfrost_drm.h.
 *
 * @module
 */
import { NotSupported, UsageError } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { encodeArray } from "../ffi/struct.ts";
import { panfrost as uapi } from "../ffi/uapi/panfrost.ts";
import { formatRange, type Range } from "../syntax/range.ts";
import {
  askedOnce,
  type BufferFacts,
  checkedCall,
  type Coherency,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  isIdle,
  noDumbBuffers,
  type OpenDevice,
  type QueriedBuffer,
  type SyncPlan,
  untold,
  versionAtLeast,
} from "./driver.ts";
import { flagNamesOf, flagWord } from "./flags.ts";
import { maliSyncOps, maliSyncType, planMaliSync, rawMaliSyncs } from "./mali_sync.ts";

const NOEXEC = uapi.constants.PANFROST_BO_NOEXEC;
const HEAP = uapi.constants.PANFROST_BO_HEAP;
const WB_MMAP = uapi.constants.PANFROST_BO_WB_MMAP;
const flagNames = { noexec: NOEXEC, heap: HEAP, "wb-mmap": WB_MMAP };
/** Heap buffers grow by chunks of this many bytes, and their size is rounded to it. */
const HEAP_CHUNK = 2 << 20;

/** WB_MMAP, SYNC_BO, QUERY_BO_INFO and SELECTED_COHERENCY came with 1.6. */
function hasCachedMaps(device: OpenDevice): boolean {
  return versionAtLeast(device.version, 1, 6);
}

function versionText(device: OpenDevice): string {
  return `${device.version.major}.${device.version.minor}`;
}

function readCoherency(device: OpenDevice): Coherency {
  if (!hasCachedMaps(device)) return "unknown";
  const { result, values } = call(device.kernel, device.fd, uapi.ioctls.GET_PARAM, {
    param: uapi.constants.DRM_PANFROST_PARAM_SELECTED_COHERENCY,
  });
  if (isError(result)) return untold(device, uapi.ioctls.GET_PARAM, result);
  if (values.value === 31n) return "non-coherent"; // PANFROST_GPU_COHERENCY_NONE
  return values.value === 1n ? "coherent" : "io-coherent"; // ACE, ACE_LITE
}

function coherency(device: OpenDevice): Coherency {
  return askedOnce(device, () => readCoherency(device));
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("panfrost");
  if (request.private) {
    throw new NotSupported(
      "--private: panfrost has no notion of a private buffer",
      "Every panfrost buffer can be exported; panthor and xe have private ones.",
    );
  }
  if (request.noMmap) {
    throw new NotSupported("--no-mmap: every panfrost buffer but a heap can be mapped");
  }
  if (request.size > 0xffff_ffffn) {
    throw new UsageError(`--size: ${request.size} does not fit panfrost's 32-bit size field`);
  }
  const flags = flagWord(panfrost, request.flags) | (request.cached ? WB_MMAP : 0);
  const made = checkedCall(
    device,
    uapi.ioctls.CREATE_BO,
    { size: Number(request.size), flags },
    (code) => {
      if (code !== errno.EINVAL) return undefined;
      if (request.size === 0n) return "a size of 0 is not a buffer";
      if ((flags & WB_MMAP) !== 0 && !hasCachedMaps(device)) {
        return `WB_MMAP needs panfrost 1.6, this is ${versionText(device)}`;
      }
      if ((flags & HEAP) !== 0 && (flags & NOEXEC) === 0) return "HEAP needs NOEXEC";
      if ((flags & HEAP) !== 0 && (flags & WB_MMAP) !== 0) {
        return "HEAP and WB_MMAP exclude each other";
      }
      return (flags & ~(NOEXEC | HEAP | WB_MMAP)) !== 0 ? "unknown flag bits" : undefined;
    },
  );
  const coherent = coherency(device);
  const cached = (flags & WB_MMAP) !== 0 || coherent === "io-coherent" || coherent === "coherent";
  const unit = (flags & HEAP) !== 0 ? HEAP_CHUNK : device.kernel.identity.pageSize;
  return {
    handle: made.handle,
    // CREATE_BO does not write the rounded size back: drm_gem_shmem_create() rounds to pages.
    size: Math.ceil(Number(request.size) / unit) * unit,
    flagWord: flags,
    caching: cached ? "write-back" : hasCachedMaps(device) ? "write-combined" : "unknown",
    private: false,
    ...((flags & HEAP) === 0 ? {} : { unmapped: { by: "HEAP", dmaBuf: true } }),
  };
}

function mmapOffset(device: OpenDevice, handle: number): bigint {
  return checkedCall(
    device,
    uapi.ioctls.MMAP_BO,
    { handle },
    (code) =>
      code === errno.EINVAL ? "a heap buffer is mapped through its dma-buf alone" : undefined,
  ).offset;
}

function sync(
  device: OpenDevice,
  buffer: BufferFacts,
  plan: SyncPlan,
  ranges: readonly Range[],
): void {
  const wide = ranges.find(({ offset, length }) => offset > 0xffff_ffffn || length > 0xffff_ffffn);
  if (wide !== undefined) {
    throw new UsageError(`--range: ${formatRange(wide)} does not fit SYNC_BO's 32-bit fields`);
  }
  const ops = encodeArray(
    uapi.structs.drm_panfrost_bo_sync_op,
    ranges.map(({ offset, length }) => ({
      handle: buffer.handle,
      type: maliSyncType(plan),
      offset: Number(offset),
      size: Number(length),
    })),
  );
  checkedCall(device, uapi.ioctls.SYNC_BO, { ops, op_count: ranges.length }, (code) => {
    if (code !== errno.EINVAL) return undefined;
    if (!hasCachedMaps(device)) return `SYNC_BO needs panfrost 1.6, this is ${versionText(device)}`;
    if (buffer.imported) return "SYNC_BO refuses imports: sync the dma-buf instead";
    const outside = ranges.find(({ offset, length }) => offset + length > BigInt(buffer.size));
    return outside === undefined
      ? undefined
      : `the range ends beyond the buffer's ${buffer.size} bytes`;
  });
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  if (!hasCachedMaps(device)) return {};
  const info = checkedCall(device, uapi.ioctls.QUERY_BO_INFO, { handle });
  return {
    imported: (info.extra_flags & uapi.constants.DRM_PANFROST_BO_IS_IMPORTED) !== 0,
    createFlags: { raw: info.create_flags, names: flagNamesOf(flagNames, info.create_flags) },
  };
}

/** WAIT_BO with an absolute time-out: EBUSY when it had passed already, ETIMEDOUT when it passed. */
function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const timeout_ns = device.kernel.now() + sliceNs;
  return isIdle(device, uapi.ioctls.WAIT_BO, { handle, timeout_ns }, [
    errno.EBUSY,
    errno.ETIMEDOUT,
  ]);
}

export const panfrost: Driver = {
  name: "panfrost",
  calls: {
    create: uapi.ioctls.CREATE_BO.name,
    sync: uapi.ioctls.SYNC_BO.name,
    mapOffset: uapi.ioctls.MMAP_BO.name,
  },
  summary: "Mali with job manager: cached maps and exact-range SYNC_BO from 1.6, heaps",
  flagNames,
  cachedSince: [1, 6],
  node: "render",
  coherency,
  create,
  mmapOffset,
  syncForms: { forDevice: "flush", forCpu: "flush-invalidate" },
  syncOps: maliSyncOps,
  plan: (device, buffer, intent) => planMaliSync(buffer, coherency(device), intent),
  sync,
  rawSyncs: rawMaliSyncs,
  wait: { by: uapi.ioctls.WAIT_BO.name, ask },
  query,
};
