/**
 * panfrost: Mali Midgard and Bifrost GPUs. Sizes and offsets of SYNC_BO are 32-bit.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { array, i64, nested, pointer, struct, u32, u64, union } from "../struct.ts";

const params = {
  GPU_PROD_ID: 0,
  GPU_REVISION: 1,
  SHADER_PRESENT: 2,
  TILER_PRESENT: 3,
  L2_PRESENT: 4,
  STACK_PRESENT: 5,
  AS_PRESENT: 6,
  JS_PRESENT: 7,
  L2_FEATURES: 8,
  CORE_FEATURES: 9,
  TILER_FEATURES: 10,
  MEM_FEATURES: 11,
  MMU_FEATURES: 12,
  THREAD_FEATURES: 13,
  MAX_THREADS: 14,
  THREAD_MAX_WORKGROUP_SZ: 15,
  THREAD_MAX_BARRIER_SZ: 16,
  COHERENCY_FEATURES: 17,
  TEXTURE_FEATURES0: 18,
  TEXTURE_FEATURES1: 19,
  TEXTURE_FEATURES2: 20,
  TEXTURE_FEATURES3: 21,
  JS_FEATURES0: 22,
  JS_FEATURES1: 23,
  JS_FEATURES2: 24,
  JS_FEATURES3: 25,
  JS_FEATURES4: 26,
  JS_FEATURES5: 27,
  JS_FEATURES6: 28,
  JS_FEATURES7: 29,
  JS_FEATURES8: 30,
  JS_FEATURES9: 31,
  JS_FEATURES10: 32,
  JS_FEATURES11: 33,
  JS_FEATURES12: 34,
  JS_FEATURES13: 35,
  JS_FEATURES14: 36,
  JS_FEATURES15: 37,
  NR_CORE_GROUPS: 38,
  THREAD_TLS_ALLOC: 39,
  AFBC_FEATURES: 40,
  SYSTEM_TIMESTAMP: 41,
  SYSTEM_TIMESTAMP_FREQUENCY: 42,
  ALLOWED_JM_CTX_PRIORITIES: 43,
  SELECTED_COHERENCY: 44,
};
const boFlags = { prefix: "PANFROST_BO_", flags: { NOEXEC: 1, HEAP: 2, WB_MMAP: 4 } };
const syncTypes = {
  prefix: "PANFROST_BO_SYNC_CPU_CACHE_",
  values: { FLUSH: 0, FLUSH_AND_INVALIDATE: 1 },
};

const drm_panfrost_submit = struct("drm_panfrost_submit", {
  jc: u64(),
  in_syncs: pointer("u32", { count: "in_sync_count" }),
  in_sync_count: u32(),
  out_sync: u32(),
  bo_handles: pointer("u32", { count: "bo_handle_count" }),
  bo_handle_count: u32(),
  requirements: u32({ prefix: "PANFROST_JD_REQ_", flags: { FS: 1, CYCLE_COUNT: 2 } }),
  jm_ctx_handle: u32(),
  pad: u32(),
});

const drm_panfrost_wait_bo = struct("drm_panfrost_wait_bo", {
  handle: u32(),
  pad: u32(),
  timeout_ns: i64(),
});

const drm_panfrost_create_bo = struct("drm_panfrost_create_bo", {
  size: u32(),
  flags: u32(boFlags),
  handle: u32(),
  pad: u32(),
  offset: u64(),
});

const drm_panfrost_mmap_bo = struct("drm_panfrost_mmap_bo", {
  handle: u32(),
  flags: u32(),
  offset: u64(),
});

const drm_panfrost_get_param = struct("drm_panfrost_get_param", {
  param: u32({ prefix: "DRM_PANFROST_PARAM_", values: params }),
  pad: u32(),
  value: u64(),
});

const drm_panfrost_get_bo_offset = struct("drm_panfrost_get_bo_offset", {
  handle: u32(),
  pad: u32(),
  offset: u64(),
});

const drm_panfrost_perfcnt_enable = struct("drm_panfrost_perfcnt_enable", {
  enable: u32(),
  counterset: u32(),
});

const drm_panfrost_perfcnt_dump = struct("drm_panfrost_perfcnt_dump", {
  buf_ptr: pointer(),
});

const drm_panfrost_madvise = struct("drm_panfrost_madvise", {
  handle: u32(),
  madv: u32({ prefix: "PANFROST_MADV_", values: { WILLNEED: 0, DONTNEED: 1 } }),
  retained: u32(),
});

const drm_panfrost_set_label_bo = struct("drm_panfrost_set_label_bo", {
  handle: u32(),
  pad: u32(),
  label: pointer("string"),
});

const drm_panfrost_bo_sync_op = struct("drm_panfrost_bo_sync_op", {
  handle: u32(),
  type: u32(syncTypes),
  offset: u32(),
  size: u32(),
});

const drm_panfrost_sync_bo = struct("drm_panfrost_sync_bo", {
  ops: pointer(drm_panfrost_bo_sync_op, { count: "op_count" }),
  op_count: u32(),
  pad: u32(),
});

const drm_panfrost_query_bo_info = struct("drm_panfrost_query_bo_info", {
  handle: u32(),
  extra_flags: u32({ prefix: "DRM_PANFROST_BO_", flags: { IS_IMPORTED: 1 } }),
  create_flags: u32(boFlags),
  pad: u32(),
});

// Named members of an anonymous union; `_anonymous` stands for the name that C does not need.
const panfrost_dump_object_header = struct("panfrost_dump_object_header", {
  magic: u32(),
  type: u32({
    prefix: "PANFROSTDUMP_BUF_",
    values: { REG: 0, BOMAP: 1, BO: 2, TRAILER: 3 },
  }),
  file_size: u32(),
  file_offset: u32(),
  _anonymous: nested(union("", {
    reghdr: nested(struct("", {
      jc: u64(),
      gpu_id: u32(),
      major: u32(),
      minor: u32(),
      nbos: u64(),
    })),
    bomap: nested(struct("", { valid: u32(), iova: u64(), data: array(4, 2) })),
    sizer: array(4, 496),
  })),
});

const panfrost_dump_registers = struct("panfrost_dump_registers", {
  reg: u32(),
  value: u32(),
});

const drm_panfrost_jm_ctx_create = struct("drm_panfrost_jm_ctx_create", {
  handle: u32(),
  priority: u32({ prefix: "PANFROST_JM_CTX_PRIORITY_", values: { LOW: 0, MEDIUM: 1, HIGH: 2 } }),
});

const drm_panfrost_jm_ctx_destroy = struct("drm_panfrost_jm_ctx_destroy", {
  handle: u32(),
  pad: u32(),
});

/** drm/panfrost_drm.h. */
export const panfrost = {
  name: "panfrost",
  section: "panfrost",
  header: "drm/panfrost_drm.h",
  structs: {
    drm_panfrost_submit,
    drm_panfrost_wait_bo,
    drm_panfrost_create_bo,
    drm_panfrost_mmap_bo,
    drm_panfrost_get_param,
    drm_panfrost_get_bo_offset,
    drm_panfrost_perfcnt_enable,
    drm_panfrost_perfcnt_dump,
    drm_panfrost_madvise,
    drm_panfrost_set_label_bo,
    drm_panfrost_bo_sync_op,
    drm_panfrost_sync_bo,
    drm_panfrost_query_bo_info,
    panfrost_dump_object_header,
    panfrost_dump_registers,
    drm_panfrost_jm_ctx_create,
    drm_panfrost_jm_ctx_destroy,
  },
  constants: {
    DRM_PANFROST_SUBMIT: 0,
    DRM_PANFROST_WAIT_BO: 1,
    DRM_PANFROST_CREATE_BO: 2,
    DRM_PANFROST_MMAP_BO: 3,
    DRM_PANFROST_GET_PARAM: 4,
    DRM_PANFROST_GET_BO_OFFSET: 5,
    DRM_PANFROST_PERFCNT_ENABLE: 6,
    DRM_PANFROST_PERFCNT_DUMP: 7,
    DRM_PANFROST_MADVISE: 8,
    DRM_PANFROST_SET_LABEL_BO: 9,
    DRM_PANFROST_JM_CTX_CREATE: 10,
    DRM_PANFROST_JM_CTX_DESTROY: 11,
    DRM_PANFROST_SYNC_BO: 12,
    DRM_PANFROST_QUERY_BO_INFO: 13,
    PANFROST_JD_REQ_FS: 1,
    PANFROST_JD_REQ_CYCLE_COUNT: 2,
    PANFROST_BO_NOEXEC: 1,
    PANFROST_BO_HEAP: 2,
    PANFROST_BO_WB_MMAP: 4,
    PANFROST_MADV_WILLNEED: 0,
    PANFROST_MADV_DONTNEED: 1,
    PANFROST_BO_SYNC_CPU_CACHE_FLUSH: 0,
    PANFROST_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE: 1,
    DRM_PANFROST_BO_IS_IMPORTED: 1,
    PANFROSTDUMP_MAJOR: 1,
    PANFROSTDUMP_MINOR: 0,
    PANFROSTDUMP_MAGIC: 0x464e4150,
    PANFROSTDUMP_BUF_REG: 0,
    PANFROSTDUMP_BUF_BOMAP: 1,
    PANFROSTDUMP_BUF_BO: 2,
    PANFROSTDUMP_BUF_TRAILER: 3,
    DRM_PANFROST_PARAM_GPU_PROD_ID: 0,
    DRM_PANFROST_PARAM_GPU_REVISION: 1,
    DRM_PANFROST_PARAM_SHADER_PRESENT: 2,
    DRM_PANFROST_PARAM_TILER_PRESENT: 3,
    DRM_PANFROST_PARAM_L2_PRESENT: 4,
    DRM_PANFROST_PARAM_STACK_PRESENT: 5,
    DRM_PANFROST_PARAM_AS_PRESENT: 6,
    DRM_PANFROST_PARAM_JS_PRESENT: 7,
    DRM_PANFROST_PARAM_L2_FEATURES: 8,
    DRM_PANFROST_PARAM_CORE_FEATURES: 9,
    DRM_PANFROST_PARAM_TILER_FEATURES: 10,
    DRM_PANFROST_PARAM_MEM_FEATURES: 11,
    DRM_PANFROST_PARAM_MMU_FEATURES: 12,
    DRM_PANFROST_PARAM_THREAD_FEATURES: 13,
    DRM_PANFROST_PARAM_MAX_THREADS: 14,
    DRM_PANFROST_PARAM_THREAD_MAX_WORKGROUP_SZ: 15,
    DRM_PANFROST_PARAM_THREAD_MAX_BARRIER_SZ: 16,
    DRM_PANFROST_PARAM_COHERENCY_FEATURES: 17,
    DRM_PANFROST_PARAM_TEXTURE_FEATURES0: 18,
    DRM_PANFROST_PARAM_TEXTURE_FEATURES1: 19,
    DRM_PANFROST_PARAM_TEXTURE_FEATURES2: 20,
    DRM_PANFROST_PARAM_TEXTURE_FEATURES3: 21,
    DRM_PANFROST_PARAM_JS_FEATURES0: 22,
    DRM_PANFROST_PARAM_JS_FEATURES1: 23,
    DRM_PANFROST_PARAM_JS_FEATURES2: 24,
    DRM_PANFROST_PARAM_JS_FEATURES3: 25,
    DRM_PANFROST_PARAM_JS_FEATURES4: 26,
    DRM_PANFROST_PARAM_JS_FEATURES5: 27,
    DRM_PANFROST_PARAM_JS_FEATURES6: 28,
    DRM_PANFROST_PARAM_JS_FEATURES7: 29,
    DRM_PANFROST_PARAM_JS_FEATURES8: 30,
    DRM_PANFROST_PARAM_JS_FEATURES9: 31,
    DRM_PANFROST_PARAM_JS_FEATURES10: 32,
    DRM_PANFROST_PARAM_JS_FEATURES11: 33,
    DRM_PANFROST_PARAM_JS_FEATURES12: 34,
    DRM_PANFROST_PARAM_JS_FEATURES13: 35,
    DRM_PANFROST_PARAM_JS_FEATURES14: 36,
    DRM_PANFROST_PARAM_JS_FEATURES15: 37,
    DRM_PANFROST_PARAM_NR_CORE_GROUPS: 38,
    DRM_PANFROST_PARAM_THREAD_TLS_ALLOC: 39,
    DRM_PANFROST_PARAM_AFBC_FEATURES: 40,
    DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP: 41,
    DRM_PANFROST_PARAM_SYSTEM_TIMESTAMP_FREQUENCY: 42,
    DRM_PANFROST_PARAM_ALLOWED_JM_CTX_PRIORITIES: 43,
    DRM_PANFROST_PARAM_SELECTED_COHERENCY: 44,
    DRM_PANFROST_GPU_COHERENCY_ACE_LITE: 0,
    DRM_PANFROST_GPU_COHERENCY_ACE: 1,
    DRM_PANFROST_GPU_COHERENCY_NONE: 31,
    PANFROST_JM_CTX_PRIORITY_LOW: 0,
    PANFROST_JM_CTX_PRIORITY_MEDIUM: 1,
    PANFROST_JM_CTX_PRIORITY_HIGH: 2,
  },
  ioctls: {
    SUBMIT: ioctl({
      name: "DRM_IOCTL_PANFROST_SUBMIT",
      direction: "W",
      type: "d",
      number: 0x40,
      struct: drm_panfrost_submit,
      nodes: "both",
    }),
    WAIT_BO: ioctl({
      name: "DRM_IOCTL_PANFROST_WAIT_BO",
      direction: "W",
      type: "d",
      number: 0x41,
      struct: drm_panfrost_wait_bo,
      nodes: "both",
      varies: { timeout_ns: "deadline" },
    }),
    CREATE_BO: ioctl({
      name: "DRM_IOCTL_PANFROST_CREATE_BO",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_panfrost_create_bo,
      nodes: "both",
    }),
    MMAP_BO: ioctl({
      name: "DRM_IOCTL_PANFROST_MMAP_BO",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_panfrost_mmap_bo,
      note: "HEAP buffers are EINVAL; imported ones are accepted and mapped by their exporter.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    GET_PARAM: ioctl({
      name: "DRM_IOCTL_PANFROST_GET_PARAM",
      direction: "RW",
      type: "d",
      number: 0x44,
      struct: drm_panfrost_get_param,
      nodes: "both",
    }),
    GET_BO_OFFSET: ioctl({
      name: "DRM_IOCTL_PANFROST_GET_BO_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x45,
      struct: drm_panfrost_get_bo_offset,
      nodes: "both",
    }),
    MADVISE: ioctl({
      name: "DRM_IOCTL_PANFROST_MADVISE",
      direction: "RW",
      type: "d",
      number: 0x48,
      struct: drm_panfrost_madvise,
      note: "The kernel may take the pages of a DONTNEED buffer away.",
      nodes: "both",
    }),
    SET_LABEL_BO: ioctl({
      name: "DRM_IOCTL_PANFROST_SET_LABEL_BO",
      direction: "RW",
      type: "d",
      number: 0x49,
      struct: drm_panfrost_set_label_bo,
      since: "7.2",
      note: "Absent in 6.12.",
      nodes: "both",
    }),
    JM_CTX_CREATE: ioctl({
      name: "DRM_IOCTL_PANFROST_JM_CTX_CREATE",
      direction: "RW",
      type: "d",
      number: 0x4a,
      struct: drm_panfrost_jm_ctx_create,
      since: "7.2",
      note: "Absent in 6.12.",
      nodes: "both",
    }),
    JM_CTX_DESTROY: ioctl({
      name: "DRM_IOCTL_PANFROST_JM_CTX_DESTROY",
      direction: "RW",
      type: "d",
      number: 0x4b,
      struct: drm_panfrost_jm_ctx_destroy,
      since: "7.2",
      note: "Absent in 6.12.",
      nodes: "both",
    }),
    SYNC_BO: ioctl({
      name: "DRM_IOCTL_PANFROST_SYNC_BO",
      direction: "RW",
      type: "d",
      number: 0x4c,
      struct: drm_panfrost_sync_bo,
      since: "7.0",
      note:
        "Imported buffers are EINVAL: use SYNC of the dma-buf. op_count 0xffffffff makes 7.2 print a WARNING.",
      nodes: "both",
    }),
    QUERY_BO_INFO: ioctl({
      name: "DRM_IOCTL_PANFROST_QUERY_BO_INFO",
      direction: "RW",
      type: "d",
      number: 0x4d,
      struct: drm_panfrost_query_bo_info,
      since: "7.0",
      note: "create_flags are synthesised: WB_MMAP whenever the buffer is not write-combined.",
      nodes: "both",
    }),
    PERFCNT_ENABLE: ioctl({
      name: "DRM_IOCTL_PANFROST_PERFCNT_ENABLE",
      direction: "W",
      type: "d",
      number: 0x46,
      struct: drm_panfrost_perfcnt_enable,
      note: "ENOSYS unless the module parameter unsafe_ioctls is set.",
      nodes: "both",
    }),
    PERFCNT_DUMP: ioctl({
      name: "DRM_IOCTL_PANFROST_PERFCNT_DUMP",
      direction: "W",
      type: "d",
      number: 0x47,
      struct: drm_panfrost_perfcnt_dump,
      note: "ENOSYS unless the module parameter unsafe_ioctls is set.",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
