/**
 * nouveau: NVIDIA GPUs; buffers in system memory (GART) or VRAM, prep and fini with cache work where
 * the device is not coherent (Tegra).
 * Sources: drivers/gpu/drm/nouveau/nouveau_gem.c, nouveau_bo.c, nouveau_uvmm.c,
 * include/uapi/drm/nouveau_drm.h.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { nouveau as uapi } from "../ffi/uapi/nouveau.ts";
import { nothingToSync, opWithoutCaches } from "./_prep_fini.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
  type BufferFacts,
  type Caching,
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  type OpenDevice,
  type QueriedBuffer,
  type SyncIntent,
  type SyncPlan,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagWord } from "./flags.ts";

const { constants, ioctls } = uapi;
const VRAM = constants.NOUVEAU_GEM_DOMAIN_VRAM;
const GART = constants.NOUVEAU_GEM_DOMAIN_GART;
const MAPPABLE = constants.NOUVEAU_GEM_DOMAIN_MAPPABLE;
const COHERENT = constants.NOUVEAU_GEM_DOMAIN_COHERENT;
const NO_SHARE = constants.NOUVEAU_GEM_DOMAIN_NO_SHARE;
const NOWAIT = constants.NOUVEAU_GEM_CPU_PREP_NOWAIT;
const WRITE = constants.NOUVEAU_GEM_CPU_PREP_WRITE;

const flagNames = { mappable: MAPPABLE, coherent: COHERENT, "no-share": NO_SHARE };
const places: Readonly<Record<string, number>> = {
  gart: GART,
  vram: VRAM,
  "vram-or-gart": VRAM | GART,
};
const usualPlace = "gart";

/** What the kernel may manage by itself of an address space of user space's own; as Mesa asks. */
const KERNEL_MANAGED = { kernel_managed_addr: 1n << 39n, kernel_managed_size: 1n << 39n };
const OLD = 1;
const OWN = 2;

/**
 * NO_SHARE needs an address space of user space's own, and the first buffer of an open file decides
 * whether it has one (nouveau_cli_disable_uvmm_noinit()).
 */
function decideSpace(device: OpenDevice, wantsOwn: boolean): void {
  const decided = device.scratch.get("space");
  if (decided === undefined) {
    if (wantsOwn) checkedCall(device, ioctls.VM_INIT, KERNEL_MANAGED);
    device.scratch.set("space", wantsOwn ? OWN : OLD);
  } else if (wantsOwn && decided === OLD) {
    throw new NotSupported(
      "--private: this open file has made other buffers already, and nouveau lets only the first " +
        "one decide",
      "open the device once more, and make the private buffers first.",
    );
  }
}

/**
 * Of system memory: COHERENT makes it uncached where the GPU cannot be made to snoop
 * (nouveau_sgdma_create_ttm(), nouveau_drm_use_coherent_gpu_mapping()).
 */
function systemCaching(device: OpenDevice, flags: number): Caching {
  if ((flags & COHERENT) === 0) return "write-back";
  const coherency = dmaCoherency(device);
  if (coherency === "unknown") return "unknown";
  return coherency === "non-coherent" ? "uncached" : "write-back";
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  // A dumb buffer decides nothing: nouveau_display_dumb_create().
  if (request.dumb !== undefined) return dumb.create(device, request);
  if (request.noMmap) throw new NotSupported("--no-mmap: every nouveau buffer can be mapped");
  const place = request.placement ?? usualPlace;
  const inVram = place !== usualPlace;
  if (request.cached && inVram) {
    throw new NotSupported(
      "--cached: VRAM is mapped write-combined, whatever is asked",
      "--placement gart is cached.",
    );
  }
  const named = flagWord(nouveau, request.flags);
  const flags = named | (inVram ? MAPPABLE : 0) | (request.private ? NO_SHARE : 0);
  decideSpace(device, (flags & NO_SHARE) !== 0);
  const { pageSize } = device.kernel.identity;
  const { info } = checkedCall(
    device,
    ioctls.GEM_NEW,
    { info: { domain: (places[place] ?? 0) | flags, size: request.size }, align: pageSize },
    (code) =>
      code === errno.EINVAL && request.size === 0n
        ? "a size of 0 is not a buffer"
        : code === errno.EINVAL && (flags & NO_SHARE) !== 0
        ? "NO_SHARE needs an address space of its own (VM_INIT)"
        : undefined,
  );
  return {
    handle: info.handle ?? 0,
    size: Number(info.size ?? 0n),
    flagWord: flags,
    caching: inVram ? "write-combined" : systemCaching(device, flags),
    private: (flags & NO_SHARE) !== 0,
    placement: place,
  };
}

