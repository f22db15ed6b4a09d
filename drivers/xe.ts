/**
 * xe: Intel GPUs from Tiger Lake on; CPU caching is chosen at creation.
 * Sources: drivers/gpu/drm/xe/xe_bo.c, xe_dma_buf.c, xe_query.c, include/uapi/drm/xe_drm.h.
 *
 * @module
 */
import { NotSupported } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { decode } from "../ffi/struct.ts";
import { xe as uapi } from "../ffi/uapi/xe.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
  checkedCall,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  type OpenDevice,
} from "./driver.ts";
import { dumb } from "./dumb.ts";
import { flagWord } from "./flags.ts";
import { proposeMultiple } from "../syntax/size.ts";
import { nothingToSync } from "./nothing_to_sync.ts";

const { constants, ioctls, structs } = uapi;
const WB = constants.DRM_XE_GEM_CPU_CACHING_WB;
const WC = constants.DRM_XE_GEM_CPU_CACHING_WC;
const SCANOUT = constants.DRM_XE_GEM_CREATE_FLAG_SCANOUT;
const VISIBLE = constants.DRM_XE_GEM_CREATE_FLAG_NEEDS_VISIBLE_VRAM;
const NO_COMPRESSION = constants.DRM_XE_GEM_CREATE_FLAG_NO_COMPRESSION;
const VRAM_CLASS = constants.DRM_XE_MEM_REGION_CLASS_VRAM;
const flagNames = {
  "defer-backing": constants.DRM_XE_GEM_CREATE_FLAG_DEFER_BACKING,
  scanout: SCANOUT,
  "needs-visible-vram": VISIBLE,
  "no-compression": NO_COMPRESSION,
};
const VM = "vm";

/** Placement masks of the device's memory: a bit for each region's instance. */
interface Regions {
  readonly system: number;
  /** 0 on integrated GPUs. */
  readonly vram: number;
}

/** DEVICE_QUERY MEM_REGIONS: the size first, then the answer; asked once for an open file. */
function regionsOf(device: OpenDevice): Regions {
  const system = device.scratch.get("system");
  const vram = device.scratch.get("vram");
  if (system !== undefined && vram !== undefined) return { system, vram };
  const query = constants.DRM_XE_DEVICE_QUERY_MEM_REGIONS;
  const { size } = checkedCall(device, ioctls.DEVICE_QUERY, { query });
  const data = { bytes: new Uint8Array(size) };
  checkedCall(device, ioctls.DEVICE_QUERY, { query, size, data });
  const found = { system: 0, vram: 0 };
  for (const region of decode(structs.drm_xe_query_mem_regions, data).mem_regions) {
    const bit = 1 << (region.instance ?? 0);
    if (region.mem_class === VRAM_CLASS) found.vram |= bit;
    else found.system |= bit;
  }
  device.scratch.set("system", found.system);
  device.scratch.set("vram", found.vram);
  return found;
}

/** One VM per open file, made when the first private buffer is, destroyed last. */
function vmOf(device: OpenDevice): number {
  const existing = device.scratch.get(VM);
  if (existing !== undefined) return existing;
  const { vm_id } = checkedCall(device, ioctls.VM_CREATE, {});
  device.scratch.set(VM, vm_id);
  return vm_id;
}

const usualPlace = "system";

function placementOf(device: OpenDevice, place: string): number {
  const { system, vram } = regionsOf(device);
  if (place === usualPlace) return system;
  if (vram === 0) {
    throw new NotSupported(`--placement ${place}: ${device.name} is integrated, it has no VRAM`);
  }
  return place === "vram" ? vram : vram | system;
}

