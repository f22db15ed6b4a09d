/**
 * kbase, Arm's own Mali driver: memory at GPU addresses, exact-range MEM_SYNC in both directions,
 * dma-bufs in and none out. Written after its source (mali_kbase_mem.c, mali_kbase_mem_linux.c,
 * mali_kbase_core_linux.c of r35p0); Linux does not have it, and this was not yet run on hardware.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isRecord, type JsonValue } from "../ffi/json.ts";
import { isError } from "../ffi/kernel.ts";
import { kbase as uapi } from "../ffi/uapi/kbase.ts";
import type { Range } from "../syntax/range.ts";
import { mapPending, mapTrackingPage } from "./_kbase_memory.ts";
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
  type RawSync,
  type SyncIntent,
  type SyncPlan,
  untold,
} from "./driver.ts";
import { cachelessBracket, type Exporter } from "./exporters.ts";
import { flagNamesOf, flagWord } from "./flags.ts";

const { constants, ioctls } = uapi;
const CPU_RD = constants.BASE_MEM_PROT_CPU_RD;
const CPU_WR = constants.BASE_MEM_PROT_CPU_WR;
const GPU_RD = constants.BASE_MEM_PROT_GPU_RD;
const GPU_WR = constants.BASE_MEM_PROT_GPU_WR;
const GPU_EX = constants.BASE_MEM_PROT_GPU_EX;
const COHERENT_SYSTEM = constants.BASE_MEM_COHERENT_SYSTEM;
const COHERENT_REQUIRED = constants.BASE_MEM_COHERENT_SYSTEM_REQUIRED;
const CACHED_CPU = constants.BASE_MEM_CACHED_CPU;
const PROTECTIONS = CPU_RD | CPU_WR | GPU_RD | GPU_WR | GPU_EX;

const flagNames = {
  "prot-cpu-rd": CPU_RD,
  "prot-cpu-wr": CPU_WR,
  "prot-gpu-rd": GPU_RD,
  "prot-gpu-wr": GPU_WR,
  "prot-gpu-ex": GPU_EX,
  "gpu-va-same-4gb-page": constants.BASE_MEM_GPU_VA_SAME_4GB_PAGE,
  "grow-on-gpf": constants.BASE_MEM_GROW_ON_GPF,
  "coherent-system": COHERENT_SYSTEM,
  "coherent-local": constants.BASE_MEM_COHERENT_LOCAL,
  "cached-cpu": CACHED_CPU,
  "same-va": constants.BASE_MEM_SAME_VA,
  "coherent-system-required": COHERENT_REQUIRED,
  "uncached-gpu": constants.BASE_MEM_UNCACHED_GPU,
};

/** How the GPU sees the CPU's caches, as GET_GPUPROPS numbers it. */
const coherencyModes: Readonly<Record<number, Coherency>> = {
  0: "io-coherent", // ACE-Lite
  1: "coherent", // ACE
  31: "non-coherent",
};

/**
 * A property of the GPU, of the list that GET_GPUPROPS gives: a 32-bit key, of which the lowest two
 * bits tell the value's size (1, 2, 4 or 8 bytes), and the value behind it, without gaps.
 */
export function propertyIn(bytes: Uint8Array<ArrayBuffer>, wanted: number): bigint | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length;) {
    const key = view.getUint32(at, true);
    const size = 1 << (key & 3);
    at += 4;
    if (at + size > bytes.length) return undefined;
    if (key >>> 2 === wanted) {
      return size === 8 ? view.getBigUint64(at, true) : BigInt(
        size === 4
          ? view.getUint32(at, true)
          : size === 2
          ? view.getUint16(at, true)
          : view.getUint8(at),
      );
    }
    at += size;
  }
  return undefined;
}

