/**
 * Dumb buffers: the generic buffers of KMS drivers (virtio-gpu, bochs, cirrus, rockchip, …) and of
 * vgem, made on the primary node. Source: drivers/gpu/drm/drm_dumb_buffers.c.
 *
 * @module
 */
import { NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { drm as uapi } from "../ffi/uapi/drm.ts";
import {
  checkedCall,
  type Coherency,
  type CreatedBuffer,
  type CreateRequest,
  type Driver,
  type OpenDevice,
  type SyncPlan,
} from "./driver.ts";
import { flagWord } from "./flags.ts";

/** Bytes a pixel of the 32 bpp buffers that `--size` makes. */
const PIXEL = 4n;

function geometry(request: CreateRequest): { width: number; height: number; bpp: number } {
  if (request.dumb !== undefined) return request.dumb;
  if (request.size === 0n) return { width: 0, height: 1, bpp: 32 };
  const width = (request.size + PIXEL - 1n) / PIXEL;
  if (width > 0xffff_ffffn) {
    throw new UsageError(`--size: ${request.size} is too large for a dumb buffer of height 1`, {
      hint: "Use --dumb WxHxBPP.",
    });
  }
  return { width: Number(width), height: 1, bpp: 32 };
}

function create(device: OpenDevice, request: CreateRequest): CreatedBuffer {
  if (request.cached) {
    throw new NotSupported("--cached: a dumb buffer's caching cannot be chosen");
  }
  if (request.private) throw new NotSupported("--private: dumb buffers have no private kind");
  if (request.noMmap) throw new NotSupported("--no-mmap: dumb buffers are there to be mapped");
  const flags = flagWord(dumb, request.flags);
  const shape = geometry(request);
  const made = checkedCall(
    device,
    uapi.ioctls.MODE_CREATE_DUMB,
    { ...shape, flags },
    (code) =>
      code === errno.EACCES && device.node === "render"
        ? "dumb buffers are made on the primary node (card…), this is a render node"
        : code === errno.ENOSYS
        ? "the driver has no dumb buffers"
        : code === errno.EINVAL && (shape.width === 0 || shape.height === 0 || shape.bpp === 0)
        ? "width, height or bpp is 0"
        : undefined,
  );
  return {
    handle: made.handle,
    size: Number(made.size),
    flagWord: flags,
    caching: "unknown",
    private: false,
  };
}

const none: SyncPlan = {
  op: "none",
  effect: "none",
  granularity: "range",
  why: "dumb buffers have no cache maintenance call",
};

export const dumb: Driver = {
  name: "dumb",
  calls: {
    create: uapi.ioctls.MODE_CREATE_DUMB.name,
    mapOffset: uapi.ioctls.MODE_MAP_DUMB.name,
  },
  summary: "dumb buffers of any KMS primary node and of vgem",
  flagNames: {},
  node: "primary",
  coherency: (): Coherency => "unknown",
  create,
  mmapOffset: (device, handle) =>
    checkedCall(
      device,
      uapi.ioctls.MODE_MAP_DUMB,
      { handle },
      (code) =>
        code === errno.EACCES && device.node === "render"
          ? "MAP_DUMB is for the primary node (card…), this is a render node"
          : code === errno.EINVAL
          ? "an imported buffer cannot be mapped through its importer: map the dma-buf"
          : undefined,
    ).offset,
  syncOps: {},
  plan: () => none,
  sync: () => {},
};
