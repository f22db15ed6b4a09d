/**
 * i915: Intel GPUs. How a buffer's maps are cached is chosen at mmap; SET_DOMAIN is its cache
 * maintenance, of whole buffers, where the GPU does not share the CPU's last-level cache.
 * Sources: drivers/gpu/drm/i915/gem/i915_gem_create.c, i915_gem_mman.c, i915_gem_domain.c,
 * i915_gem_wait.c, include/uapi/drm/i915_drm.h.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { i915 as uapi } from "../ffi/uapi/i915.ts";
import {
  askedOnce,
  type BufferFacts,
  type Caching,
  checkedCall,
  type Coherency,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  isIdle,
  type OpenDevice,
  type SyncIntent,
  type SyncPlan,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagWord } from "./flags.ts";

const { constants, ioctls } = uapi;
const CPU = constants.I915_GEM_DOMAIN_CPU;
const WC = constants.I915_GEM_DOMAIN_WC;
const FIXED = BigInt(constants.I915_MMAP_OFFSET_FIXED);

/**
 * Whether it is a card. SET_DOMAIN says so before it looks at the handle: ENODEV, where an
 * integrated GPU has no handle 0, ENOENT.
 */
function isDiscrete(device: OpenDevice): boolean {
  const known = device.scratch.get("discrete");
  if (known !== undefined) return known === 1;
  const asked = { handle: 0, read_domains: CPU };
  const { result } = call(device.kernel, device.fd, ioctls.GEM_SET_DOMAIN, asked);
  const discrete = result === -errno.ENODEV;
  device.scratch.set("discrete", discrete ? 1 : 0);
  return discrete;
}

/** GETPARAM HAS_LLC: the GPU's accesses go through the CPU's last-level cache. */
function sharesCache(device: OpenDevice): boolean {
  const value = { bytes: new Uint8Array(4) };
  checkedCall(device, ioctls.GETPARAM, { param: constants.I915_PARAM_HAS_LLC, value });
  return new DataView(value.bytes.buffer).getInt32(0, true) !== 0;
}

/** Cards snoop system memory; without a shared cache, buffers are not snooped unless asked for. */
function coherency(device: OpenDevice): Coherency {
  return askedOnce(
    device,
    () => isDiscrete(device) || sharesCache(device) ? "io-coherent" : "non-coherent",
  );
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) {
    return { ...dumb.create(device, request), caching: "write-combined" };
  }
  if (request.private) throw new NotSupported("--private: i915 has no private buffers");
  if (request.noMmap) throw new NotSupported("--no-mmap: every i915 buffer can be mapped");
  const flags = flagWord(i915, request.flags);
  const made = checkedCall(
    device,
    ioctls.GEM_CREATE,
    { size: request.size },
    (code) =>
      code === errno.EINVAL && request.size === 0n ? "a size of 0 is not a buffer" : undefined,
  );
  return {
    handle: made.handle,
    size: Number(made.size),
    flagWord: flags,
    // On a card GEM_CREATE gives system memory, whose one way of being mapped is cached.
    caching: request.cached || isDiscrete(device) ? "write-back" : "write-combined",
    private: false,
  };
}

/** MMAP_OFFSET's flags by the caching wanted. */
const mapTypes: Readonly<Record<Caching, bigint>> = {
  "write-back": BigInt(constants.I915_MMAP_OFFSET_WB),
  "write-combined": BigInt(constants.I915_MMAP_OFFSET_WC),
  uncached: BigInt(constants.I915_MMAP_OFFSET_UC),
  unknown: BigInt(constants.I915_MMAP_OFFSET_WC),
};

function mmapOffset(device: OpenDevice, handle: number, caching: Caching = "unknown"): bigint {
  const flags = isDiscrete(device) ? FIXED : mapTypes[caching];
  return checkedCall(
    device,
    ioctls.GEM_MMAP_OFFSET,
    { handle, flags },
    (code) =>
      code === errno.ENODEV
        ? "an import has no pages to be mapped through i915, or the processor no such caching"
        : undefined,
  ).offset;
}

const ops = {
  "set-domain-cpu": {
    op: "set-domain-cpu",
    effect: "clean-invalidate",
    granularity: "whole",
    access: "rw",
  },
  "set-domain-wc": { op: "set-domain-wc", effect: "clean", granularity: "whole", access: "rw" },
  // What was written since the last SET_DOMAIN is flushed where the kernel knows of a CPU's write.
  "set-domain-cpu-wc": {
    op: "set-domain-cpu-wc",
    effect: "clean",
    granularity: "whole",
    access: "rw",
  },
} as const satisfies Record<string, SyncPlan>;

function plan(device: OpenDevice, buffer: BufferFacts, intent: SyncIntent): SyncPlan {
  const why = buffer.imported
    ? "an import is synced through its dma-buf"
    : buffer.caching === "write-combined"
    ? "the buffer is mapped write-combined"
    : coherency(device) !== "non-coherent"
    ? "the GPU sees the CPU's caches"
    : undefined;
  if (why !== undefined) return { op: "none", effect: "none", granularity: "range", why };
  // The WC domain is that of nobody's cache: what the CPU wrote is flushed on the way to it, from the
  // CPU's domain alone (i915_gem_object_set_to_wc_domain()).
  return intent.for === "device"
    ? ops["set-domain-cpu-wc"]
    : { ...ops["set-domain-cpu"], access: intent.access };
}

function sync(device: OpenDevice, { handle }: BufferFacts, asked: SyncPlan): void {
  // SET_DOMAIN waits for the GPU for as long as it takes: only where it is idle.
  if (!ask(device, handle, 0n)) {
    throw new KernelRefusal(ioctls.GEM_SET_DOMAIN.name, device.name, errno.EBUSY, {
      reason: "a job uses the buffer, and the call would wait for it (it was not made)",
      hint: "boctl wait waits for the buffer.",
    });
  }
  // clflush writes back what it drops: no step loses a byte.
  if (asked.op !== "set-domain-wc") setDomain(device, handle, CPU, asked.access !== "r");
  if (asked.op !== "set-domain-cpu") setDomain(device, handle, WC, false);
}

function setDomain(device: OpenDevice, handle: number, domain: number, writes: boolean): void {
  checkedCall(
    device,
    ioctls.GEM_SET_DOMAIN,
    { handle, read_domains: domain, write_domain: writes ? domain : 0 },
    (code) =>
      code === errno.ENODEV
        ? "cards have no domains: their system memory is snooped"
        : code === errno.ENXIO
        ? "an import's pages are its exporter's: sync the dma-buf"
        : undefined,
  );
}

/** GEM_WAIT with a time-out that counts from now: ETIME where it has passed. */
function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const values = { bo_handle: handle, timeout_ns: sliceNs };
  return isIdle(device, ioctls.GEM_WAIT, values, [errno.ETIME, errno.EAGAIN]);
}

export const i915: Driver = {
  name: "i915",
  calls: {
    create: ioctls.GEM_CREATE.name,
    sync: ioctls.GEM_SET_DOMAIN.name,
    mapOffset: ioctls.GEM_MMAP_OFFSET.name,
  },
  summary: "Intel: caching chosen at mmap, SET_DOMAIN where the cache is not shared, dumb buffers",
  flagNames: {},
  cachedSince: [1, 6],
  node: "render",
  coherency,
  create,
  mmapOffset,
  syncForms: { forDevice: "set-domain-cpu-wc", forCpu: "set-domain-cpu", where: "no LLC" },
  syncOps: ops,
  plan,
  sync,
  wait: { by: ioctls.GEM_WAIT.name, ask },
};
