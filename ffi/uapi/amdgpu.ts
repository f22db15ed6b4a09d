/**
 * amdgpu: the calls on buffers. Arguments are unions: `in` goes down, `out` comes back.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { array, nested, pointer, struct, u32, u64, union } from "../struct.ts";

const domains = {
  prefix: "AMDGPU_GEM_DOMAIN_",
  flags: { CPU: 1, GTT: 2, VRAM: 4, GDS: 8, GWS: 16, OA: 32, DOORBELL: 64 },
};
const creation = {
  prefix: "AMDGPU_GEM_CREATE_",
  flags: {
    CPU_ACCESS_REQUIRED: 1,
    NO_CPU_ACCESS: 2,
    CPU_GTT_USWC: 4,
    VRAM_CLEARED: 8,
    VRAM_CONTIGUOUS: 0x20,
    VM_ALWAYS_VALID: 0x40,
    EXPLICIT_SYNC: 0x80,
    CP_MQD_GFX9: 0x100,
    VRAM_WIPE_ON_RELEASE: 0x200,
    ENCRYPTED: 0x400,
    PREEMPTIBLE: 0x800,
    DISCARDABLE: 0x1000,
    COHERENT: 0x2000,
    UNCACHED: 0x4000,
    EXT_COHERENT: 0x8000,
    GFX12_DCC: 0x10000,
  },
};

const drm_amdgpu_gem_create_in = struct("drm_amdgpu_gem_create_in", {
  bo_size: u64(),
  alignment: u64(),
  domains: u64(domains),
  domain_flags: u64(creation),
});

const drm_amdgpu_gem_create_out = struct("drm_amdgpu_gem_create_out", {
  handle: u32(),
  _pad: u32(),
});

const drm_amdgpu_gem_userptr = struct("drm_amdgpu_gem_userptr", {
  addr: u64(),
  size: u64(),
  flags: u32({
    prefix: "AMDGPU_GEM_USERPTR_",
    flags: { READONLY: 1, ANONONLY: 2, VALIDATE: 4, REGISTER: 8 },
  }),
  handle: u32(),
});

const drm_amdgpu_gem_metadata = struct("drm_amdgpu_gem_metadata", {
  handle: u32(),
  op: u32({ prefix: "AMDGPU_GEM_METADATA_OP_", values: { SET_METADATA: 1, GET_METADATA: 2 } }),
  data: nested(
    struct("", { flags: u64(), tiling_info: u64(), data_size_bytes: u32(), data: array(4, 64) }),
  ),
});

const drm_amdgpu_gem_mmap_in = struct("drm_amdgpu_gem_mmap_in", {
  handle: u32(),
  _pad: u32(),
});

const drm_amdgpu_gem_mmap_out = struct("drm_amdgpu_gem_mmap_out", {
  addr_ptr: u64(),
});

const drm_amdgpu_gem_wait_idle_in = struct("drm_amdgpu_gem_wait_idle_in", {
  handle: u32(),
  flags: u32(),
  timeout: u64(),
});

const drm_amdgpu_gem_wait_idle_out = struct("drm_amdgpu_gem_wait_idle_out", {
  status: u32(),
  domain: u32(),
});

const drm_amdgpu_gem_op = struct("drm_amdgpu_gem_op", {
  handle: u32(),
  op: u32({
    prefix: "AMDGPU_GEM_OP_",
    values: { GET_GEM_CREATE_INFO: 0, SET_PLACEMENT: 1, GET_MAPPING_INFO: 2 },
  }),
  value: pointer("bytes", { cases: { field: "op", structs: { 0: drm_amdgpu_gem_create_in } } }),
  num_entries: u32(),
  padding: u32(),
});

const drm_amdgpu_gem_list_handles_entry = struct("drm_amdgpu_gem_list_handles_entry", {
  gem_handle: u32(),
  flags: u32({ prefix: "AMDGPU_GEM_LIST_HANDLES_FLAG_", flags: { IS_IMPORT: 1 } }),
  size: u64(),
  preferred_domains: u64(domains),
  alloc_flags: u64(creation),
  alignment: u64(),
});

const drm_amdgpu_gem_list_handles = struct("drm_amdgpu_gem_list_handles", {
  entries: pointer(drm_amdgpu_gem_list_handles_entry, { count: "num_entries" }),
  num_entries: u32(),
  padding: u32(),
});

const drm_amdgpu_gem_create = union("drm_amdgpu_gem_create", {
  in: nested(drm_amdgpu_gem_create_in),
  out: nested(drm_amdgpu_gem_create_out),
});

const drm_amdgpu_gem_mmap = union("drm_amdgpu_gem_mmap", {
  in: nested(drm_amdgpu_gem_mmap_in),
  out: nested(drm_amdgpu_gem_mmap_out),
});

const drm_amdgpu_gem_wait_idle = union("drm_amdgpu_gem_wait_idle", {
  in: nested(drm_amdgpu_gem_wait_idle_in),
  out: nested(drm_amdgpu_gem_wait_idle_out),
});

/** drm/amdgpu_drm.h. */
export const amdgpu = {
  name: "amdgpu",
  section: "amdgpu",
  header: "drm/amdgpu_drm.h",
  leavesOut:
    /AMDGPU_(CTX|BO_LIST|CS|INFO|GEM_VA|WAIT_CS|WAIT_FENCES|VM|FENCE_TO_HANDLE|SCHED|USERQ(_SIGNAL|_WAIT)?|PROC_OPTIONS)$/,
  structs: {
    drm_amdgpu_gem_create_in,
    drm_amdgpu_gem_create_out,
    drm_amdgpu_gem_userptr,
    drm_amdgpu_gem_metadata,
    drm_amdgpu_gem_mmap_in,
    drm_amdgpu_gem_mmap_out,
    drm_amdgpu_gem_wait_idle_in,
    drm_amdgpu_gem_wait_idle_out,
    drm_amdgpu_gem_op,
    drm_amdgpu_gem_list_handles_entry,
    drm_amdgpu_gem_list_handles,
    drm_amdgpu_gem_create,
    drm_amdgpu_gem_mmap,
    drm_amdgpu_gem_wait_idle,
  },
  constants: {
    DRM_AMDGPU_GEM_CREATE: 0,
    DRM_AMDGPU_GEM_MMAP: 1,
    DRM_AMDGPU_GEM_METADATA: 6,
    DRM_AMDGPU_GEM_WAIT_IDLE: 7,
    DRM_AMDGPU_GEM_OP: 16,
    DRM_AMDGPU_GEM_USERPTR: 17,
    DRM_AMDGPU_GEM_LIST_HANDLES: 25,
    AMDGPU_GEM_DOMAIN_CPU: 1,
    AMDGPU_GEM_DOMAIN_GTT: 2,
    AMDGPU_GEM_DOMAIN_VRAM: 4,
    AMDGPU_GEM_DOMAIN_GDS: 8,
    AMDGPU_GEM_DOMAIN_GWS: 16,
    AMDGPU_GEM_DOMAIN_OA: 32,
    AMDGPU_GEM_DOMAIN_DOORBELL: 64,
    AMDGPU_GEM_DOMAIN_MASK: 127,
    AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED: 1,
    AMDGPU_GEM_CREATE_NO_CPU_ACCESS: 2,
    AMDGPU_GEM_CREATE_CPU_GTT_USWC: 4,
    AMDGPU_GEM_CREATE_VRAM_CLEARED: 8,
    AMDGPU_GEM_CREATE_VRAM_CONTIGUOUS: 32,
    AMDGPU_GEM_CREATE_VM_ALWAYS_VALID: 64,
    AMDGPU_GEM_CREATE_EXPLICIT_SYNC: 128,
    AMDGPU_GEM_CREATE_CP_MQD_GFX9: 256,
    AMDGPU_GEM_CREATE_VRAM_WIPE_ON_RELEASE: 512,
    AMDGPU_GEM_CREATE_ENCRYPTED: 1024,
    AMDGPU_GEM_CREATE_PREEMPTIBLE: 2048,
    AMDGPU_GEM_CREATE_DISCARDABLE: 4096,
    AMDGPU_GEM_CREATE_COHERENT: 8192,
    AMDGPU_GEM_CREATE_UNCACHED: 16384,
    AMDGPU_GEM_CREATE_EXT_COHERENT: 32768,
    AMDGPU_GEM_CREATE_GFX12_DCC: 0x10000,
    AMDGPU_GEM_USERPTR_READONLY: 1,
    AMDGPU_GEM_USERPTR_ANONONLY: 2,
    AMDGPU_GEM_USERPTR_VALIDATE: 4,
    AMDGPU_GEM_USERPTR_REGISTER: 8,
    AMDGPU_GEM_METADATA_OP_SET_METADATA: 1,
    AMDGPU_GEM_METADATA_OP_GET_METADATA: 2,
    AMDGPU_GEM_OP_GET_GEM_CREATE_INFO: 0,
    AMDGPU_GEM_OP_SET_PLACEMENT: 1,
    AMDGPU_GEM_OP_GET_MAPPING_INFO: 2,
    AMDGPU_GEM_LIST_HANDLES_FLAG_IS_IMPORT: 1,
  },
  ioctls: {
    GEM_CREATE: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_amdgpu_gem_create,
      nodes: "both",
    }),
    GEM_MMAP: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_MMAP",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_amdgpu_gem_mmap,
      note: "EPERM for NO_CPU_ACCESS; given for imports, whose pages are SIGBUS when touched.",
      nodes: "both",
      varies: { "out.addr_ptr": "fake offset" },
    }),
    GEM_METADATA: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_METADATA",
      direction: "RW",
      type: "d",
      number: 0x46,
      struct: drm_amdgpu_gem_metadata,
      nodes: "both",
    }),
    GEM_WAIT_IDLE: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_WAIT_IDLE",
      direction: "RW",
      type: "d",
      number: 0x47,
      struct: drm_amdgpu_gem_wait_idle,
      note: "A time-out is no error: status 1. The time is absolute (CLOCK_MONOTONIC).",
      nodes: "both",
      varies: { "in.timeout": "deadline" },
    }),
    GEM_OP: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_OP",
      direction: "RW",
      type: "d",
      number: 0x50,
      struct: drm_amdgpu_gem_op,
      nodes: "both",
    }),
    GEM_USERPTR: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_USERPTR",
      direction: "RW",
      type: "d",
      number: 0x51,
      struct: drm_amdgpu_gem_userptr,
      nodes: "both",
    }),
    GEM_LIST_HANDLES: ioctl({
      name: "DRM_IOCTL_AMDGPU_GEM_LIST_HANDLES",
      direction: "RW",
      type: "d",
      number: 0x59,
      struct: drm_amdgpu_gem_list_handles,
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