const ops = {
  prep: { op: "prep", effect: "invalidate", granularity: "whole", access: "rw" },
  fini: { op: "fini", effect: "clean", granularity: "whole" },
} as const satisfies Record<string, SyncPlan>;

function plan(device: OpenDevice, buffer: BufferFacts, intent: SyncIntent): SyncPlan {
  const none = nothingToSync(buffer, dmaCoherency(device));
  if (none !== undefined) return none;
  return intent.for === "device" ? ops.fini : { ...ops.prep, access: intent.access };
}

/** CPU_PREP that does not wait: 0 or -errno, EBUSY while a job uses the buffer. */
function prep(device: OpenDevice, handle: number, writes: boolean): number {
  const flags = NOWAIT | (writes ? WRITE : 0);
  return call(device.kernel, device.fd, ioctls.GEM_CPU_PREP, { handle, flags }).result;
}

function sync(device: OpenDevice, { handle }: BufferFacts, asked: SyncPlan): void {
  if (asked.op === "fini") {
    checkedCall(device, ioctls.GEM_CPU_FINI, { handle });
    return;
  }
  const result = prep(device, handle, asked.access !== "r");
  if (!isError(result)) return;
  const busy = result === -errno.EBUSY;
  throw new KernelRefusal(ioctls.GEM_CPU_PREP.name, device.name, result, {
    // nouveau_gem_ioctl_cpu_prep() syncs whatever the wait said.
    reason: busy
      ? "a job uses the buffer (NOWAIT was asked for); the CPU's lines are dropped all the same"
      : undefined,
    ...(busy ? { hint: "boctl wait waits for the buffer." } : {}),
  });
}

function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  if (!["io-coherent", "coherent"].includes(dmaCoherency(device))) {
    throw new NotSupported(
      "wait: CPU_PREP, nouveau's one call for it, drops the CPU's lines of the whole buffer as well",
      "Export it and wait for the dma-buf: export BUF --rdwr --as db , wait db",
    );
  }
  const busy = (): boolean => {
    const result = prep(device, handle, true);
    if (isError(result) && result !== -errno.EBUSY) {
      throw new KernelRefusal(ioctls.GEM_CPU_PREP.name, device.name, result);
    }
    return isError(result);
  };
  if (!busy()) return true;
  if (sliceNs > 0n) device.kernel.poll([], Number(sliceNs / 1_000_000n));
  return !busy();
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  const { size, domain } = checkedCall(device, ioctls.GEM_INFO, { handle });
  const where = domain & (VRAM | GART);
  const place = Object.keys(places).find((name) => places[name] === where);
  return { size: Number(size), ...(place === undefined ? {} : { placement: place }) };
}

export const nouveau: Driver = {
  name: "nouveau",
  calls: {
    create: ioctls.GEM_NEW.name,
    sync: ioctls.GEM_CPU_PREP.name,
    mapOffset: ioctls.GEM_INFO.name,
  },
  summary: "NVIDIA: system memory and VRAM, prep and fini, private buffers, dumb buffers",
  flagNames,
  cachedSince: [1, 0],
  placements: Object.keys(places),
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) => checkedCall(device, ioctls.GEM_INFO, { handle }).map_handle,
  syncForms: { forDevice: "fini", forCpu: "prep", where: "Tegra" },
  syncOps: ops,
  planOp: (device, buffer, op) => opWithoutCaches(op, buffer, dmaCoherency(device)),
  plan,
  sync,
  wait: { by: ioctls.GEM_CPU_PREP.name, ask },
  query,
  exportRefusal: (code, buffer) =>
    code === errno.EPERM && buffer.private
      ? "a private buffer (NO_SHARE) cannot be exported"
      : undefined,
};
