/**
 * vc4: Broadcom VideoCore IV (Raspberry Pi up to 3) with its display, and the display of later ones.
 * Its buffers are contiguous and always write-combined, so it has no call for cache maintenance.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { pointer, struct, u32, u64 } from "../struct.ts";

const params = {
  V3D_IDENT0: 0,
  V3D_IDENT1: 1,
  V3D_IDENT2: 2,
  SUPPORTS_BRANCHES: 3,
  SUPPORTS_ETC1: 4,
  SUPPORTS_THREADED_FS: 5,
  SUPPORTS_FIXED_RCL_ORDER: 6,
  SUPPORTS_MADVISE: 7,
  SUPPORTS_PERFMON: 8,
};

const drm_vc4_wait_seqno = struct("drm_vc4_wait_seqno", { seqno: u64(), timeout_ns: u64() });

const drm_vc4_wait_bo = struct("drm_vc4_wait_bo", {
  handle: u32(),
  pad: u32(),
  timeout_ns: u64(),
});

const drm_vc4_create_bo = struct("drm_vc4_create_bo", {
  size: u32(),
  flags: u32(),
  handle: u32(),
  pad: u32(),
});

const drm_vc4_mmap_bo = struct("drm_vc4_mmap_bo", {
  handle: u32(),
  flags: u32(),
  offset: u64(),
});

const drm_vc4_create_shader_bo = struct("drm_vc4_create_shader_bo", {
  size: u32(),
  flags: u32(),
  data: pointer("bytes", { count: "size" }),
  handle: u32(),
  pad: u32(),
});

const drm_vc4_get_param = struct("drm_vc4_get_param", {
  param: u32({ prefix: "DRM_VC4_PARAM_", values: params }),
  pad: u32(),
  value: u64(),
});

const drm_vc4_get_tiling = struct("drm_vc4_get_tiling", {
  handle: u32(),
  flags: u32(),
  modifier: u64(),
});

const drm_vc4_set_tiling = struct("drm_vc4_set_tiling", {
  handle: u32(),
  flags: u32(),
  modifier: u64(),
});

const drm_vc4_label_bo = struct("drm_vc4_label_bo", {
  handle: u32(),
  len: u32(),
  name: pointer("bytes", { count: "len" }),
});

const drm_vc4_gem_madvise = struct("drm_vc4_gem_madvise", {
  handle: u32(),
  madv: u32({ prefix: "VC4_MADV_", values: { WILLNEED: 0, DONTNEED: 1 } }),
  retained: u32(),
  pad: u32(),
});

/** drm/vc4_drm.h, without jobs, hang states and performance monitors. */
export const vc4 = {
  name: "vc4",
  section: "vc4",
  header: "drm/vc4_drm.h",
  leavesOut: /_(SUBMIT_CL|GET_HANG_STATE|PERFMON_\w+)$/,
  structs: {
    drm_vc4_wait_seqno,
    drm_vc4_wait_bo,
    drm_vc4_create_bo,
    drm_vc4_mmap_bo,
    drm_vc4_create_shader_bo,
    drm_vc4_get_param,
    drm_vc4_get_tiling,
    drm_vc4_set_tiling,
    drm_vc4_label_bo,
    drm_vc4_gem_madvise,
  },
  constants: {
    DRM_VC4_WAIT_SEQNO: 1,
    DRM_VC4_WAIT_BO: 2,
    DRM_VC4_CREATE_BO: 3,
    DRM_VC4_MMAP_BO: 4,
    DRM_VC4_CREATE_SHADER_BO: 5,
    DRM_VC4_GET_PARAM: 7,
    DRM_VC4_SET_TILING: 8,
    DRM_VC4_GET_TILING: 9,
    DRM_VC4_LABEL_BO: 10,
    DRM_VC4_GEM_MADVISE: 11,
    DRM_VC4_PARAM_V3D_IDENT0: 0,
    DRM_VC4_PARAM_V3D_IDENT1: 1,
    DRM_VC4_PARAM_V3D_IDENT2: 2,
    DRM_VC4_PARAM_SUPPORTS_BRANCHES: 3,
    DRM_VC4_PARAM_SUPPORTS_ETC1: 4,
    DRM_VC4_PARAM_SUPPORTS_THREADED_FS: 5,
    DRM_VC4_PARAM_SUPPORTS_FIXED_RCL_ORDER: 6,
    DRM_VC4_PARAM_SUPPORTS_MADVISE: 7,
    DRM_VC4_PARAM_SUPPORTS_PERFMON: 8,
    VC4_MADV_WILLNEED: 0,
    VC4_MADV_DONTNEED: 1,
  },
  ioctls: {
    WAIT_SEQNO: ioctl({
      name: "DRM_IOCTL_VC4_WAIT_SEQNO",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_vc4_wait_seqno,
      nodes: "both",
      varies: { timeout_ns: "time" },
    }),
    WAIT_BO: ioctl({
      name: "DRM_IOCTL_VC4_WAIT_BO",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_vc4_wait_bo,
      note: "timeout_ns counts from the call; what is left of it comes back.",
      nodes: "both",
      varies: { timeout_ns: "time" },
    }),
    CREATE_BO: ioctl({
      name: "DRM_IOCTL_VC4_CREATE_BO",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_vc4_create_bo,
      note: "flags and pad are not looked at.",
      nodes: "both",
    }),
    MMAP_BO: ioctl({
      name: "DRM_IOCTL_VC4_MMAP_BO",
      direction: "RW",
      type: "d",
      number: 0x44,
      struct: drm_vc4_mmap_bo,
      note: "flags are not looked at; imports are mapped by their address, not by their exporter.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    CREATE_SHADER_BO: ioctl({
      name: "DRM_IOCTL_VC4_CREATE_SHADER_BO",
      direction: "RW",
      type: "d",
      number: 0x45,
      struct: drm_vc4_create_shader_bo,
      note: "data is a program that the kernel checks.",
      nodes: "both",
    }),
    GET_PARAM: ioctl({
      name: "DRM_IOCTL_VC4_GET_PARAM",
      direction: "RW",
      type: "d",
      number: 0x47,
      struct: drm_vc4_get_param,
      nodes: "both",
    }),
    SET_TILING: ioctl({
      name: "DRM_IOCTL_VC4_SET_TILING",
      direction: "RW",
      type: "d",
      number: 0x48,
      struct: drm_vc4_set_tiling,
      nodes: "both",
    }),
    GET_TILING: ioctl({
      name: "DRM_IOCTL_VC4_GET_TILING",
      direction: "RW",
      type: "d",
      number: 0x49,
      struct: drm_vc4_get_tiling,
      nodes: "both",
    }),
    LABEL_BO: ioctl({
      name: "DRM_IOCTL_VC4_LABEL_BO",
      direction: "RW",
      type: "d",
      number: 0x4a,
      struct: drm_vc4_label_bo,
      nodes: "both",
    }),
    GEM_MADVISE: ioctl({
      name: "DRM_IOCTL_VC4_GEM_MADVISE",
      direction: "RW",
      type: "d",
      number: 0x4b,
      struct: drm_vc4_gem_madvise,
      note: "The kernel may take the memory of a DONTNEED buffer away.",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
