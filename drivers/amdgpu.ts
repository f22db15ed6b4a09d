/**
 * amdgpu: Radeon GPUs from Southern Islands on; buffers in system memory (GTT) or VRAM.
 * Sources: drivers/gpu/drm/amd/amdgpu/amdgpu_gem.c, amdgpu_object.c, amdgpu_dma_buf.c,
 * include/uapi/drm/amdgpu_drm.h.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { decode } from "../ffi/struct.ts";
import { amdgpu as uapi } from "../ffi/uapi/amdgpu.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
  type Caching,
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  inPages,
  type OpenDevice,
  type QueriedBuffer,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagNamesOf, flagWord } from "./flags.ts";
import { nothingToSync } from "./nothing_to_sync.ts";

const { constants, ioctls, structs } = uapi;
const USWC = constants.AMDGPU_GEM_CREATE_CPU_GTT_USWC;
const NO_CPU_ACCESS = constants.AMDGPU_GEM_CREATE_NO_CPU_ACCESS;
const VM_ALWAYS_VALID = constants.AMDGPU_GEM_CREATE_VM_ALWAYS_VALID;

const flagNames = {
  "cpu-access-required": constants.AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED,
  "no-cpu-access": NO_CPU_ACCESS,
  "cpu-gtt-uswc": USWC,
  "vram-cleared": constants.AMDGPU_GEM_CREATE_VRAM_CLEARED,
  "vram-contiguous": constants.AMDGPU_GEM_CREATE_VRAM_CONTIGUOUS,
  "vm-always-valid": VM_ALWAYS_VALID,
  "explicit-sync": constants.AMDGPU_GEM_CREATE_EXPLICIT_SYNC,
  "vram-wipe-on-release": constants.AMDGPU_GEM_CREATE_VRAM_WIPE_ON_RELEASE,
  encrypted: constants.AMDGPU_GEM_CREATE_ENCRYPTED,
  discardable: constants.AMDGPU_GEM_CREATE_DISCARDABLE,
  coherent: constants.AMDGPU_GEM_CREATE_COHERENT,
  uncached: constants.AMDGPU_GEM_CREATE_UNCACHED,
  "ext-coherent": constants.AMDGPU_GEM_CREATE_EXT_COHERENT,
  "gfx12-dcc": constants.AMDGPU_GEM_CREATE_GFX12_DCC,
};

/** Domains by `--placement`; with two of them, VRAM is preferred and system memory allowed. */
const domains: Readonly<Record<string, number>> = {
  gtt: constants.AMDGPU_GEM_DOMAIN_GTT,
  vram: constants.AMDGPU_GEM_DOMAIN_VRAM,
  "vram-or-gtt": constants.AMDGPU_GEM_DOMAIN_VRAM | constants.AMDGPU_GEM_DOMAIN_GTT,
  cpu: constants.AMDGPU_GEM_DOMAIN_CPU,
};
const usualPlace = "gtt";

function placeOf(word: number): string {
  return Object.keys(domains).find((name) => domains[name] === word) ?? `0x${word.toString(16)}`;
}

/** amdgpu_bo_support_uswc(): processors without write-combining ignore the flag. */
function cachingOf(device: OpenDevice, place: string, flags: number): Caching {
  if (place.startsWith("vram")) return "write-combined";
  const combines = device.kernel.identity.arch === "x86_64";
  return combines && (flags & USWC) !== 0 ? "write-combined" : "write-back";
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  // amdgpu_mode_dumb_create(): USWC, in VRAM or in system memory.
  if (request.dumb !== undefined) {
    return { ...dumb.create(device, request), caching: cachingOf(device, usualPlace, USWC) };
  }
  const place = request.placement ?? usualPlace;
  const inVram = place.startsWith("vram");
  if (request.cached && inVram) {
    throw new NotSupported(
      "--cached: VRAM is mapped write-combined, whatever is asked",
      "--placement gtt has cached maps.",
    );
  }
  const flags = flagWord(amdgpu, request.flags) |
    // Where it may be in system memory, it is mapped there as it is in VRAM.
    (request.cached || place === "vram" ? 0 : USWC) |
    (request.private ? VM_ALWAYS_VALID : 0) |
    (request.noMmap ? NO_CPU_ACCESS : 0);
  const { out } = checkedCall(
    device,
    ioctls.GEM_CREATE,
    {
      in: {
        bo_size: request.size,
        domains: BigInt(domains[place] ?? 0),
        domain_flags: BigInt(flags),
      },
    },
    (code) =>
      code === errno.ENOSPC && request.size === 0n
        ? "a size of 0 is not a buffer"
        : code === errno.EINVAL
        ? "a flag that user space may not set, that this kernel does not know, or (ENCRYPTED) that " +
          "the device has not"
        : code === errno.ENOMEM
        ? "more than there is room for"
        : undefined,
  );
  return {
    handle: out.handle ?? 0,
    // GEM_CREATE does not tell the size: amdgpu_bo_create() rounds to pages.
    size: inPages(device, request.size),
    flagWord: flags,
    caching: cachingOf(device, place, flags),
    private: (flags & VM_ALWAYS_VALID) !== 0,
    ...((flags & NO_CPU_ACCESS) === 0 ? {} : { unmapped: { by: "NO_CPU_ACCESS", dmaBuf: false } }),
    placement: place,
  };
}

function query(device: OpenDevice, handle: number): QueriedBuffer {
  const type = structs.drm_amdgpu_gem_create_in;
  const value = { bytes: new Uint8Array(type.size) };
  checkedCall(device, ioctls.GEM_OP, {
    handle,
    op: constants.AMDGPU_GEM_OP_GET_GEM_CREATE_INFO,
    value,
  });
  const info = decode(type, value);
  const raw = Number(BigInt.asUintN(32, info.domain_flags));
  return {
    size: Number(info.bo_size),
    placement: placeOf(Number(info.domains)),
    createFlags: { raw, names: flagNamesOf(flagNames, raw) },
  };
}

/** GEM_WAIT_IDLE until an absolute time: that it has passed is status 1, no errno. */
function ask(device: OpenDevice, handle: number, sliceNs: bigint): boolean {
  const timeout = device.kernel.now() + sliceNs;
  const { result, values } = call(device.kernel, device.fd, ioctls.GEM_WAIT_IDLE, {
    in: { handle, flags: 0, timeout },
  });
  if (isError(result)) throw new KernelRefusal(ioctls.GEM_WAIT_IDLE.name, device.name, result);
  return values.out.status === 0;
}

export const amdgpu: Driver = {
  name: "amdgpu",
  calls: { create: ioctls.GEM_CREATE.name, mapOffset: ioctls.GEM_MMAP.name },
  summary: "Radeon: cached and write-combined buffers in GTT, VRAM, private buffers, dumb buffers",
  flagNames,
  cachedSince: [3, 0],
  placements: Object.keys(domains),
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) =>
    checkedCall(
      device,
      ioctls.GEM_MMAP,
      { in: { handle } },
      (code) =>
        code === errno.EPERM
          ? "the buffer was created with NO_CPU_ACCESS, or is a userptr"
          : undefined,
    ).out.addr_ptr ?? 0n,
  ...nothingToSync("amdgpu"),
  wait: { by: ioctls.GEM_WAIT_IDLE.name, ask },
  query,
  exportRefusal: (code, buffer) =>
    code === errno.EPERM && buffer.private
      ? "a private buffer (VM_ALWAYS_VALID) cannot be exported"
      : undefined,
};
