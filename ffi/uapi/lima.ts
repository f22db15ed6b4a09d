/**
 * lima: Mali-400 and Mali-450 (Utgard). Its buffers are always write-combined, so it has no call for
 * cache maintenance.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i64, struct, u32, u64 } from "../struct.ts";

const drm_lima_get_param = struct("drm_lima_get_param", {
  param: u32({
    prefix: "DRM_LIMA_PARAM_",
    values: { GPU_ID: 0, NUM_PP: 1, GP_VERSION: 2, PP_VERSION: 3 },
  }),
  pad: u32(),
  value: u64(),
});

const drm_lima_gem_create = struct("drm_lima_gem_create", {
  size: u32(),
  flags: u32({ prefix: "LIMA_BO_FLAG_", flags: { HEAP: 1 } }),
  handle: u32(),
  pad: u32(),
});

const drm_lima_gem_info = struct("drm_lima_gem_info", {
  handle: u32(),
  va: u32(),
  offset: u64(),
});

const drm_lima_gem_wait = struct("drm_lima_gem_wait", {
  handle: u32(),
  op: u32({ prefix: "LIMA_GEM_WAIT_", flags: { READ: 1, WRITE: 2 } }),
  timeout_ns: i64(),
});

const drm_lima_ctx_create = struct("drm_lima_ctx_create", { id: u32(), _pad: u32() });

const drm_lima_ctx_free = struct("drm_lima_ctx_free", { id: u32(), _pad: u32() });

/** drm/lima_drm.h, without jobs. */
export const lima = {
  name: "lima",
  section: "lima",
  header: "drm/lima_drm.h",
  leavesOut: /_GEM_SUBMIT$/,
  structs: {
    drm_lima_get_param,
    drm_lima_gem_create,
    drm_lima_gem_info,
    drm_lima_gem_wait,
    drm_lima_ctx_create,
    drm_lima_ctx_free,
  },
  constants: {
    LIMA_BO_FLAG_HEAP: 1,
    LIMA_GEM_WAIT_READ: 1,
    LIMA_GEM_WAIT_WRITE: 2,
    DRM_LIMA_GET_PARAM: 0,
    DRM_LIMA_GEM_CREATE: 1,
    DRM_LIMA_GEM_INFO: 2,
    DRM_LIMA_GEM_WAIT: 4,
    DRM_LIMA_CTX_CREATE: 5,
    DRM_LIMA_CTX_FREE: 6,
    DRM_LIMA_PARAM_GPU_ID_UNKNOWN: 0,
    DRM_LIMA_PARAM_GPU_ID_MALI400: 1,
    DRM_LIMA_PARAM_GPU_ID_MALI450: 2,
    DRM_LIMA_PARAM_GPU_ID: 0,
    DRM_LIMA_PARAM_NUM_PP: 1,
    DRM_LIMA_PARAM_GP_VERSION: 2,
    DRM_LIMA_PARAM_PP_VERSION: 3,
  },
  ioctls: {
    GET_PARAM: ioctl({
      name: "DRM_IOCTL_LIMA_GET_PARAM",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_lima_get_param,
      nodes: "both",
    }),
    GEM_CREATE: ioctl({
      name: "DRM_IOCTL_LIMA_GEM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_lima_gem_create,
      note:
        "All pages are fetched, a heap's first 8: the kernel kills programs for more than RAM. It oopses where a buffer in the last page of 4 GiB is closed, as a heap of 0xfffff000 makes the next one be.",
      nodes: "both",
    }),
    GEM_INFO: ioctl({
      name: "DRM_IOCTL_LIMA_GEM_INFO",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_lima_gem_info,
      note: "The GPU address and the offset for mmap, of heaps and imports too.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    GEM_WAIT: ioctl({
      name: "DRM_IOCTL_LIMA_GEM_WAIT",
      direction: "W",
      type: "d",
      number: 0x44,
      struct: drm_lima_gem_wait,
      note: "With op 0 no handle is looked at.",
      nodes: "both",
      varies: { timeout_ns: "deadline" },
    }),
    CTX_CREATE: ioctl({
      name: "DRM_IOCTL_LIMA_CTX_CREATE",
      direction: "R",
      type: "d",
      number: 0x45,
      struct: drm_lima_ctx_create,
      nodes: "both",
    }),
    CTX_FREE: ioctl({
      name: "DRM_IOCTL_LIMA_CTX_FREE",
      direction: "W",
      type: "d",
      number: 0x46,
      struct: drm_lima_ctx_free,
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
