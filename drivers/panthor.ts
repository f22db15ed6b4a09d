/**
 * panthor: Mali with a command stream frontend (Valhall v10 and later).
 * Sources: drivers/gpu/drm/panthor/panthor_drv.c, panthor_gem.c, include/uapi/drm/panthor_drm.h.
 *
 * @module
 */
import { call, retriedIoctl } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { decode, encode, encodeArray } from "../ffi/struct.ts";
import { panthor as uapi } from "../ffi/uapi/panthor.ts";
import {
  askedOnce,
  type BufferFacts,
  checkedCall,
  type Coherency,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  noDumbBuffers,
  type OpenDevice,
  type QueriedBuffer,
  type SyncPlan,
  untold,
  versionAtLeast,
} from "./driver.ts";
import { flagNamesOf, flagWord } from "./flags.ts";
import { maliSyncOps, maliSyncType, planMaliSync, rawMaliSyncs } from "./mali_sync.ts";
import type { Range } from "../syntax/range.ts";

const NO_MMAP = uapi.constants.DRM_PANTHOR_BO_NO_MMAP;
const WB_MMAP = uapi.constants.DRM_PANTHOR_BO_WB_MMAP;
const flagNames = { "no-mmap": NO_MMAP, "wb-mmap": WB_MMAP };
const VM = "exclusive-vm";

/** WB_MMAP, BO_SYNC and BO_QUERY_INFO came with 1.7. */
function hasCachedMaps(device: OpenDevice): boolean {
  return versionAtLeast(device.version, 1, 7);
}

function versionText(device: OpenDevice): string {
  return `${device.version.major}.${device.version.minor}`;
}

/**
 * gpu_info.selected_coherency. The field was a pad before 1.7, where 0 would read as ACE_LITE.
 * `size` is what user space has room for; the kernel copies no more than it knows.
 */
function readCoherency(device: OpenDevice): Coherency {
  if (!hasCachedMaps(device)) return "unknown";
  const info = { bytes: new Uint8Array(uapi.structs.drm_panthor_gpu_info.size) };
  const query = uapi.ioctls.DEV_QUERY;
  const argument = encode(query.struct, {
    type: uapi.constants.DRM_PANTHOR_DEV_QUERY_GPU_INFO,
    size: info.bytes.length,
    pointer: info,
  });
  const result = retriedIoctl(device.kernel, device.fd, query.code, argument);
  if (isError(result)) return untold(device, query, result);
  const selected = decode(uapi.structs.drm_panthor_gpu_info, info).selected_coherency;
  if (selected === uapi.constants.DRM_PANTHOR_GPU_COHERENCY_NONE) return "non-coherent";
  return selected === uapi.constants.DRM_PANTHOR_GPU_COHERENCY_ACE ? "coherent" : "io-coherent";
}

function coherency(device: OpenDevice): Coherency {
  return askedOnce(device, () => readCoherency(device));
}

/** One VM per open file, made when the first private buffer is, destroyed last. */
function exclusiveVm(device: OpenDevice): number {
  const existing = device.scratch.get(VM);
  if (existing !== undefined) return existing;
  const { id } = checkedCall(device, uapi.ioctls.VM_CREATE, {});
  device.scratch.set(VM, id);
  return id;
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("panthor");
  const flags = flagWord(panthor, request.flags) |
    (request.cached ? WB_MMAP : 0) |
    (request.noMmap ? NO_MMAP : 0);
  const vm = request.private ? exclusiveVm(device) : 0;
  const made = checkedCall(
    device,
    uapi.ioctls.BO_CREATE,
    { size: request.size, flags, exclusive_vm_id: vm },
    (code) => {
      if (code !== errno.EINVAL) return undefined;
      if (request.size === 0n) return "a size of 0 is not a buffer";
      if ((flags & WB_MMAP) !== 0 && !hasCachedMaps(device)) {
        return `WB_MMAP needs panthor 1.7, this is ${versionText(device)}`;
      }
      if ((flags & NO_MMAP) !== 0 && (flags & WB_MMAP) !== 0) {
        return "NO_MMAP and WB_MMAP exclude each other";
      }
      return (flags & ~(NO_MMAP | WB_MMAP)) !== 0 ? "unknown flag bits" : undefined;
    },
  );
  const coherent = coherency(device);
  const cached = (flags & WB_MMAP) !== 0 || coherent === "io-coherent" || coherent === "coherent";
  return {
    handle: made.handle,
    size: Number(made.size),
    flagWord: flags,
    caching: cached ? "write-back" : hasCachedMaps(device) ? "write-combined" : "unknown",
    private: request.private,
    // Where the offset is refused, the dma-buf is not; 6.12 gave an offset and refused both maps.
    ...((flags & NO_MMAP) === 0
      ? {}
      : { unmapped: { by: "NO_MMAP", dmaBuf: hasCachedMaps(device) } }),
  };
}

