/**
 * v3d: Broadcom VideoCore VI and later (Raspberry Pi 4 and 5). Its buffers are always
 * write-combined, so it has no call for cache maintenance.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { struct, u32, u64 } from "../struct.ts";

const params = {
  V3D_UIFCFG: 0,
  V3D_HUB_IDENT1: 1,
  V3D_HUB_IDENT2: 2,
  V3D_HUB_IDENT3: 3,
  V3D_CORE0_IDENT0: 4,
  V3D_CORE0_IDENT1: 5,
  V3D_CORE0_IDENT2: 6,
  SUPPORTS_TFU: 7,
  SUPPORTS_CSD: 8,
  SUPPORTS_CACHE_FLUSH: 9,
  SUPPORTS_PERFMON: 10,
  SUPPORTS_MULTISYNC_EXT: 11,
  SUPPORTS_CPU_QUEUE: 12,
  MAX_PERF_COUNTERS: 13,
  SUPPORTS_SUPER_PAGES: 14,
  GLOBAL_RESET_COUNTER: 15,
  CONTEXT_RESET_COUNTER: 16,
};

const drm_v3d_wait_bo = struct("drm_v3d_wait_bo", {
  handle: u32(),
  pad: u32(),
  timeout_ns: u64(),
});

const drm_v3d_create_bo = struct("drm_v3d_create_bo", {
  size: u32(),
  flags: u32(),
  handle: u32(),
  offset: u32(),
});

const drm_v3d_mmap_bo = struct("drm_v3d_mmap_bo", {
  handle: u32(),
  flags: u32(),
  offset: u64(),
});

const drm_v3d_get_param = struct("drm_v3d_get_param", {
  param: u32({ prefix: "DRM_V3D_PARAM_", values: params }),
  pad: u32(),
  value: u64(),
});

const drm_v3d_get_bo_offset = struct("drm_v3d_get_bo_offset", {
  handle: u32(),
  offset: u32(),
});

/** drm/v3d_drm.h, without jobs and performance monitors. */
export const v3d = {
  name: "v3d",
  section: "v3d",
  header: "drm/v3d_drm.h",
  leavesOut: /_(SUBMIT|PERFMON)_/,
  structs: {
    drm_v3d_wait_bo,
    drm_v3d_create_bo,
    drm_v3d_mmap_bo,
    drm_v3d_get_param,
    drm_v3d_get_bo_offset,
  },
  constants: {
    DRM_V3D_WAIT_BO: 1,
    DRM_V3D_CREATE_BO: 2,
    DRM_V3D_MMAP_BO: 3,
    DRM_V3D_GET_PARAM: 4,
    DRM_V3D_GET_BO_OFFSET: 5,
    DRM_V3D_PARAM_V3D_UIFCFG: 0,
    DRM_V3D_PARAM_V3D_HUB_IDENT1: 1,
    DRM_V3D_PARAM_V3D_HUB_IDENT2: 2,
    DRM_V3D_PARAM_V3D_HUB_IDENT3: 3,
    DRM_V3D_PARAM_V3D_CORE0_IDENT0: 4,
    DRM_V3D_PARAM_V3D_CORE0_IDENT1: 5,
    DRM_V3D_PARAM_V3D_CORE0_IDENT2: 6,
    DRM_V3D_PARAM_SUPPORTS_TFU: 7,
    DRM_V3D_PARAM_SUPPORTS_CSD: 8,
    DRM_V3D_PARAM_SUPPORTS_CACHE_FLUSH: 9,
    DRM_V3D_PARAM_SUPPORTS_PERFMON: 10,
    DRM_V3D_PARAM_SUPPORTS_MULTISYNC_EXT: 11,
    DRM_V3D_PARAM_SUPPORTS_CPU_QUEUE: 12,
    DRM_V3D_PARAM_MAX_PERF_COUNTERS: 13,
    DRM_V3D_PARAM_SUPPORTS_SUPER_PAGES: 14,
    DRM_V3D_PARAM_GLOBAL_RESET_COUNTER: 15,
    DRM_V3D_PARAM_CONTEXT_RESET_COUNTER: 16,
  },
  ioctls: {
    WAIT_BO: ioctl({
      name: "DRM_IOCTL_V3D_WAIT_BO",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_v3d_wait_bo,
      note: "timeout_ns counts from the call; what is left of it comes back.",
      nodes: "both",
      varies: { timeout_ns: "time" },
    }),
    CREATE_BO: ioctl({
      name: "DRM_IOCTL_V3D_CREATE_BO",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_v3d_create_bo,
      note:
        "flags have to be 0. All pages are fetched: the kernel kills programs for more than RAM.",
      nodes: "both",
    }),
    MMAP_BO: ioctl({
      name: "DRM_IOCTL_V3D_MMAP_BO",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_v3d_mmap_bo,
      note: "Imported buffers are accepted and mapped by their exporter.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    GET_PARAM: ioctl({
      name: "DRM_IOCTL_V3D_GET_PARAM",
      direction: "RW",
      type: "d",
      number: 0x44,
      struct: drm_v3d_get_param,
      note: "value has to be 0 for the parameters that are registers.",
      nodes: "both",
    }),
    GET_BO_OFFSET: ioctl({
      name: "DRM_IOCTL_V3D_GET_BO_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x45,
      struct: drm_v3d_get_bo_offset,
      note: "The GPU address, one for the whole device.",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
