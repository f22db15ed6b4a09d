/**
 * etnaviv: Vivante GPUs. Submitting, fences, user pointers and performance monitors are left out.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i64, nested, struct, u32, u64 } from "../struct.ts";

const params = {
  GPU_MODEL: 1,
  GPU_REVISION: 2,
  GPU_FEATURES_0: 3,
  GPU_FEATURES_1: 4,
  GPU_FEATURES_2: 5,
  GPU_FEATURES_3: 6,
  GPU_FEATURES_4: 7,
  GPU_FEATURES_5: 8,
  GPU_FEATURES_6: 9,
  GPU_FEATURES_7: 10,
  GPU_FEATURES_8: 11,
  GPU_FEATURES_9: 12,
  GPU_FEATURES_10: 13,
  GPU_FEATURES_11: 14,
  GPU_FEATURES_12: 15,
  GPU_STREAM_COUNT: 16,
  GPU_REGISTER_MAX: 17,
  GPU_THREAD_COUNT: 18,
  GPU_VERTEX_CACHE_SIZE: 19,
  GPU_SHADER_CORE_COUNT: 20,
  GPU_PIXEL_PIPES: 21,
  GPU_VERTEX_OUTPUT_BUFFER_SIZE: 22,
  GPU_BUFFER_SIZE: 23,
  GPU_INSTRUCTION_COUNT: 24,
  GPU_NUM_CONSTANTS: 25,
  GPU_NUM_VARYINGS: 26,
  SOFTPIN_START_ADDR: 27,
  GPU_PRODUCT_ID: 28,
  GPU_CUSTOMER_ID: 29,
  GPU_ECO_ID: 30,
};
const pipes = { prefix: "ETNA_PIPE_", values: { "3D": 0, "2D": 1, VG: 2 } };

/** CLOCK_MONOTONIC, absolute. */
const drm_etnaviv_timespec = struct("drm_etnaviv_timespec", { tv_sec: i64(), tv_nsec: i64() });

const drm_etnaviv_param = struct("drm_etnaviv_param", {
  pipe: u32(pipes),
  param: u32({ prefix: "ETNAVIV_PARAM_", values: params }),
  value: u64(),
});

const drm_etnaviv_gem_new = struct("drm_etnaviv_gem_new", {
  size: u64(),
  flags: u32({
    prefix: "ETNA_BO_",
    flags: { CACHED: 0x1_0000, WC: 0x2_0000, UNCACHED: 0x4_0000, FORCE_MMU: 0x10_0000 },
  }),
  handle: u32(),
});

const drm_etnaviv_gem_info = struct("drm_etnaviv_gem_info", {
  handle: u32(),
  pad: u32(),
  offset: u64(),
});

const drm_etnaviv_gem_cpu_prep = struct("drm_etnaviv_gem_cpu_prep", {
  handle: u32(),
  op: u32({ prefix: "ETNA_PREP_", flags: { READ: 1, WRITE: 2, NOSYNC: 4 } }),
  timeout: nested(drm_etnaviv_timespec),
});

const drm_etnaviv_gem_cpu_fini = struct("drm_etnaviv_gem_cpu_fini", {
  handle: u32(),
  flags: u32(),
});

const drm_etnaviv_gem_wait = struct("drm_etnaviv_gem_wait", {
  pipe: u32(pipes),
  handle: u32(),
  flags: u32({ prefix: "ETNA_WAIT_", flags: { NONBLOCK: 1 } }),
  pad: u32(),
  timeout: nested(drm_etnaviv_timespec),
});

