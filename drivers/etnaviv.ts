/**
 * etnaviv: Vivante GPUs (i.MX 6, i.MX 8M, STM32MP1).
 * Sources: drivers/gpu/drm/etnaviv/etnaviv_drv.c, etnaviv_gem.c, include/uapi/drm/etnaviv_drm.h.
 *
 * @module
 */
import { NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { etnaviv as uapi } from "../ffi/uapi/etnaviv.ts";
import type { Range } from "../syntax/range.ts";
import { nothingToSync, opWithoutCaches, PREP_FOR_WRITING, timespecOf } from "./_prep_fini.ts";
import { boundCoherency } from "./dma_coherency.ts";
import {
  askedOnce,
  type BufferFacts,
  type Caching,
  checkedCall,
  type Coherency,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  inPages,
  isIdle,
  noDumbBuffers,
  type OpenDevice,
  type SyncPlan,
} from "./driver.ts";
import { flagWord } from "./flags.ts";

const { constants, ioctls } = uapi;
const CACHE_MASK = constants.ETNA_BO_CACHE_MASK;
const CACHED = constants.ETNA_BO_CACHED;
const WC = constants.ETNA_BO_WC;
const UNCACHED = constants.ETNA_BO_UNCACHED;
const FORCE_MMU = constants.ETNA_BO_FORCE_MMU;
const READ = constants.ETNA_PREP_READ;
const WRITE = constants.ETNA_PREP_WRITE;
const NOSYNC = constants.ETNA_PREP_NOSYNC;
/** etnaviv_gem_new_handle() takes the size as 32 bits, and rounds it up in them. */
const LARGEST = 0xffff_f000n;

const cachings: Readonly<Record<number, Caching>> = {
  [CACHED]: "write-back",
  [WC]: "write-combined",
  [UNCACHED]: "uncached",
};

const prep = {
  op: "prep",
  effect: "invalidate",
  granularity: "whole",
  waits: true,
} as const satisfies SyncPlan;
const prepWrite = {
  op: PREP_FOR_WRITING,
  effect: "wait",
  granularity: "whole",
  waits: true,
  why: "CPU_PREP for writing waits, and leaves the caches as they are",
} as const satisfies SyncPlan;
const fini = { op: "fini", effect: "clean", granularity: "whole" } as const satisfies SyncPlan;
const prepFini = {
  op: "prep-fini",
  effect: "clean",
  granularity: "whole",
  waits: true,
} as const satisfies SyncPlan;

/** Where `scratch` has the CPU_PREP of a buffer that no CPU_FINI followed. */
function openPrep(handle: number): string {
  return `prep ${handle}`;
}

/**
 * The nodes hang off a device that the driver made up, which takes over the DMA configuration of the
 * first of its GPUs (etnaviv_pdev_probe()).
 */
function coherency(device: OpenDevice): Coherency {
  return askedOnce(device, () => boundCoherency(device, "etnaviv-gpu"));
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("etnaviv");
  if (request.private) {
    throw new NotSupported(
      "--private: etnaviv has no notion of a private buffer",
      "Every etnaviv buffer can be exported; panthor, msm and xe have private ones.",
    );
  }
  if (request.noMmap) throw new NotSupported("--no-mmap: every etnaviv buffer can be mapped");
  if (request.size > LARGEST) {
    throw new UsageError(`--size: ${request.size} does not fit the 32 bits that etnaviv looks at`, {
      hint: "The kernel would cut the size short without a word.",
    });
  }
  const named = flagWord(etnaviv, request.flags) | (request.cached ? CACHED : 0);
  const flags = (named & CACHE_MASK) === 0 ? named | WC : named;
  const made = checkedCall(device, ioctls.GEM_NEW, { size: request.size, flags }, (code) => {
    if (code !== errno.EINVAL) return undefined;
    if ((flags & ~(CACHED | WC | UNCACHED | FORCE_MMU)) !== 0) return "unknown flag bits";
    return "exactly one of CACHED, WC and UNCACHED is wanted";
  });
  // A handle may be one that another buffer had.
  device.scratch.delete(openPrep(made.handle));
  return {
    handle: made.handle,
    size: inPages(device, request.size),
    flagWord: flags,
    caching: cachings[flags & CACHE_MASK] ?? "unknown",
    private: false,
  };
}

function mmapOffset(device: OpenDevice, handle: number): bigint {
  return checkedCall(
    device,
    ioctls.GEM_INFO,
    { handle },
    (code) => code === errno.ENOSPC ? "a buffer of no bytes has no offset" : undefined,
  ).offset;
}

/** CPU_PREP that does not wait: who calls has waited. */
function doPrep(device: OpenDevice, handle: number, op: number): void {
  checkedCall(
    device,
    ioctls.GEM_CPU_PREP,
    { handle, op: op | NOSYNC },
    (code) => code === errno.EBUSY ? "a job has begun on the buffer" : undefined,
  );
  device.scratch.set(openPrep(handle), op);
}

function doFini(device: OpenDevice, handle: number): void {
  checkedCall(device, ioctls.GEM_CPU_FINI, { handle });
  device.scratch.delete(openPrep(handle));
}

function sync(
  device: OpenDevice,
  { handle, caching }: BufferFacts,
  plan: SyncPlan,
  _ranges: readonly Range[],
  raw = false,
): void {
  if (plan.op === prep.op) return doPrep(device, handle, READ | WRITE);
  if (plan.op === prepWrite.op) return doPrep(device, handle, WRITE);
  const isOpen = device.scratch.has(openPrep(handle));
  if (plan.op === fini.op && !isOpen && caching === "write-back" && !raw) {
    throw new UsageError(
      "sync: fini without a prep before it makes the kernel print a WARNING, or oops",
      { hint: "--op prep comes first; --op prep-fini does both; --raw sends it all the same." },
    );
  }
  // For writing: of the two directions the one that invalidates nothing.
  if (plan.op === prepFini.op && !isOpen) doPrep(device, handle, WRITE);
  doFini(device, handle);
}

/** CPU_PREP for writing waits for everybody; its direction is the one that touches no line. */
function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const timeout = timespecOf(device.kernel.now() + sliceNs);
  const values = { handle, op: WRITE, timeout };
  const idle = isIdle(device, ioctls.GEM_CPU_PREP, values, [errno.EBUSY, errno.ETIMEDOUT]);
  if (idle) device.scratch.set(openPrep(handle), WRITE);
  return idle;
}

