/**
 * tegra: NVIDIA's host1x, display and engines (Tegra20 to Tegra234); not the GPU, which is nouveau's.
 * Sources: drivers/gpu/drm/tegra/drm.c, gem.c, include/uapi/drm/tegra_drm.h.
 *
 * @module
 */
import { KernelRefusal, NotSupported } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { errno } from "../ffi/errno.ts";
import { isError } from "../ffi/kernel.ts";
import { tegra as uapi } from "../ffi/uapi/tegra.ts";
import { dmaCoherency } from "./dma_coherency.ts";
import {
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

const { constants, ioctls } = uapi;
const TILED = constants.DRM_TEGRA_GEM_CREATE_TILED;
const BOTTOM_UP = constants.DRM_TEGRA_GEM_CREATE_BOTTOM_UP;
const flagNames = { tiled: TILED, "bottom-up": BOTTOM_UP };

/** MAX_LFS_FILESIZE: shmem has no larger file. */
const MAX_FILE_BYTES = (1n << 63n) - 1n;
const NO_CALLS =
  "this kernel is likely built without CONFIG_DRM_TEGRA_STAGING, which tegra's own " +
  "calls need; dumb buffers (--dumb WxHxBPP on card…) do without";

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.cached) {
    throw new NotSupported("--cached: tegra's buffers are write-combined, always");
  }
  if (request.private) {
    throw new NotSupported(
      "--private: tegra has no notion of a private buffer",
      "Every tegra buffer can be exported; panthor and xe have private ones.",
    );
  }
  if (request.noMmap) throw new NotSupported("--no-mmap: every tegra buffer can be mapped");
  if (request.dumb !== undefined) {
    return { ...dumb.create(device, request), caching: "write-combined" };
  }
  const flags = flagWord(tegra, request.flags);
  const { handle } = checkedCall(
    device,
    ioctls.GEM_CREATE,
    { size: request.size, flags },
    (code) => {
      if (code === errno.ENOSPC && request.size === 0n) return "a size of 0 is not a buffer";
      if (code === errno.ENOSPC || code === errno.ENOMEM) return "more than there is room for";
      if (code !== errno.EINVAL) return undefined;
      return request.size > MAX_FILE_BYTES ? "no file is that large" : NO_CALLS;
    },
  );
  return {
    handle,
    // GEM_CREATE does not tell the size; tegra_bo_alloc_object() rounds to pages.
    size: inPages(device, request.size),
    flagWord: flags,
    caching: "write-combined",
    private: false,
  };
}

/**
 * GEM_MMAP; where a kernel has no calls of tegra's own, MODE_MAP_DUMB of the primary node, which
 * takes every handle but an import's.
 */
function mmapOffset(device: OpenDevice, handle: number): bigint {
  const { result, values } = call(device.kernel, device.fd, ioctls.GEM_MMAP, { handle });
  if (!isError(result)) return values.offset;
  if (result === -errno.EINVAL && device.node === "primary") return dumb.mmapOffset(device, handle);
  throw new KernelRefusal(ioctls.GEM_MMAP.name, device.name, result, {
    reason: result === -errno.EINVAL ? `there is no handle ${handle}, or ${NO_CALLS}` : undefined,
  });
}

/** What the display was told of the buffer; nothing where the kernel lacks the calls. */
function query(device: OpenDevice, handle: number): QueriedBuffer {
  const tiling = call(device.kernel, device.fd, ioctls.GEM_GET_TILING, { handle });
  if (tiling.result === -errno.EINVAL) return {};
  if (isError(tiling.result)) {
    throw new KernelRefusal(ioctls.GEM_GET_TILING.name, device.name, tiling.result);
  }
  const { flags } = checkedCall(device, ioctls.GEM_GET_FLAGS, { handle });
  const isTiled = tiling.values.mode === constants.DRM_TEGRA_GEM_TILING_MODE_TILED;
  const isBottomUp = (flags & constants.DRM_TEGRA_GEM_BOTTOM_UP) !== 0;
  const raw = (isTiled ? TILED : 0) | (isBottomUp ? BOTTOM_UP : 0);
  return { createFlags: { raw, names: flagNamesOf(flagNames, raw) } };
}

export const tegra: Driver = {
  name: "tegra",
  calls: { create: ioctls.GEM_CREATE.name, mapOffset: ioctls.GEM_MMAP.name },
  summary: "NVIDIA host1x display: write-combined buffers, tiling, dumb buffers; no sync call",
  flagNames,
  node: "render",
  coherency: dmaCoherency,
  create,
  mmapOffset,
  ...nothingToSync("tegra"),
  query,
};
