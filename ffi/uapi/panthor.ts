/**
 * panthor: Mali GPUs with a command stream frontend. The Rust driver tyr answers to the same name
 * with version 1.5 and knows DEV_QUERY only.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import {
  array,
  nested,
  pointer,
  type PointerField,
  type SmallField,
  struct,
  type StructType,
  u32,
  u64,
  u8,
} from "../struct.ts";

const boFlags = { prefix: "DRM_PANTHOR_BO_", flags: { NO_MMAP: 1, WB_MMAP: 2 } };
const coherency = {
  prefix: "DRM_PANTHOR_GPU_COHERENCY_",
  values: { ACE_LITE: 0, ACE: 1, NONE: 31 },
};

const timestampFlags = {
  prefix: "DRM_PANTHOR_TIMESTAMP_",
  flags: { GPU: 1, GPU_OFFSET: 0x10, GPU_CYCLE_COUNT: 0x20, FREQ: 0x40, DURATION: 0x80 },
  values: { CPU_NONE: 0, CPU_MONOTONIC: 2, CPU_MONOTONIC_RAW: 4 },
};
const mmioOffsets = {
  prefix: "DRM_PANTHOR_USER_MMIO_",
  values: { OFFSET_32BIT: 0x80000000000n, OFFSET_64BIT: 0x100000000000000n },
};

/** struct drm_panthor_obj_array, which leaves to each call what its elements are. */
function objArray(
  element: PointerField["to"],
): StructType<{ stride: SmallField; count: SmallField; array: PointerField }> {
  return struct("drm_panthor_obj_array", {
    stride: u32(),
    count: u32(),
    array: pointer(element, { count: "count", stride: "stride" }),
  });
}

const drm_panthor_obj_array = objArray("bytes");

const drm_panthor_sync_op = struct("drm_panthor_sync_op", {
  flags: u32({
    prefix: "DRM_PANTHOR_SYNC_OP_",
    flags: { WAIT: 0, SIGNAL: 0x80000000 },
    values: { HANDLE_TYPE_SYNCOBJ: 0, HANDLE_TYPE_TIMELINE_SYNCOBJ: 1 },
  }),
  handle: u32(),
  timeline_value: u64(),
});

const drm_panthor_gpu_info = struct("drm_panthor_gpu_info", {
  gpu_id: u32(),
  gpu_rev: u32(),
  csf_id: u32(),
  l2_features: u32(),
  tiler_features: u32(),
  mem_features: u32(),
  mmu_features: u32(),
  thread_features: u32(),
  max_threads: u32(),
  thread_max_workgroup_size: u32(),
  thread_max_barrier_size: u32(),
  coherency_features: u32(),
  texture_features: array(4, 4),
  as_present: u32(),
  selected_coherency: u32(coherency),
  shader_present: u64(),
  l2_present: u64(),
  tiler_present: u64(),
  core_features: u32(),
  pad: u32(),
  gpu_features: u64(),
});

const drm_panthor_csif_info = struct("drm_panthor_csif_info", {
  csg_slot_count: u32(),
  cs_slot_count: u32(),
  cs_reg_count: u32(),
  scoreboard_slot_count: u32(),
  unpreserved_cs_reg_count: u32(),
  pad: u32(),
});

const drm_panthor_timestamp_info = struct("drm_panthor_timestamp_info", {
  timestamp_frequency: u64(),
  current_timestamp: u64(),
  timestamp_offset: u64(),
  flags: u32(timestampFlags),
  duration_nsec: u32(),
  cycle_count: u64(),
  cpu_timestamp_sec: u64(),
  cpu_timestamp_nsec: u64(),
});

const drm_panthor_mmu_info = struct("drm_panthor_mmu_info", {
  page_size_bitmap: u64(),
});

const drm_panthor_group_priorities_info = struct("drm_panthor_group_priorities_info", {
  allowed_mask: u8(),
  pad: array(1, 3),
});