function mmapOffset(device: OpenDevice, handle: number): bigint {
  return checkedCall(
    device,
    uapi.ioctls.BO_MMAP_OFFSET,
    { handle },
    (code) =>
      code === errno.EPERM
        ? "the buffer was created with NO_MMAP: its dma-buf can be mapped"
        : undefined,
  ).offset;
}

function sync(
  device: OpenDevice,
  buffer: BufferFacts,
  plan: SyncPlan,
  ranges: readonly Range[],
): void {
  const op = uapi.structs.drm_panthor_bo_sync_op;
  const array = encodeArray(
    op,
    ranges.map(({ offset, length }) => ({
      handle: buffer.handle,
      type: maliSyncType(plan),
      offset,
      size: length,
    })),
  );
  checkedCall(
    device,
    uapi.ioctls.BO_SYNC,
    { ops: { stride: op.size, count: ranges.length, array } },
    (code) => {
      if (code !== errno.EINVAL) return undefined;
      if (!hasCachedMaps(device)) {
        return `BO_SYNC needs panthor 1.7, this is ${versionText(device)}`;
      }
      if (buffer.imported) return "BO_SYNC refuses imports: sync the dma-buf instead";
      const outside = ranges.find(({ offset, length }) => offset + length > BigInt(buffer.size));
      return outside === undefined
        ? undefined
        : `the range ends beyond the buffer's ${buffer.size} bytes`;
    },
  );
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  if (!hasCachedMaps(device)) return {};
  const info = checkedCall(device, uapi.ioctls.BO_QUERY_INFO, { handle });
  return {
    imported: (info.extra_flags & uapi.constants.DRM_PANTHOR_BO_IS_IMPORTED) !== 0,
    createFlags: { raw: info.create_flags, names: flagNamesOf(flagNames, info.create_flags) },
  };
}

export const panthor: Driver = {
  name: "panthor",
  calls: {
    create: uapi.ioctls.BO_CREATE.name,
    sync: uapi.ioctls.BO_SYNC.name,
    mapOffset: uapi.ioctls.BO_MMAP_OFFSET.name,
  },
  summary: "Mali with CSF: cached maps and exact-range BO_SYNC from 1.7, private buffers",
  flagNames,
  cachedSince: [1, 7],
  node: "render",
  // tyr, the Rust driver, calls itself panthor too, reports 1.5 and implements DEV_QUERY only:
  // BO_MMAP_OFFSET of handle 0 is ENOENT on panthor, EINVAL where the ioctl does not exist.
  fits: (device) =>
    call(device.kernel, device.fd, uapi.ioctls.BO_MMAP_OFFSET, {}).result !== -errno.EINVAL,
  coherency,
  create,
  mmapOffset,
  syncForms: { forDevice: "flush", forCpu: "flush-invalidate" },
  syncOps: maliSyncOps,
  plan: (device, buffer, intent) => planMaliSync(buffer, coherency(device), intent),
  sync,
  rawSyncs: rawMaliSyncs,
  query,
  release: (device) => {
    const id = device.scratch.get(VM);
    if (id === undefined) return;
    device.scratch.delete(VM);
    // The file closes next and takes the VM with it: an error here changes nothing.
    call(device.kernel, device.fd, uapi.ioctls.VM_DESTROY, { id });
  },
  exportRefusal: (code, buffer) =>
    code === errno.EINVAL && buffer.private
      ? "a private buffer (exclusive VM) cannot be exported"
      : undefined,
};
