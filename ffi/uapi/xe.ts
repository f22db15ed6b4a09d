/**
 * xe: Intel GPUs from Tiger Lake on; the calls on buffers and address spaces.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { array, i64, nested, pointer, struct, tail, u16, u32, u64, union } from "../struct.ts";

const drm_xe_mem_region = struct("drm_xe_mem_region", {
  mem_class: u16({ prefix: "DRM_XE_MEM_REGION_CLASS_", values: { SYSMEM: 0, VRAM: 1 } }),
  instance: u16(),
  min_page_size: u32(),
  total_size: u64(),
  used: u64(),
  cpu_visible_size: u64(),
  cpu_visible_used: u64(),
  reserved: array(8, 6),
});

const drm_xe_query_mem_regions = struct("drm_xe_query_mem_regions", {
  num_mem_regions: u32(),
  pad: u32(),
  mem_regions: tail(drm_xe_mem_region, "num_mem_regions"),
});

const drm_xe_device_query = struct("drm_xe_device_query", {
  extensions: u64(),
  query: u32({
    prefix: "DRM_XE_DEVICE_QUERY_",
    values: {
      ENGINES: 0,
      MEM_REGIONS: 1,
      CONFIG: 2,
      GT_LIST: 3,
      HWCONFIG: 4,
      GT_TOPOLOGY: 5,
      ENGINE_CYCLES: 6,
      UC_FW_VERSION: 7,
      OA_UNITS: 8,
      PXP_STATUS: 9,
      EU_STALL: 10,
    },
  }),
  size: u32(),
  data: pointer("bytes", {
    count: "size",
    cases: { field: "query", structs: { 1: drm_xe_query_mem_regions } },
  }),
  reserved: array(8, 2),
});

const drm_xe_gem_create = struct("drm_xe_gem_create", {
  extensions: u64(),
  size: u64(),
  placement: u32(),
  flags: u32({
    prefix: "DRM_XE_GEM_CREATE_FLAG_",
    flags: { DEFER_BACKING: 1, SCANOUT: 2, NEEDS_VISIBLE_VRAM: 4, NO_COMPRESSION: 8 },
  }),
  vm_id: u32(),
  handle: u32(),
  cpu_caching: u16({ prefix: "DRM_XE_GEM_CPU_CACHING_", values: { WB: 1, WC: 2 } }),
  pad: array(2, 3),
  reserved: array(8, 2),
});

const drm_xe_gem_mmap_offset = struct("drm_xe_gem_mmap_offset", {
  extensions: u64(),
  handle: u32(),
  flags: u32({ prefix: "DRM_XE_MMAP_OFFSET_FLAG_", flags: { PCI_BARRIER: 1 } }),
  offset: u64(),
  reserved: array(8, 2),
});

const drm_xe_vm_create = struct("drm_xe_vm_create", {
  extensions: u64(),
  flags: u32({
    prefix: "DRM_XE_VM_CREATE_FLAG_",
    flags: { SCRATCH_PAGE: 1, LR_MODE: 2, FAULT_MODE: 4, NO_VM_OVERCOMMIT: 8 },
  }),
  vm_id: u32(),
  reserved: array(8, 2),
});

const drm_xe_vm_destroy = struct("drm_xe_vm_destroy", {
  vm_id: u32(),
  pad: u32(),
  reserved: array(8, 2),
});

const drm_xe_vm_bind_op = struct("drm_xe_vm_bind_op", {
  extensions: u64(),
  obj: u32(),
  pat_index: u16(),
  pad: u16(),
  // `_anonymous` stands for the name that C does not need.
  _anonymous: nested(union("", {
    obj_offset: u64(),
    userptr: u64(),
    cpu_addr_mirror_offset: i64(),
  })),
  range: u64(),
  addr: u64(),
  op: u32({
    prefix: "DRM_XE_VM_BIND_OP_",
    values: { MAP: 0, UNMAP: 1, MAP_USERPTR: 2, UNMAP_ALL: 3, PREFETCH: 4 },
  }),
  flags: u32({
    prefix: "DRM_XE_VM_BIND_FLAG_",
    flags: {
      READONLY: 1,
      IMMEDIATE: 2,
      NULL: 4,
      DUMPABLE: 8,
      CHECK_PXP: 0x10,
      CPU_ADDR_MIRROR: 0x20,
      MADVISE_AUTORESET: 0x40,
      DECOMPRESS: 0x80,
    },
  }),
  prefetch_mem_region_instance: u32(),
  pad2: u32(),
  reserved: array(8, 3),
});

const drm_xe_vm_bind = struct("drm_xe_vm_bind", {
  extensions: u64(),
  vm_id: u32(),
  exec_queue_id: u32(),
  pad: u32(),
  num_binds: u32(),
  // One bind is here, several are elsewhere.
  _anonymous: nested(union("", {
    bind: nested(drm_xe_vm_bind_op),
    vector_of_binds: u64(),
  })),
  pad2: u32(),
  num_syncs: u32(),
  syncs: u64(),
  reserved: array(8, 2),
});

const drm_xe_madvise = struct("drm_xe_madvise", {
  extensions: u64(),
  start: u64(),
  range: u64(),
  vm_id: u32(),
  type: u32({
    prefix: "DRM_XE_",
    values: {
      MEM_RANGE_ATTR_PREFERRED_LOC: 0,
      MEM_RANGE_ATTR_ATOMIC: 1,
      MEM_RANGE_ATTR_PAT: 2,
      VMA_ATTR_PURGEABLE_STATE: 3,
    },
  }),
  _anonymous: nested(union("", {
    preferred_mem_loc: nested(struct("", {
      devmem_fd: u32(),
      migration_policy: u16(),
      region_instance: u16(),
      reserved: u64(),
    })),
    atomic: nested(struct("", { val: u32(), pad: u32(), reserved: u64() })),
    pat_index: nested(struct("", { val: u32(), pad: u32(), reserved: u64() })),
    purge_state_val: nested(struct("", {
      val: u32({ prefix: "DRM_XE_VMA_PURGEABLE_STATE_", values: { WILLNEED: 0, DONTNEED: 1 } }),
      pad: u32(),
      retained_ptr: pointer("bytes"),
    })),
  })),
  reserved: array(8, 2),
});

const drm_xe_wait_user_fence = struct("drm_xe_wait_user_fence", {
  extensions: u64(),
  addr: u64(),
  op: u16(),
  flags: u16(),
  pad: u32(),
  value: u64(),
  mask: u64(),
  timeout: i64(),
  exec_queue_id: u32(),
  pad2: u32(),
  reserved: array(8, 2),
});

/** drm/xe_drm.h. */
export const xe = {
  name: "xe",
  section: "xe",
  header: "drm/xe_drm.h",
  leavesOut: /XE_(EXEC_QUEUE_\w+|EXEC|OBSERVATION|VM_QUERY_MEM_RANGE_ATTRS|VM_GET_PROPERTY)$/,
  structs: {
    drm_xe_mem_region,
    drm_xe_query_mem_regions,
    drm_xe_device_query,
    drm_xe_gem_create,
    drm_xe_gem_mmap_offset,
    drm_xe_vm_create,
    drm_xe_vm_destroy,
    drm_xe_vm_bind_op,
    drm_xe_vm_bind,
    drm_xe_madvise,
    drm_xe_wait_user_fence,
  },
  constants: {
    DRM_XE_DEVICE_QUERY: 0,
    DRM_XE_GEM_CREATE: 1,
    DRM_XE_GEM_MMAP_OFFSET: 2,
    DRM_XE_VM_CREATE: 3,
    DRM_XE_VM_DESTROY: 4,
    DRM_XE_VM_BIND: 5,
    DRM_XE_MADVISE: 12,
    DRM_XE_DEVICE_QUERY_ENGINES: 0,
    DRM_XE_DEVICE_QUERY_MEM_REGIONS: 1,
    DRM_XE_DEVICE_QUERY_CONFIG: 2,
    DRM_XE_DEVICE_QUERY_GT_LIST: 3,
    DRM_XE_DEVICE_QUERY_HWCONFIG: 4,
    DRM_XE_DEVICE_QUERY_GT_TOPOLOGY: 5,
    DRM_XE_DEVICE_QUERY_ENGINE_CYCLES: 6,
    DRM_XE_DEVICE_QUERY_UC_FW_VERSION: 7,
    DRM_XE_DEVICE_QUERY_OA_UNITS: 8,
    DRM_XE_DEVICE_QUERY_PXP_STATUS: 9,
    DRM_XE_DEVICE_QUERY_EU_STALL: 10,
    DRM_XE_GEM_CREATE_EXTENSION_SET_PROPERTY: 0,
    DRM_XE_GEM_CREATE_SET_PROPERTY_PXP_TYPE: 0,
    DRM_XE_GEM_CREATE_FLAG_DEFER_BACKING: 1,
    DRM_XE_GEM_CREATE_FLAG_SCANOUT: 2,
    DRM_XE_GEM_CREATE_FLAG_NEEDS_VISIBLE_VRAM: 4,
    DRM_XE_GEM_CREATE_FLAG_NO_COMPRESSION: 8,
    DRM_XE_GEM_CPU_CACHING_WB: 1,
    DRM_XE_GEM_CPU_CACHING_WC: 2,
    DRM_XE_MMAP_OFFSET_FLAG_PCI_BARRIER: 1,
    DRM_XE_VM_CREATE_FLAG_SCRATCH_PAGE: 1,
    DRM_XE_VM_CREATE_FLAG_LR_MODE: 2,
    DRM_XE_VM_CREATE_FLAG_FAULT_MODE: 4,
    DRM_XE_VM_CREATE_FLAG_NO_VM_OVERCOMMIT: 8,
    DRM_XE_VM_BIND_OP_MAP: 0,
    DRM_XE_VM_BIND_OP_UNMAP: 1,
    DRM_XE_VM_BIND_OP_MAP_USERPTR: 2,
    DRM_XE_VM_BIND_OP_UNMAP_ALL: 3,
    DRM_XE_VM_BIND_OP_PREFETCH: 4,
    DRM_XE_VM_BIND_FLAG_READONLY: 1,
    DRM_XE_VM_BIND_FLAG_IMMEDIATE: 2,
    DRM_XE_VM_BIND_FLAG_NULL: 4,
    DRM_XE_VM_BIND_FLAG_DUMPABLE: 8,
    DRM_XE_VM_BIND_FLAG_CHECK_PXP: 0x10,
    DRM_XE_VM_BIND_FLAG_CPU_ADDR_MIRROR: 0x20,
    DRM_XE_VM_BIND_FLAG_MADVISE_AUTORESET: 0x40,
    DRM_XE_VM_BIND_FLAG_DECOMPRESS: 0x80,
    DRM_XE_MEM_RANGE_ATTR_PREFERRED_LOC: 0,
    DRM_XE_MEM_RANGE_ATTR_ATOMIC: 1,
    DRM_XE_MEM_RANGE_ATTR_PAT: 2,
    DRM_XE_VMA_ATTR_PURGEABLE_STATE: 3,
    DRM_XE_VMA_PURGEABLE_STATE_WILLNEED: 0,
    DRM_XE_VMA_PURGEABLE_STATE_DONTNEED: 1,
    DRM_XE_UFENCE_WAIT_OP_EQ: 0,
    DRM_XE_UFENCE_WAIT_OP_NEQ: 1,
    DRM_XE_UFENCE_WAIT_OP_GT: 2,
    DRM_XE_UFENCE_WAIT_OP_GTE: 3,
    DRM_XE_UFENCE_WAIT_OP_LT: 4,
    DRM_XE_UFENCE_WAIT_OP_LTE: 5,
    DRM_XE_UFENCE_WAIT_FLAG_ABSTIME: 1,
    DRM_XE_MEM_REGION_CLASS_SYSMEM: 0,
    DRM_XE_MEM_REGION_CLASS_VRAM: 1,
  },
  ioctls: {
    DEVICE_QUERY: ioctl({
      name: "DRM_IOCTL_XE_DEVICE_QUERY",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_xe_device_query,
      since: "6.8",
      note: "size 0 asks for the size alone.",
      nodes: "both",
    }),
    GEM_CREATE: ioctl({
      name: "DRM_IOCTL_XE_GEM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_xe_gem_create,
      since: "6.8",
      note: "cpu_caching is mandatory; vm_id makes the buffer private: its export is EPERM.",
      nodes: "both",
    }),
    GEM_MMAP_OFFSET: ioctl({
      name: "DRM_IOCTL_XE_GEM_MMAP_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_xe_gem_mmap_offset,
      since: "6.8",
      nodes: "both",
      varies: { "offset": "fake offset" },
    }),
    VM_CREATE: ioctl({
      name: "DRM_IOCTL_XE_VM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_xe_vm_create,
      since: "6.8",
      nodes: "both",
    }),
    VM_DESTROY: ioctl({
      name: "DRM_IOCTL_XE_VM_DESTROY",
      direction: "W",
      type: "d",
      number: 0x44,
      struct: drm_xe_vm_destroy,
      since: "6.8",
      nodes: "both",
    }),
    VM_BIND: ioctl({
      name: "DRM_IOCTL_XE_VM_BIND",
      direction: "W",
      type: "d",
      number: 0x45,
      struct: drm_xe_vm_bind,
      since: "6.8",
      note: "What is bound nowhere cannot be called purgeable.",
      nodes: "both",
    }),
    MADVISE: ioctl({
      name: "DRM_IOCTL_XE_MADVISE",
      direction: "W",
      type: "d",
      number: 0x4c,
      struct: drm_xe_madvise,
      since: "6.18",
      note: "PURGEABLE_STATE since 7.1: mmap and export of DONTNEED are EBUSY, of purged EINVAL.",
      nodes: "both",
    }),
    WAIT_USER_FENCE: ioctl({
      name: "DRM_IOCTL_XE_WAIT_USER_FENCE",
      direction: "RW",
      type: "d",
      number: 0x4a,
      struct: drm_xe_wait_user_fence,
      since: "6.8",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