function readCoherency(device: OpenDevice): Coherency {
  const { GET_GPUPROPS } = ioctls;
  const asked = call(device.kernel, device.fd, GET_GPUPROPS);
  if (isError(asked.result)) return untold(device, GET_GPUPROPS, asked.result);
  const buffer = { bytes: new Uint8Array(asked.result) };
  const { result } = call(device.kernel, device.fd, GET_GPUPROPS, { buffer, size: asked.result });
  if (isError(result)) return untold(device, GET_GPUPROPS, result);
  const mode = propertyIn(buffer.bytes, constants.KBASE_GPUPROP_RAW_COHERENCY_MODE);
  return mode === undefined ? "unknown" : coherencyModes[Number(mode)] ?? "unknown";
}

function coherency(device: OpenDevice): Coherency {
  return askedOnce(device, () => readCoherency(device));
}

/** What the kernel would not tell: it answers ENOMEM to every allocation that it does not like. */
function explainCreate(
  device: OpenDevice,
  size: bigint,
  { flags, named }: { readonly flags: number; readonly named: number },
): string | undefined {
  const has = (bits: number): boolean => (flags & bits) === bits;
  if (size === 0n) return "a size of 0 is not a buffer";
  if ((flags & (GPU_RD | GPU_WR)) === 0) return "the GPU may neither read nor write it";
  if ((flags & (CPU_RD | GPU_RD)) === 0) return "nobody may read it";
  if ((flags & (CPU_WR | GPU_WR)) === 0) return "nobody may write it";
  if (has(GPU_EX | GPU_WR)) return "PROT_GPU_EX and PROT_GPU_WR exclude each other";
  if (has(COHERENT_SYSTEM | constants.BASE_MEM_COHERENT_LOCAL)) {
    return "COHERENT_SYSTEM and COHERENT_LOCAL exclude each other";
  }
  const seen = coherency(device);
  if (has(COHERENT_REQUIRED) && seen === "non-coherent") {
    return "COHERENT_SYSTEM_REQUIRED, and this GPU does not see the CPU's caches";
  }
  if (has(constants.BASE_MEM_GROW_ON_GPF)) return "GROW_ON_GPF needs an extension: use ioctl";
  // What is sent where no flag was named is known to be taken.
  if (named === 0) return "more than there is room for";
  return "unknown flag bits, or memory is short: kbase answers ENOMEM to both";
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.dumb !== undefined) throw noDumbBuffers("kbase");
  const { pageSize } = device.kernel.identity;
  const named = flagWord(kbase, request.flags);
  // Who names protections names all of them.
  const usual = (named & PROTECTIONS) !== 0
    ? 0
    : GPU_RD | GPU_WR | (request.noMmap ? 0 : CPU_RD | CPU_WR);
  const flags = (named | usual | (request.cached ? CACHED_CPU : 0)) >>> 0;
  if (request.noMmap && (flags & (CPU_RD | CPU_WR)) !== 0) {
    throw new UsageError("--no-mmap: --flags lets the CPU map it");
  }
  mapTrackingPage(device);
  const pages = (request.size + BigInt(pageSize) - 1n) / BigInt(pageSize);
  const { out } = checkedCall(
    device,
    ioctls.MEM_ALLOC,
    { in: { va_pages: pages, commit_pages: pages, flags: BigInt(flags) } },
    (code) =>
      code === errno.ENOMEM ? explainCreate(device, request.size, { flags, named }) : undefined,
  );
  const got = out.flags ?? 0n;
  const handle = mapPending(device, { cookie: out.gpu_va ?? 0n, pages, flags: got });
  device.scratch.set(`flags of ${handle}`, Number(got));
  return {
    handle,
    size: Number(pages) * pageSize,
    flagWord: flags,
    caching: (got & BigInt(CACHED_CPU)) !== 0n ? "write-back" : "write-combined",
    // No call makes a dma-buf of it.
    private: true,
    ...((flags & (CPU_RD | CPU_WR)) !== 0
      ? {}
      : { unmapped: { by: "no PROT_CPU_RD or PROT_CPU_WR", dmaBuf: false } }),
  };
}

/** MSYNC and CSYNC by `--op` name. */
const syncOps = {
  flush: { op: "flush", effect: "clean", granularity: "range" },
  invalidate: { op: "invalidate", effect: "invalidate", granularity: "range" },
} as const satisfies Record<string, SyncPlan>;