/** drm/etnaviv_drm.h, as far as it is about buffers. */
export const etnaviv = {
  name: "etnaviv",
  section: "etnaviv",
  header: "drm/etnaviv_drm.h",
  leavesOut: /_(GEM_SUBMIT|WAIT_FENCE|GEM_USERPTR|PM_QUERY_DOM|PM_QUERY_SIG)$/,
  structs: {
    drm_etnaviv_timespec,
    drm_etnaviv_param,
    drm_etnaviv_gem_new,
    drm_etnaviv_gem_info,
    drm_etnaviv_gem_cpu_prep,
    drm_etnaviv_gem_cpu_fini,
    drm_etnaviv_gem_wait,
  },
  constants: {
    ETNA_MAX_PIPES: 4,
    ETNA_BO_CACHE_MASK: 0xf_0000,
    ETNA_BO_CACHED: 0x1_0000,
    ETNA_BO_WC: 0x2_0000,
    ETNA_BO_UNCACHED: 0x4_0000,
    ETNA_BO_FORCE_MMU: 0x10_0000,
    ETNA_PREP_READ: 1,
    ETNA_PREP_WRITE: 2,
    ETNA_PREP_NOSYNC: 4,
    ETNA_PIPE_3D: 0,
    ETNA_PIPE_2D: 1,
    ETNA_PIPE_VG: 2,
    ETNA_WAIT_NONBLOCK: 1,
    ETNAVIV_PARAM_GPU_MODEL: 1,
    ETNAVIV_PARAM_GPU_REVISION: 2,
    ETNAVIV_PARAM_GPU_FEATURES_0: 3,
    ETNAVIV_PARAM_GPU_FEATURES_1: 4,
    ETNAVIV_PARAM_SOFTPIN_START_ADDR: 27,
    ETNAVIV_PARAM_GPU_ECO_ID: 30,
    DRM_ETNAVIV_GET_PARAM: 0,
    DRM_ETNAVIV_GEM_NEW: 2,
    DRM_ETNAVIV_GEM_INFO: 3,
    DRM_ETNAVIV_GEM_CPU_PREP: 4,
    DRM_ETNAVIV_GEM_CPU_FINI: 5,
    DRM_ETNAVIV_GEM_WAIT: 9,
  },
  ioctls: {
    GET_PARAM: ioctl({
      name: "DRM_IOCTL_ETNAVIV_GET_PARAM",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_etnaviv_param,
      note: "ENXIO for a pipe without a GPU.",
      nodes: "both",
    }),
    GEM_NEW: ioctl({
      name: "DRM_IOCTL_ETNAVIV_GEM_NEW",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_etnaviv_gem_new,
      note: "Exactly one of CACHED, WC and UNCACHED. A size of 0 is accepted.",
      nodes: "both",
    }),
    GEM_INFO: ioctl({
      name: "DRM_IOCTL_ETNAVIV_GEM_INFO",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_etnaviv_gem_info,
      note: "Tells the offset for mmap. Imported buffers are mapped by their exporter.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    GEM_CPU_PREP: ioctl({
      name: "DRM_IOCTL_ETNAVIV_GEM_CPU_PREP",
      direction: "W",
      type: "d",
      number: 0x44,
      struct: drm_etnaviv_gem_cpu_prep,
      note: "Waits, and hands the whole of a CACHED buffer to the CPU.",
      nodes: "both",
      varies: { timeout: "deadline" },
    }),
    GEM_CPU_FINI: ioctl({
      name: "DRM_IOCTL_ETNAVIV_GEM_CPU_FINI",
      direction: "W",
      type: "d",
      number: 0x45,
      struct: drm_etnaviv_gem_cpu_fini,
      note: "Without a CPU_PREP before it the kernel prints a WARNING for a CACHED buffer, and " +
        "oopses where the buffer has no pages yet.",
      nodes: "both",
    }),
    GEM_WAIT: ioctl({
      name: "DRM_IOCTL_ETNAVIV_GEM_WAIT",
      direction: "W",
      type: "d",
      number: 0x49,
      struct: drm_etnaviv_gem_wait,
      note: "Waits for one pipe's submits. ENXIO for a pipe without a GPU.",
      nodes: "both",
      varies: { timeout: "deadline" },
    }),
  },
} as const satisfies UapiTable;
