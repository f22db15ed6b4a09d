/**
 * i915: the calls on buffers.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { array, i32, i64, pointer, struct, u32, u64 } from "../struct.ts";

const domains = {
  prefix: "I915_GEM_DOMAIN_",
  flags: {
    CPU: 1,
    RENDER: 2,
    SAMPLER: 4,
    COMMAND: 8,
    INSTRUCTION: 0x10,
    VERTEX: 0x20,
    GTT: 0x40,
    WC: 0x80,
  },
};

const i915_user_extension = struct("i915_user_extension", {
  next_extension: u64(),
  name: u32(),
  flags: u32(),
  rsvd: array(4, 4),
});

const drm_i915_getparam = struct("drm_i915_getparam", {
  param: i32(),
  value: pointer(),
});

const drm_i915_gem_create = struct("drm_i915_gem_create", {
  size: u64(),
  handle: u32(),
  pad: u32(),
});

const drm_i915_gem_mmap_gtt = struct("drm_i915_gem_mmap_gtt", {
  handle: u32(),
  pad: u32(),
  offset: u64(),
});

const drm_i915_gem_mmap_offset = struct("drm_i915_gem_mmap_offset", {
  handle: u32(),
  pad: u32(),
  offset: u64(),
  flags: u64({ prefix: "I915_MMAP_OFFSET_", values: { GTT: 0, WC: 1, WB: 2, UC: 3, FIXED: 4 } }),
  extensions: pointer(i915_user_extension),
});

const drm_i915_gem_set_domain = struct("drm_i915_gem_set_domain", {
  handle: u32(),
  read_domains: u32(domains),
  write_domain: u32(domains),
});

const drm_i915_gem_sw_finish = struct("drm_i915_gem_sw_finish", {
  handle: u32(),
});

const drm_i915_gem_busy = struct("drm_i915_gem_busy", {
  handle: u32(),
  busy: u32(),
});

const drm_i915_gem_caching = struct("drm_i915_gem_caching", {
  handle: u32(),
  caching: u32({ prefix: "I915_CACHING_", values: { NONE: 0, CACHED: 1, DISPLAY: 2 } }),
});

const drm_i915_gem_madvise = struct("drm_i915_gem_madvise", {
  handle: u32(),
  madv: u32({ prefix: "I915_MADV_", values: { WILLNEED: 0, DONTNEED: 1 } }),
  retained: u32(),
});

const drm_i915_gem_wait = struct("drm_i915_gem_wait", {
  bo_handle: u32(),
  flags: u32(),
  timeout_ns: i64(),
});

const drm_i915_gem_create_ext = struct("drm_i915_gem_create_ext", {
  size: u64(),
  handle: u32(),
  flags: u32({ prefix: "I915_GEM_CREATE_EXT_FLAG_", flags: { NEEDS_CPU_ACCESS: 1 } }),
  extensions: pointer(i915_user_extension),
});

/** drm/i915_drm.h. */
export const i915 = {
  name: "i915",
  section: "i915",
  header: "drm/i915_drm.h",
  leavesOut:
    /I915_(?!(GETPARAM|GEM_(CREATE|CREATE_EXT|MMAP_GTT|MMAP_OFFSET|SET_DOMAIN|SW_FINISH|BUSY|WAIT|SET_CACHING|GET_CACHING|MADVISE))$)/,
  structs: {
    i915_user_extension,
    drm_i915_getparam,
    drm_i915_gem_create,
    drm_i915_gem_mmap_gtt,
    drm_i915_gem_mmap_offset,
    drm_i915_gem_set_domain,
    drm_i915_gem_sw_finish,
    drm_i915_gem_busy,
    drm_i915_gem_caching,
    drm_i915_gem_madvise,
    drm_i915_gem_wait,
    drm_i915_gem_create_ext,
  },
  constants: {
    DRM_I915_GEM_BUSY: 23,
    DRM_I915_GEM_CREATE: 27,
    DRM_I915_GEM_MMAP: 30,
    DRM_I915_GEM_SET_DOMAIN: 31,
    DRM_I915_GEM_SW_FINISH: 32,
    DRM_I915_GEM_MMAP_GTT: 36,
    DRM_I915_GEM_MADVISE: 38,
    DRM_I915_GEM_WAIT: 44,
    DRM_I915_GEM_SET_CACHING: 47,
    DRM_I915_GEM_GET_CACHING: 48,
    DRM_I915_GEM_CREATE_EXT: 60,
    I915_PARAM_HAS_LLC: 17,
    I915_PARAM_HAS_WAIT_TIMEOUT: 19,
    I915_PARAM_MMAP_VERSION: 30,
    I915_PARAM_MMAP_GTT_VERSION: 40,
    I915_MMAP_WC: 1,
    I915_MMAP_OFFSET_GTT: 0,
    I915_MMAP_OFFSET_WC: 1,
    I915_MMAP_OFFSET_WB: 2,
    I915_MMAP_OFFSET_UC: 3,
    I915_MMAP_OFFSET_FIXED: 4,
    I915_GEM_DOMAIN_CPU: 1,
    I915_GEM_DOMAIN_RENDER: 2,
    I915_GEM_DOMAIN_SAMPLER: 4,
    I915_GEM_DOMAIN_COMMAND: 8,
    I915_GEM_DOMAIN_INSTRUCTION: 16,
    I915_GEM_DOMAIN_VERTEX: 32,
    I915_GEM_DOMAIN_GTT: 64,
    I915_GEM_DOMAIN_WC: 128,
    I915_CACHING_NONE: 0,
    I915_CACHING_CACHED: 1,
    I915_CACHING_DISPLAY: 2,
    I915_MADV_WILLNEED: 0,
    I915_MADV_DONTNEED: 1,
    I915_GEM_CREATE_EXT_FLAG_NEEDS_CPU_ACCESS: 1,
  },
  ioctls: {
    GETPARAM: ioctl({
      name: "DRM_IOCTL_I915_GETPARAM",
      direction: "RW",
      type: "d",
      number: 0x46,
      struct: drm_i915_getparam,
      nodes: "both",
    }),
    GEM_BUSY: ioctl({
      name: "DRM_IOCTL_I915_GEM_BUSY",
      direction: "RW",
      type: "d",
      number: 0x57,
      struct: drm_i915_gem_busy,
      nodes: "both",
    }),
    GEM_SET_CACHING: ioctl({
      name: "DRM_IOCTL_I915_GEM_SET_CACHING",
      direction: "W",
      type: "d",
      number: 0x6f,
      struct: drm_i915_gem_caching,
      nodes: "both",
    }),
    GEM_GET_CACHING: ioctl({
      name: "DRM_IOCTL_I915_GEM_GET_CACHING",
      direction: "RW",
      type: "d",
      number: 0x70,
      struct: drm_i915_gem_caching,
      nodes: "both",
    }),
    GEM_CREATE: ioctl({
      name: "DRM_IOCTL_I915_GEM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x5b,
      struct: drm_i915_gem_create,
      nodes: "both",
    }),
    GEM_CREATE_EXT: ioctl({
      name: "DRM_IOCTL_I915_GEM_CREATE_EXT",
      direction: "RW",
      type: "d",
      number: 0x7c,
      struct: drm_i915_gem_create_ext,
      nodes: "both",
    }),
    GEM_MMAP_GTT: ioctl({
      name: "DRM_IOCTL_I915_GEM_MMAP_GTT",
      direction: "RW",
      type: "d",
      number: 0x64,
      struct: drm_i915_gem_mmap_gtt,
      nodes: "both",
      varies: { "offset": "fake offset" },
    }),
    GEM_MMAP_OFFSET: ioctl({
      name: "DRM_IOCTL_I915_GEM_MMAP_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x64,
      struct: drm_i915_gem_mmap_offset,
      note:
        "The number is MMAP_GTT's: the size of the argument tells them apart to people, not to the kernel. FIXED is mandatory on discrete GPUs.",
      nodes: "both",
      varies: { "offset": "fake offset" },
    }),
    GEM_SET_DOMAIN: ioctl({
      name: "DRM_IOCTL_I915_GEM_SET_DOMAIN",
      direction: "W",
      type: "d",
      number: 0x5f,
      struct: drm_i915_gem_set_domain,
      note: "ENODEV on discrete GPUs, ENXIO for imports.",
      nodes: "both",
    }),
    GEM_SW_FINISH: ioctl({
      name: "DRM_IOCTL_I915_GEM_SW_FINISH",
      direction: "W",
      type: "d",
      number: 0x60,
      struct: drm_i915_gem_sw_finish,
      nodes: "both",
    }),
    GEM_MADVISE: ioctl({
      name: "DRM_IOCTL_I915_GEM_MADVISE",
      direction: "RW",
      type: "d",
      number: 0x66,
      struct: drm_i915_gem_madvise,
      nodes: "both",
    }),
    GEM_WAIT: ioctl({
      name: "DRM_IOCTL_I915_GEM_WAIT",
      direction: "RW",
      type: "d",
      number: 0x6c,
      struct: drm_i915_gem_wait,
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