function explainCreate(
  request: CreateRequest,
  asked: { readonly flags: number; readonly caching: number; readonly vm: number },
  pageSize: number,
): (code: number) => string | undefined {
  return (code) => {
    if (code === errno.ENOMEM || code === errno.ENOSPC) return "more than there is room for";
    if (code === errno.ENOENT && asked.vm !== 0) return "the VM is gone";
    if (code === errno.EOPNOTSUPP && (asked.flags & NO_COMPRESSION) !== 0) {
      return "NO_COMPRESSION needs a GPU with compression (Xe2)";
    }
    if (code !== errno.EINVAL) return undefined;
    if ((asked.flags & ~(Object.values(flagNames).reduce((all, bit) => all | bit, 0))) !== 0) {
      return "unknown flag bits";
    }
    if (request.size === 0n) return "a size of 0 is not a buffer";
    if (request.size % BigInt(pageSize) !== 0n) {
      return `the size is no multiple of the page, ${pageSize} bytes` +
        proposeMultiple(request.size, pageSize);
    }
    if ((asked.flags & SCANOUT) !== 0 && asked.caching === WB) {
      return "SCANOUT and cached maps exclude each other";
    }
    return (asked.flags & VISIBLE) !== 0 ? "NEEDS_VISIBLE_VRAM is for VRAM" : undefined;
  };
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  // xe_bo_dumb_create(): WC, in VRAM where there is some.
  if (request.dumb !== undefined) {
    return { ...dumb.create(device, request), caching: "write-combined" };
  }
  if (request.noMmap) {
    throw new NotSupported("--no-mmap: every xe buffer can be mapped");
  }
  const place = request.placement ?? usualPlace;
  const inVram = place !== usualPlace;
  if (request.cached && inVram) {
    throw new NotSupported(
      "--cached: a buffer that may be in VRAM has to be write-combined",
      "--placement system has cached maps.",
    );
  }
  const own = flagWord(xe, request.flags);
  // Without it VRAM that the CPU does not reach may be given, and every touch moves the buffer.
  const flags = inVram ? own | VISIBLE : own;
  const caching = request.cached ? WB : WC;
  const placement = placementOf(device, place);
  const vm = request.private ? vmOf(device) : 0;
  const { pageSize } = device.kernel.identity;
  const { handle } = checkedCall(
    device,
    ioctls.GEM_CREATE,
    { size: request.size, placement, flags, vm_id: vm, cpu_caching: caching },
    explainCreate(request, { flags, caching, vm }, pageSize),
  );
  // xe_ttm_tt_create(): system memory of discrete GPUs is cached, whatever was asked.
  const cached = request.cached || (!inVram && regionsOf(device).vram !== 0);
  return {
    handle,
    size: Number(request.size),
    flagWord: flags,
    caching: cached ? "write-back" : "write-combined",
    private: request.private,
    placement: place,
  };
}

/** What became of a buffer by what xe_gem_object_mmap() and xe_gem_prime_export() answer. */
function unneeded(code: number): string | undefined {
  if (code === errno.EBUSY) return "MADVISE said that it is not needed (DONTNEED)";
  return code === errno.EINVAL
    ? "it was purged, after MADVISE said that it is not needed"
    : undefined;
}

export const xe: Driver = {
  name: "xe",
  calls: { create: ioctls.GEM_CREATE.name, mapOffset: ioctls.GEM_MMAP_OFFSET.name },
  summary: "Intel: caching chosen at creation, system memory and VRAM, private buffers",
  flagNames,
  cachedSince: [1, 0],
  placements: ["system", "vram", "vram-or-system"],
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset: (device, handle) => checkedCall(device, ioctls.GEM_MMAP_OFFSET, { handle }).offset,
  ...nothingToSync("xe"),
  release: (device) => {
    const id = device.scratch.get(VM);
    if (id === undefined) return;
    device.scratch.delete(VM);
    // The file closes next and takes the VM with it: an error here changes nothing.
    call(device.kernel, device.fd, ioctls.VM_DESTROY, { vm_id: id });
  },
  exportRefusal: (code, buffer) =>
    code === errno.EPERM && buffer.private
      ? "a private buffer (of one VM) cannot be exported"
      : unneeded(code),
  mmapRefusal: unneeded,
};