const drm_panthor_dev_query = struct("drm_panthor_dev_query", {
  type: u32({
    prefix: "DRM_PANTHOR_DEV_QUERY_",
    values: { GPU_INFO: 0, CSIF_INFO: 1, TIMESTAMP_INFO: 2, GROUP_PRIORITIES_INFO: 3, MMU_INFO: 4 },
  }),
  size: u32(),
  pointer: pointer("bytes", {
    count: "size",
    cases: {
      field: "type",
      structs: {
        0: drm_panthor_gpu_info,
        1: drm_panthor_csif_info,
        2: drm_panthor_timestamp_info,
        3: drm_panthor_group_priorities_info,
        4: drm_panthor_mmu_info,
      },
    },
  }),
});

const drm_panthor_vm_create = struct("drm_panthor_vm_create", {
  flags: u32(),
  id: u32(),
  user_va_range: u64(),
});

const drm_panthor_vm_destroy = struct("drm_panthor_vm_destroy", {
  id: u32(),
  pad: u32(),
});

const drm_panthor_vm_bind_op = struct("drm_panthor_vm_bind_op", {
  flags: u32({
    prefix: "DRM_PANTHOR_VM_BIND_OP_",
    flags: { MAP_READONLY: 1, MAP_NOEXEC: 2, MAP_UNCACHED: 4, MAP_SPARSE: 8 },
    values: { TYPE_MAP: 0, TYPE_UNMAP: 0x10000000, TYPE_SYNC_ONLY: 0x20000000 },
  }),
  bo_handle: u32(),
  bo_offset: u64(),
  va: u64(),
  size: u64(),
  syncs: nested(objArray(drm_panthor_sync_op)),
});

const drm_panthor_vm_bind = struct("drm_panthor_vm_bind", {
  vm_id: u32(),
  flags: u32({ prefix: "DRM_PANTHOR_VM_BIND_", flags: { ASYNC: 1 } }),
  ops: nested(objArray(drm_panthor_vm_bind_op)),
});

const drm_panthor_vm_get_state = struct("drm_panthor_vm_get_state", {
  vm_id: u32(),
  state: u32({ prefix: "DRM_PANTHOR_VM_STATE_", values: { USABLE: 0, UNUSABLE: 1 } }),
});

const drm_panthor_bo_create = struct("drm_panthor_bo_create", {
  size: u64(),
  flags: u32(boFlags),
  exclusive_vm_id: u32(),
  handle: u32(),
  pad: u32(),
});

const drm_panthor_bo_mmap_offset = struct("drm_panthor_bo_mmap_offset", {
  handle: u32(),
  pad: u32(),
  offset: u64(),
});

const drm_panthor_queue_create = struct("drm_panthor_queue_create", {
  priority: u8(),
  pad: array(1, 3),
  ringbuf_size: u32(),
});

const drm_panthor_group_create = struct("drm_panthor_group_create", {
  queues: nested(objArray(drm_panthor_queue_create)),
  max_compute_cores: u8(),
  max_fragment_cores: u8(),
  max_tiler_cores: u8(),
  priority: u8({
    prefix: "PANTHOR_GROUP_PRIORITY_",
    values: { LOW: 0, MEDIUM: 1, HIGH: 2, REALTIME: 3 },
  }),
  pad: u32(),
  compute_core_mask: u64(),
  fragment_core_mask: u64(),
  tiler_core_mask: u64(),
  vm_id: u32(),
  group_handle: u32(),
});

const drm_panthor_group_destroy = struct("drm_panthor_group_destroy", {
  group_handle: u32(),
  pad: u32(),
});

const drm_panthor_queue_submit = struct("drm_panthor_queue_submit", {
  queue_index: u32(),
  stream_size: u32(),
  stream_addr: u64(),
  latest_flush: u32(),
  pad: u32(),
  syncs: nested(objArray(drm_panthor_sync_op)),
});

const drm_panthor_group_submit = struct("drm_panthor_group_submit", {
  group_handle: u32(),
  pad: u32(),
  queue_submits: nested(objArray(drm_panthor_queue_submit)),
});

const drm_panthor_group_get_state = struct("drm_panthor_group_get_state", {
  group_handle: u32(),
  state: u32({
    prefix: "DRM_PANTHOR_GROUP_STATE_",
    flags: { TIMEDOUT: 1, FATAL_FAULT: 2, INNOCENT: 4 },
  }),
  fatal_queues: u32(),
  pad: u32(),
});