export const etnaviv: Driver = {
  name: "etnaviv",
  calls: {
    create: ioctls.GEM_NEW.name,
    sync: ioctls.GEM_CPU_FINI.name,
    mapOffset: ioctls.GEM_INFO.name,
  },
  summary: "Vivante: cached, write-combined and uncached maps, whole-buffer CPU_PREP and CPU_FINI",
  flagNames: { cached: CACHED, wc: WC, uncached: UNCACHED, "force-mmu": FORCE_MMU },
  cachedSince: [1, 0],
  node: "render",
  coherency,
  create,
  mmapOffset,
  syncForms: { forDevice: "prep-fini", forCpu: "prep, prep-write" },
  syncOps: {
    [prep.op]: prep,
    [prepWrite.op]: prepWrite,
    [fini.op]: fini,
    [prepFini.op]: prepFini,
  },
  planOp: (device, buffer, op) => opWithoutCaches(op, buffer, coherency(device)),
  plan(device, buffer, intent): SyncPlan {
    const none = nothingToSync(buffer, coherency(device));
    if (none !== undefined) return none;
    if (intent.for === "device") return prepFini;
    return intent.access === "w" ? prepWrite : prep;
  },
  sync,
  wait: { by: ioctls.GEM_CPU_PREP.name, ask },
};
