/**
 * msm: Adreno GPUs and Snapdragon displays. Submitting, fences, queues and address spaces are left
 * out.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i64, nested, struct, u32, u64 } from "../struct.ts";

const params = {
  GPU_ID: 1,
  GMEM_SIZE: 2,
  CHIP_ID: 3,
  MAX_FREQ: 4,
  TIMESTAMP: 5,
  GMEM_BASE: 6,
  PRIORITIES: 7,
  PP_PGTABLE: 8,
  FAULTS: 9,
  SUSPENDS: 10,
  SYSPROF: 11,
  COMM: 12,
  CMDLINE: 13,
  VA_START: 14,
  VA_SIZE: 15,
  HIGHEST_BANK_BIT: 16,
  RAYTRACING: 17,
  UBWC_SWIZZLE: 18,
  MACROTILE_MODE: 19,
  UCHE_TRAP_BASE: 20,
  HAS_PRR: 21,
  EN_VM_BIND: 22,
  AQE: 23,
};

/** CLOCK_MONOTONIC, absolute. */
const drm_msm_timespec = struct("drm_msm_timespec", { tv_sec: i64(), tv_nsec: i64() });

const drm_msm_param = struct("drm_msm_param", {
  pipe: u32({ prefix: "MSM_PIPE_", values: { NONE: 0, "2D0": 1, "2D1": 2, "3D0": 16 } }),
  param: u32({ prefix: "MSM_PARAM_", values: params }),
  value: u64(),
  len: u32(),
  pad: u32(),
});

const drm_msm_gem_new = struct("drm_msm_gem_new", {
  size: u64(),
  flags: u32({
    prefix: "MSM_BO_",
    flags: {
      SCANOUT: 1,
      GPU_READONLY: 2,
      NO_SHARE: 4,
      CACHED: 0x1_0000,
      WC: 0x2_0000,
      UNCACHED: 0x4_0000,
      CACHED_COHERENT: 0x8_0000,
    },
  }),
  handle: u32(),
});

// What `value` is depends on `info`: an offset, an address, flags, or a pointer to a text.
const drm_msm_gem_info = struct("drm_msm_gem_info", {
  handle: u32(),
  info: u32({
    prefix: "MSM_INFO_",
    values: {
      GET_OFFSET: 0,
      GET_IOVA: 1,
      SET_NAME: 2,
      GET_NAME: 3,
      SET_IOVA: 4,
      GET_FLAGS: 5,
      SET_METADATA: 6,
      GET_METADATA: 7,
    },
  }),
  value: u64(),
  len: u32(),
  pad: u32(),
});

const drm_msm_gem_cpu_prep = struct("drm_msm_gem_cpu_prep", {
  handle: u32(),
  op: u32({ prefix: "MSM_PREP_", flags: { READ: 1, WRITE: 2, NOSYNC: 4, BOOST: 8 } }),
  timeout: nested(drm_msm_timespec),
});

const drm_msm_gem_cpu_fini = struct("drm_msm_gem_cpu_fini", { handle: u32() });

const drm_msm_gem_madvise = struct("drm_msm_gem_madvise", {
  handle: u32(),
  madv: u32({ prefix: "MSM_MADV_", values: { WILLNEED: 0, DONTNEED: 1 } }),
  retained: u32(),
});