const drm_panthor_tiler_heap_create = struct("drm_panthor_tiler_heap_create", {
  vm_id: u32(),
  initial_chunk_count: u32(),
  chunk_size: u32(),
  max_chunks: u32(),
  target_in_flight: u32(),
  handle: u32(),
  tiler_heap_ctx_gpu_va: u64(),
  first_heap_chunk_gpu_va: u64(),
});

const drm_panthor_tiler_heap_destroy = struct("drm_panthor_tiler_heap_destroy", {
  handle: u32(),
  pad: u32(),
});

const drm_panthor_bo_set_label = struct("drm_panthor_bo_set_label", {
  handle: u32(),
  pad: u32(),
  label: pointer("string"),
});

const drm_panthor_set_user_mmio_offset = struct("drm_panthor_set_user_mmio_offset", {
  offset: u64(mmioOffsets),
});

const drm_panthor_bo_sync_op = struct("drm_panthor_bo_sync_op", {
  handle: u32(),
  type: u32({
    prefix: "DRM_PANTHOR_BO_SYNC_CPU_CACHE_",
    values: { FLUSH: 0, FLUSH_AND_INVALIDATE: 1 },
  }),
  offset: u64(),
  size: u64(),
});

const drm_panthor_bo_sync = struct("drm_panthor_bo_sync", {
  ops: nested(objArray(drm_panthor_bo_sync_op)),
});

const drm_panthor_bo_query_info = struct("drm_panthor_bo_query_info", {
  handle: u32(),
  extra_flags: u32({ prefix: "DRM_PANTHOR_BO_", flags: { IS_IMPORTED: 1 } }),
  create_flags: u32(boFlags),
  pad: u32(),
});

