/**
 * msm: Adreno GPUs and Snapdragon displays.
 * Sources: drivers/gpu/drm/msm/msm_drv.c, msm_gem.c, msm_gem_prime.c, include/uapi/drm/msm_drm.h.
 *
 * @module
 */
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { msm as uapi } from "../ffi/uapi/msm.ts";
import { nothingToSync, opWithoutCaches, timespecOf } from "./_prep_fini.ts";
import { boundCoherency, dmaCoherency } from "./dma_coherency.ts";
import {
  type BufferFacts,
  checkedCall,
  type Coherency,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  inPages,
  isIdle,
  type OpenDevice,
  type QueriedBuffer,
  type SyncPlan,
  versionAtLeast,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagNamesOf, flagWord } from "./flags.ts";
import { closeHandle } from "./gem.ts";

const { constants, ioctls } = uapi;
const CACHE_MASK = constants.MSM_BO_CACHE_MASK;
const CACHED = constants.MSM_BO_CACHED;
const WC = constants.MSM_BO_WC;
const CACHED_COHERENT = constants.MSM_BO_CACHED_COHERENT;
const NO_SHARE = constants.MSM_BO_NO_SHARE;
const READ = constants.MSM_PREP_READ;
const WRITE = constants.MSM_PREP_WRITE;
const NOSYNC = constants.MSM_PREP_NOSYNC;
/** Before 1.13 the kernel takes the size as 32 bits, and rounds it up in them. */
const LARGEST_OLD = 0xffff_f000n;
const flagNames = {
  scanout: constants.MSM_BO_SCANOUT,
  "gpu-readonly": constants.MSM_BO_GPU_READONLY,
  "no-share": NO_SHARE,
  cached: CACHED,
  wc: WC,
  uncached: constants.MSM_BO_UNCACHED,
  "cached-coherent": CACHED_COHERENT,
};

const why =
  "CPU_PREP waits and CPU_FINI does nothing: msm leaves the CPU's caches to user space, " +
  "which cleans them itself or asks for write-combined buffers";
const prep = {
  op: "prep",
  effect: "wait",
  granularity: "range",
  waits: true,
  why,
} as const satisfies SyncPlan;
const fini = { op: "fini", effect: "none", granularity: "range", why } as const satisfies SyncPlan;

/** Where `scratch` has the buffers whose lines the GPU snoops. */
function snooped(handle: number): string {
  return `snooped ${handle}`;
}
/** Where `scratch` has that the open file has an address space. */
const SPACE = "address space";

function hasSpaces(device: OpenDevice): boolean {
  return versionAtLeast(device.version, 1, 13);
}

/** Of the node's device, or, where it was made to gather others, of the GPU. */
function coherency(device: OpenDevice): Coherency {
  const own = dmaCoherency(device);
  return own === "unknown" ? boundCoherency(device, "adreno") : own;
}

/**
 * An address space for the open file, which the kernel makes as an address in it is asked for: of
 * NO_SHARE it takes for granted that there is one, and oopses (msm_gem_new_handle()).
 */