function plan(device: OpenDevice, buffer: BufferFacts, intent: SyncIntent): SyncPlan {
  const none = (why: string): SyncPlan => ({
    op: "none",
    effect: "none",
    granularity: "range",
    why,
  });
  if (buffer.imported) return none("an import is synced through its dma-buf");
  if (buffer.caching !== "write-back") return none("the buffer is write-combined");
  // Coherency is a buffer's: the kernel takes the flag away where the GPU cannot have it.
  const flags = device.scratch.get(`flags of ${buffer.handle}`) ?? 0;
  if ((flags & (COHERENT_SYSTEM | COHERENT_REQUIRED)) !== 0) {
    return none("the buffer is coherent with the CPU's caches");
  }
  return intent.for === "device" ? syncOps.flush : syncOps.invalidate;
}

function sync(
  device: OpenDevice,
  buffer: BufferFacts,
  { op }: SyncPlan,
  ranges: readonly Range[],
): void {
  const handle = BigInt(buffer.handle);
  for (const { offset, length } of ranges) {
    checkedCall(device, ioctls.MEM_SYNC, {
      handle,
      // The buffer's own mapping lies at its GPU address.
      user_addr: BigInt.asUintN(64, handle + offset),
      size: length,
      type: op === "flush" ? constants.BASE_SYNCSET_OP_MSYNC : constants.BASE_SYNCSET_OP_CSYNC,
    }, (code) => {
      if (code !== errno.EINVAL) return undefined;
      if (length === 0n) return "a range of no bytes lies in no mapping";
      return offset + length > BigInt(buffer.size)
        ? `the range ends beyond the buffer's ${buffer.size} bytes`
        : undefined;
    });
  }
}

/** On an import MEM_SYNC is begin or end of the dma-buf, whatever the range. */
function planOp(
  _device: OpenDevice,
  buffer: BufferFacts,
  op: SyncPlan,
  exporter?: Exporter,
): SyncPlan {
  if (!buffer.imported) return op;
  const edge = op.op === "flush" ? "end" : "begin";
  const cacheless = exporter === undefined ? undefined : cachelessBracket(edge, exporter);
  return { ...op, ...cacheless, granularity: "whole" };
}

function numberIn(value: JsonValue | undefined): number {
  return value !== undefined && isRecord(value) ? Number(value.raw) : Number(value);
}

/** A MEM_SYNC by its own name: the range counts from the GPU address, where the mapping lies. */
function rawSyncs(name: string, fields: JsonValue): readonly RawSync[] {
  if (name !== ioctls.MEM_SYNC.name || !isRecord(fields)) return [];
  const handle = numberIn(fields.handle);
  const range = { offset: numberIn(fields.user_addr) - handle, length: numberIn(fields.size) };
  const effect = numberIn(fields.type) === constants.BASE_SYNCSET_OP_MSYNC ? "clean" : "invalidate";
  const isRange = range.offset >= 0 && Number.isSafeInteger(range.offset + range.length);
  return isRange ? [{ handle, effect, range }] : [];
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  const { out } = checkedCall(device, ioctls.MEM_QUERY, {
    in: { gpu_addr: BigInt(handle), query: BigInt(constants.KBASE_MEM_QUERY_FLAGS) },
  });
  const raw = Number(out.value ?? 0n);
  return { createFlags: { raw, names: flagNamesOf(flagNames, raw) } };
}

export const kbase: Driver = {
  name: "kbase",
  calls: {
    create: ioctls.MEM_ALLOC.name,
    sync: ioctls.MEM_SYNC.name,
    // The cookie that it gives is what makes the memory.
    mapOffset: ioctls.MEM_ALLOC.name,
  },
  summary: "Arm's own Mali driver: cached maps and exact-range MEM_SYNC, dma-bufs in and none out",
  flagNames,
  cachedSince: [1, 0],
  node: "misc",
  coherency,
  create,
  mmapOffset: (_device, handle) => BigInt(handle),
  syncForms: { forDevice: "flush", forCpu: "invalidate" },
  syncOps,
  planOp,
  plan,
  sync,
  rawSyncs,
  query,
};