/** drm/panthor_drm.h. */
export const panthor = {
  name: "panthor",
  section: "panthor",
  header: "drm/panthor_drm.h",
  structs: {
    drm_panthor_obj_array,
    drm_panthor_sync_op,
    drm_panthor_gpu_info,
    drm_panthor_csif_info,
    drm_panthor_timestamp_info,
    drm_panthor_mmu_info,
    drm_panthor_group_priorities_info,
    drm_panthor_dev_query,
    drm_panthor_vm_create,
    drm_panthor_vm_destroy,
    drm_panthor_vm_bind_op,
    drm_panthor_vm_bind,
    drm_panthor_vm_get_state,
    drm_panthor_bo_create,
    drm_panthor_bo_mmap_offset,
    drm_panthor_queue_create,
    drm_panthor_group_create,
    drm_panthor_group_destroy,
    drm_panthor_queue_submit,
    drm_panthor_group_submit,
    drm_panthor_group_get_state,
    drm_panthor_tiler_heap_create,
    drm_panthor_tiler_heap_destroy,
    drm_panthor_bo_set_label,
    drm_panthor_set_user_mmio_offset,
    drm_panthor_bo_sync_op,
    drm_panthor_bo_sync,
    drm_panthor_bo_query_info,
  },
  constants: {
    DRM_PANTHOR_USER_MMIO_OFFSET_32BIT: 0x80000000000n,
    DRM_PANTHOR_USER_MMIO_OFFSET_64BIT: 0x100000000000000n,
    DRM_PANTHOR_USER_MMIO_OFFSET: 0x100000000000000n,
    DRM_PANTHOR_USER_FLUSH_ID_MMIO_OFFSET: 0x100000000000000n,
    DRM_PANTHOR_DEV_QUERY: 0,
    DRM_PANTHOR_VM_CREATE: 1,
    DRM_PANTHOR_VM_DESTROY: 2,
    DRM_PANTHOR_VM_BIND: 3,
    DRM_PANTHOR_VM_GET_STATE: 4,
    DRM_PANTHOR_BO_CREATE: 5,
    DRM_PANTHOR_BO_MMAP_OFFSET: 6,
    DRM_PANTHOR_GROUP_CREATE: 7,
    DRM_PANTHOR_GROUP_DESTROY: 8,
    DRM_PANTHOR_GROUP_SUBMIT: 9,
    DRM_PANTHOR_GROUP_GET_STATE: 10,
    DRM_PANTHOR_TILER_HEAP_CREATE: 11,
    DRM_PANTHOR_TILER_HEAP_DESTROY: 12,
    DRM_PANTHOR_BO_SET_LABEL: 13,
    DRM_PANTHOR_SET_USER_MMIO_OFFSET: 14,
    DRM_PANTHOR_BO_SYNC: 15,
    DRM_PANTHOR_BO_QUERY_INFO: 16,
    DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK: 255,
    DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ: 0,
    DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ: 1,
    DRM_PANTHOR_SYNC_OP_WAIT: 0,
    DRM_PANTHOR_SYNC_OP_SIGNAL: 0x80000000,
    DRM_PANTHOR_DEV_QUERY_GPU_INFO: 0,
    DRM_PANTHOR_DEV_QUERY_CSIF_INFO: 1,
    DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO: 2,
    DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO: 3,
    DRM_PANTHOR_DEV_QUERY_MMU_INFO: 4,
    DRM_PANTHOR_GPU_COHERENCY_ACE_LITE: 0,
    DRM_PANTHOR_GPU_COHERENCY_ACE: 1,
    DRM_PANTHOR_GPU_COHERENCY_NONE: 31,
    DRM_PANTHOR_TIMESTAMP_GPU: 1,
    DRM_PANTHOR_TIMESTAMP_CPU_NONE: 0,
    DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC: 2,
    DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW: 4,
    DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK: 14,
    DRM_PANTHOR_TIMESTAMP_GPU_OFFSET: 16,
    DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT: 32,
    DRM_PANTHOR_TIMESTAMP_FREQ: 64,
    DRM_PANTHOR_TIMESTAMP_DURATION: 128,
    DRM_PANTHOR_VM_BIND_OP_MAP_READONLY: 1,
    DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC: 2,
    DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED: 4,
    DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE: 8,
    DRM_PANTHOR_VM_BIND_OP_TYPE_MASK: 0xf0000000,
    DRM_PANTHOR_VM_BIND_OP_TYPE_MAP: 0,
    DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP: 0x10000000,
    DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY: 0x20000000,
    DRM_PANTHOR_VM_BIND_ASYNC: 1,
    DRM_PANTHOR_VM_STATE_USABLE: 0,
    DRM_PANTHOR_VM_STATE_UNUSABLE: 1,
    DRM_PANTHOR_BO_NO_MMAP: 1,
    DRM_PANTHOR_BO_WB_MMAP: 2,
    PANTHOR_GROUP_PRIORITY_LOW: 0,
    PANTHOR_GROUP_PRIORITY_MEDIUM: 1,
    PANTHOR_GROUP_PRIORITY_HIGH: 2,
    PANTHOR_GROUP_PRIORITY_REALTIME: 3,
    DRM_PANTHOR_GROUP_STATE_TIMEDOUT: 1,
    DRM_PANTHOR_GROUP_STATE_FATAL_FAULT: 2,
    DRM_PANTHOR_GROUP_STATE_INNOCENT: 4,
    DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH: 0,
    DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE: 1,
    DRM_PANTHOR_BO_IS_IMPORTED: 1,
  },
  ioctls: {
    DEV_QUERY: ioctl({
      name: "DRM_IOCTL_PANTHOR_DEV_QUERY",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_panthor_dev_query,
      since: "6.10",
      note: "pointer 0 asks for the size alone.",
      nodes: "both",
    }),
    VM_CREATE: ioctl({
      name: "DRM_IOCTL_PANTHOR_VM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_panthor_vm_create,
      since: "6.10",
      nodes: "both",
    }),
    VM_DESTROY: ioctl({
      name: "DRM_IOCTL_PANTHOR_VM_DESTROY",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_panthor_vm_destroy,
      since: "6.10",
      nodes: "both",
    }),
    VM_BIND: ioctl({
      name: "DRM_IOCTL_PANTHOR_VM_BIND",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_panthor_vm_bind,
      since: "6.10",
      nodes: "both",
    }),
    VM_GET_STATE: ioctl({
      name: "DRM_IOCTL_PANTHOR_VM_GET_STATE",
      direction: "RW",
      type: "d",
      number: 0x44,
      struct: drm_panthor_vm_get_state,
      since: "6.10",
      nodes: "both",
    }),
    BO_CREATE: ioctl({
      name: "DRM_IOCTL_PANTHOR_BO_CREATE",
      direction: "RW",
      type: "d",
      number: 0x45,
      struct: drm_panthor_bo_create,
      since: "6.10",
      nodes: "both",
    }),
    BO_MMAP_OFFSET: ioctl({
      name: "DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x46,
      struct: drm_panthor_bo_mmap_offset,
      since: "6.10",
      note: "EPERM for NO_MMAP (6.12: the offset is given and mmap is EINVAL).",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    GROUP_CREATE: ioctl({
      name: "DRM_IOCTL_PANTHOR_GROUP_CREATE",
      direction: "RW",
      type: "d",
      number: 0x47,
      struct: drm_panthor_group_create,
      since: "6.10",
      nodes: "both",
    }),
    GROUP_DESTROY: ioctl({
      name: "DRM_IOCTL_PANTHOR_GROUP_DESTROY",
      direction: "RW",
      type: "d",
      number: 0x48,
      struct: drm_panthor_group_destroy,
      since: "6.10",
      nodes: "both",
    }),
    GROUP_SUBMIT: ioctl({
      name: "DRM_IOCTL_PANTHOR_GROUP_SUBMIT",
      direction: "RW",
      type: "d",
      number: 0x49,
      struct: drm_panthor_group_submit,
      since: "6.10",
      nodes: "both",
    }),
    GROUP_GET_STATE: ioctl({
      name: "DRM_IOCTL_PANTHOR_GROUP_GET_STATE",
      direction: "RW",
      type: "d",
      number: 0x4a,
      struct: drm_panthor_group_get_state,
      since: "6.10",
      nodes: "both",
    }),
    TILER_HEAP_CREATE: ioctl({
      name: "DRM_IOCTL_PANTHOR_TILER_HEAP_CREATE",
      direction: "RW",
      type: "d",
      number: 0x4b,
      struct: drm_panthor_tiler_heap_create,
      since: "6.10",
      nodes: "both",
    }),
    TILER_HEAP_DESTROY: ioctl({
      name: "DRM_IOCTL_PANTHOR_TILER_HEAP_DESTROY",
      direction: "RW",
      type: "d",
      number: 0x4c,
      struct: drm_panthor_tiler_heap_destroy,
      since: "6.10",
      nodes: "both",
    }),
    BO_SET_LABEL: ioctl({
      name: "DRM_IOCTL_PANTHOR_BO_SET_LABEL",
      direction: "RW",
      type: "d",
      number: 0x4d,
      struct: drm_panthor_bo_set_label,
      since: "7.2",
      note: "Absent in 6.12. A NULL label clears it; longer than 4096 bytes is E2BIG.",
      nodes: "both",
    }),
    SET_USER_MMIO_OFFSET: ioctl({
      name: "DRM_IOCTL_PANTHOR_SET_USER_MMIO_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x4e,
      struct: drm_panthor_set_user_mmio_offset,
      since: "7.2",
      note: "Absent in 6.12.",
      nodes: "both",
    }),
    BO_SYNC: ioctl({
      name: "DRM_IOCTL_PANTHOR_BO_SYNC",
      direction: "RW",
      type: "d",
      number: 0x4f,
      struct: drm_panthor_bo_sync,
      since: "7.0",
      note:
        "Imported buffers are EINVAL, whatever the header says: use SYNC of the dma-buf. Stops at the first error, earlier ranges stay done.",
      nodes: "both",
    }),
    BO_QUERY_INFO: ioctl({
      name: "DRM_IOCTL_PANTHOR_BO_QUERY_INFO",
      direction: "RW",
      type: "d",
      number: 0x50,
      struct: drm_panthor_bo_query_info,
      since: "7.0",
      note: "create_flags are the literal ones of BO_CREATE, 0 for an import.",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