function ensureSpace(device: OpenDevice): void {
  if (device.scratch.has(SPACE)) return;
  const size = BigInt(device.kernel.identity.pageSize);
  const { handle } = checkedCall(device, ioctls.GEM_NEW, { size, flags: WC });
  const { result } = call(device.kernel, device.fd, ioctls.GEM_INFO, {
    handle,
    info: constants.MSM_INFO_GET_IOVA,
  });
  closeHandle(device, handle);
  if (isError(result)) {
    throw new NotSupported(
      "--private: msm keeps a private buffer in the GPU's address space of its open file, and no " +
        "GPU could be started",
      "Its firmware may be missing: see the kernel's log. boctl does not ask, for the kernel would oops.",
    );
  }
  device.scratch.set(SPACE, 1);
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  // msm_gem_dumb_create() asks for WC.
  if (request.dumb !== undefined) {
    return { ...dumb.create(device, request), caching: "write-combined" };
  }
  if (request.noMmap) throw new NotSupported("--no-mmap: every msm buffer can be mapped");
  if (!hasSpaces(device) && request.size > LARGEST_OLD) {
    throw new UsageError(`--size: ${request.size} does not fit the 32 bits that msm looks at`, {
      hint: "The kernel would cut the size short without a word. msm 1.13 takes 64 bits.",
    });
  }
  const named = flagWord(msm, request.flags) |
    (request.cached ? CACHED : 0) |
    (request.private ? NO_SHARE : 0);
  const flags = (named & CACHE_MASK) === 0 ? named | WC : named;
  if ((flags & NO_SHARE) !== 0 && hasSpaces(device)) ensureSpace(device);
  const made = checkedCall(device, ioctls.GEM_NEW, { size: request.size, flags }, (code) => {
    if (code !== errno.EINVAL) return undefined;
    if (request.size === 0n) return "a size of 0 is not a buffer";
    if ((flags & NO_SHARE) !== 0 && !hasSpaces(device)) {
      return `NO_SHARE needs msm 1.13, this is ${device.version.major}.${device.version.minor}`;
    }
    if ((flags & CACHE_MASK) === CACHED_COHERENT) return "the GPU has no CACHED_COHERENT";
    return "exactly one of CACHED, WC and CACHED_COHERENT is wanted, and no unknown flag bits";
  });
  // A handle may be one that another buffer had.
  if ((flags & CACHED_COHERENT) !== 0) device.scratch.set(snooped(made.handle), 1);
  else device.scratch.delete(snooped(made.handle));
  return {
    handle: made.handle,
    size: inPages(device, request.size),
    flagWord: flags,
    caching: (flags & WC) !== 0 ? "write-combined" : "write-back",
    private: (flags & NO_SHARE) !== 0,
  };
}

function plan(
  device: OpenDevice,
  buffer: BufferFacts,
  intent: { for: "device" | "cpu" },
): SyncPlan {
  const none = nothingToSync(buffer, coherency(device));
  if (none !== undefined) return none;
  if (device.scratch.has(snooped(buffer.handle))) {
    return {
      op: "none",
      effect: "none",
      granularity: "range",
      why: "the buffer is CACHED_COHERENT: the GPU snoops the CPU's caches for it",
    };
  }
  return intent.for === "device" ? fini : prep;
}

function sync(device: OpenDevice, { handle }: BufferFacts, { op }: SyncPlan): void {
  if (op === fini.op) checkedCall(device, ioctls.GEM_CPU_FINI, { handle });
  // Who calls has waited.
  else checkedCall(device, ioctls.GEM_CPU_PREP, { handle, op: READ | WRITE | NOSYNC });
}

function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const timeout = timespecOf(device.kernel.now() + sliceNs);
  const values = { handle, op: WRITE, timeout };
  return isIdle(device, ioctls.GEM_CPU_PREP, values, [errno.EBUSY, errno.ETIMEDOUT]);
}

/** GET_FLAGS refuses imports, which is how they are told. */
function query(device: OpenDevice, handle: number): QueriedBuffer {
  const info = constants.MSM_INFO_GET_FLAGS;
  const { result, values } = call(device.kernel, device.fd, ioctls.GEM_INFO, { handle, info });
  // The call is younger than 6.1, and VERSION does not tell since when: 1.12 (Linux 6.12) has it.
  if (result === -errno.EINVAL) {
    return versionAtLeast(device.version, 1, 12) ? { imported: true } : {};
  }
  if (isError(result)) throw new KernelRefusal(ioctls.GEM_INFO.name, device.name, result);
  const raw = Number(values.value);
  return { imported: false, createFlags: { raw, names: flagNamesOf(flagNames, raw) } };
}

export const msm: Driver = {
  name: "msm",
  calls: {
    create: ioctls.GEM_NEW.name,
    mapOffset: ioctls.GEM_INFO.name,
  },
  summary: "Adreno and Snapdragon: cached and write-combined maps, private buffers; no cache call",
  flagNames,
  cachedSince: [1, 0],
  node: "render",
  coherency,
  create,
  mmapOffset: (device, handle) =>
    checkedCall(device, ioctls.GEM_INFO, { handle, info: constants.MSM_INFO_GET_OFFSET }).value,
  syncOps: { [prep.op]: prep, [fini.op]: fini },
  planOp: (device, buffer, op) => opWithoutCaches(op, buffer, coherency(device)),
  syncForms: { forDevice: "fini (no cache work)", forCpu: "prep (waits)" },
  plan,
  sync,
  wait: { by: ioctls.GEM_CPU_PREP.name, ask },
  query,
  exportRefusal: (code, buffer) =>
    code === errno.EPERM && buffer.private
      ? "the buffer was created with NO_SHARE: it stays in its address space"
      : undefined,
};