/** drm/msm_drm.h, as far as it is about buffers. */
export const msm = {
  name: "msm",
  section: "msm",
  header: "drm/msm_drm.h",
  leavesOut: /_(SET_PARAM|GEM_SUBMIT|WAIT_FENCE|SUBMITQUEUE_\w+|VM_BIND|PERFCNTR_CONFIG)$/,
  structs: {
    drm_msm_timespec,
    drm_msm_param,
    drm_msm_gem_new,
    drm_msm_gem_info,
    drm_msm_gem_cpu_prep,
    drm_msm_gem_cpu_fini,
    drm_msm_gem_madvise,
  },
  constants: {
    MSM_PIPE_3D0: 16,
    MSM_PARAM_GPU_ID: 1,
    MSM_PARAM_GMEM_SIZE: 2,
    MSM_PARAM_CHIP_ID: 3,
    MSM_PARAM_MAX_FREQ: 4,
    MSM_BO_SCANOUT: 1,
    MSM_BO_GPU_READONLY: 2,
    MSM_BO_NO_SHARE: 4,
    MSM_BO_CACHE_MASK: 0xf_0000,
    MSM_BO_CACHED: 0x1_0000,
    MSM_BO_WC: 0x2_0000,
    MSM_BO_UNCACHED: 0x4_0000,
    MSM_BO_CACHED_COHERENT: 0x8_0000,
    MSM_INFO_GET_OFFSET: 0,
    MSM_INFO_GET_IOVA: 1,
    MSM_INFO_SET_NAME: 2,
    MSM_INFO_GET_NAME: 3,
    MSM_INFO_SET_IOVA: 4,
    MSM_INFO_GET_FLAGS: 5,
    MSM_INFO_SET_METADATA: 6,
    MSM_INFO_GET_METADATA: 7,
    MSM_PREP_READ: 1,
    MSM_PREP_WRITE: 2,
    MSM_PREP_NOSYNC: 4,
    MSM_PREP_BOOST: 8,
    MSM_MADV_WILLNEED: 0,
    MSM_MADV_DONTNEED: 1,
    DRM_MSM_GET_PARAM: 0,
    DRM_MSM_GEM_NEW: 2,
    DRM_MSM_GEM_INFO: 3,
    DRM_MSM_GEM_CPU_PREP: 4,
    DRM_MSM_GEM_CPU_FINI: 5,
    DRM_MSM_GEM_MADVISE: 8,
  },
  ioctls: {
    GET_PARAM: ioctl({
      name: "DRM_IOCTL_MSM_GET_PARAM",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_msm_param,
      note: "ENXIO where no GPU could be started.",
      nodes: "both",
    }),
    GEM_NEW: ioctl({
      name: "DRM_IOCTL_MSM_GEM_NEW",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_msm_gem_new,
      note:
        "Exactly one of CACHED, WC and, where the GPU has it, CACHED_COHERENT. NO_SHARE is not " +
        "in 6.12; in 7.2 the kernel oopses where it comes first in an open file: ask GEM_INFO " +
        "GET_IOVA of another buffer before.",
      nodes: "both",
    }),
    GEM_INFO: ioctl({
      name: "DRM_IOCTL_MSM_GEM_INFO",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_msm_gem_info,
      note: "GET_OFFSET tells the offset for mmap; imported buffers are mapped by msm itself.",
      nodes: "both",
      varies: { value: "fake offset" },
    }),
    GEM_CPU_PREP: ioctl({
      name: "DRM_IOCTL_MSM_GEM_CPU_PREP",
      direction: "W",
      type: "d",
      number: 0x44,
      struct: drm_msm_gem_cpu_prep,
      note: "Waits; does no cache maintenance.",
      nodes: "both",
      varies: { timeout: "deadline" },
    }),
    GEM_CPU_FINI: ioctl({
      name: "DRM_IOCTL_MSM_GEM_CPU_FINI",
      direction: "W",
      type: "d",
      number: 0x45,
      struct: drm_msm_gem_cpu_fini,
      note: "Does nothing but look the handle up.",
      nodes: "both",
    }),
    GEM_MADVISE: ioctl({
      name: "DRM_IOCTL_MSM_GEM_MADVISE",
      direction: "RW",
      type: "d",
      number: 0x48,
      struct: drm_msm_gem_madvise,
      note:
        "The kernel may take the pages of a DONTNEED buffer away; touching one of its mappings " +
        "is SIGBUS and makes the kernel print a WARNING.",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
