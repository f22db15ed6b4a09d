/**
 * powervr: PowerVR GPUs of Imagination, Series 6 and later.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import {
  array,
  i32,
  nested,
  pointer,
  type PointerField,
  type SmallField,
  struct,
  type StructType,
  u16,
  u32,
  u64,
} from "../struct.ts";

const boFlags = {
  prefix: "DRM_PVR_BO_",
  flags: { BYPASS_DEVICE_CACHE: 1, PM_FW_PROTECT: 2, ALLOW_CPU_USERSPACE_ACCESS: 4 },
};

/** struct drm_pvr_obj_array, which leaves to each call what its elements are. */
function objArray(
  element: PointerField["to"],
): StructType<{ stride: SmallField; count: SmallField; array: PointerField }> {
  return struct("drm_pvr_obj_array", {
    stride: u32(),
    count: u32(),
    array: pointer(element, { count: "count", stride: "stride" }),
  });
}

const drm_pvr_obj_array = objArray("bytes");

const drm_pvr_dev_query_gpu_info = struct("drm_pvr_dev_query_gpu_info", {
  gpu_id: u64(),
  num_phantoms: u32(),
  _padding_c: u32(),
});

const drm_pvr_dev_query_runtime_info = struct("drm_pvr_dev_query_runtime_info", {
  free_list_min_pages: u64(),
  free_list_max_pages: u64(),
  common_store_alloc_region_size: u32(),
  common_store_partition_space_size: u32(),
  max_coeffs: u32(),
  cdm_max_local_mem_size_regs: u32(),
});

const drm_pvr_dev_query_quirks = struct("drm_pvr_dev_query_quirks", {
  quirks: pointer("u32", { count: "count" }),
  count: u16(),
  musthave_count: u16(),
  _padding_c: u32(),
});

const drm_pvr_dev_query_enhancements = struct("drm_pvr_dev_query_enhancements", {
  enhancements: pointer("u32", { count: "count" }),
  count: u16(),
  _padding_a: u16(),
  _padding_c: u32(),
});

const drm_pvr_heap = struct("drm_pvr_heap", {
  base: u64(),
  size: u64(),
  flags: u32(),
  page_size_log2: u32(),
});

const drm_pvr_dev_query_heap_info = struct("drm_pvr_dev_query_heap_info", {
  heaps: nested(objArray(drm_pvr_heap)),
});

const drm_pvr_static_data_area = struct("drm_pvr_static_data_area", {
  area_usage: u16({
    prefix: "DRM_PVR_STATIC_DATA_AREA_",
    values: { EOT: 0, FENCE: 1, VDM_SYNC: 2, YUV_CSC: 3 },
  }),
  location_heap_id: u16({
    prefix: "DRM_PVR_HEAP_",
    values: { GENERAL: 0, PDS_CODE_DATA: 1, USC_CODE: 2, RGNHDR: 3, VIS_TEST: 4, TRANSFER_FRAG: 5 },
  }),
  size: u32(),
  offset: u64(),
});

const drm_pvr_dev_query_static_data_areas = struct("drm_pvr_dev_query_static_data_areas", {
  static_data_areas: nested(objArray(drm_pvr_static_data_area)),
});

const drm_pvr_ioctl_dev_query_args = struct("drm_pvr_ioctl_dev_query_args", {
  type: u32({
    prefix: "DRM_PVR_DEV_QUERY_",
    values: {
      GPU_INFO_GET: 0,
      RUNTIME_INFO_GET: 1,
      QUIRKS_GET: 2,
      ENHANCEMENTS_GET: 3,
      HEAP_INFO_GET: 4,
      STATIC_DATA_AREAS_GET: 5,
    },
  }),
  size: u32(),
  pointer: pointer("bytes", {
    count: "size",
    cases: {
      field: "type",
      structs: {
        0: drm_pvr_dev_query_gpu_info,
        1: drm_pvr_dev_query_runtime_info,
        2: drm_pvr_dev_query_quirks,
        3: drm_pvr_dev_query_enhancements,
        4: drm_pvr_dev_query_heap_info,
        5: drm_pvr_dev_query_static_data_areas,
      },
    },
  }),
});

const drm_pvr_ioctl_create_bo_args = struct("drm_pvr_ioctl_create_bo_args", {
  size: u64(),
  handle: u32(),
  _padding_c: u32(),
  flags: u64(boFlags),
});

const drm_pvr_ioctl_get_bo_mmap_offset_args = struct("drm_pvr_ioctl_get_bo_mmap_offset_args", {
  handle: u32(),
  _padding_4: u32(),
  offset: u64(),
});

const drm_pvr_ioctl_create_vm_context_args = struct("drm_pvr_ioctl_create_vm_context_args", {
  handle: u32(),
  _padding_4: u32(),
});

const drm_pvr_ioctl_destroy_vm_context_args = struct("drm_pvr_ioctl_destroy_vm_context_args", {
  handle: u32(),
  _padding_4: u32(),
});

const drm_pvr_ioctl_vm_map_args = struct("drm_pvr_ioctl_vm_map_args", {
  vm_context_handle: u32(),
  flags: u32(),
  device_addr: u64(),
  handle: u32(),
  _padding_14: u32(),
  offset: u64(),
  size: u64(),
});

const drm_pvr_ioctl_vm_unmap_args = struct("drm_pvr_ioctl_vm_unmap_args", {
  vm_context_handle: u32(),
  _padding_4: u32(),
  device_addr: u64(),
  size: u64(),
});

const drm_pvr_ioctl_create_context_args = struct("drm_pvr_ioctl_create_context_args", {
  type: u32({ prefix: "DRM_PVR_CTX_TYPE_", values: { RENDER: 0, COMPUTE: 1, TRANSFER_FRAG: 2 } }),
  flags: u32(),
  priority: i32(),
  handle: u32(),
  static_context_state: pointer("bytes", { count: "static_context_state_len" }),
  static_context_state_len: u32(),
  vm_context_handle: u32(),
  callstack_addr: u64(),
});

const drm_pvr_ioctl_destroy_context_args = struct("drm_pvr_ioctl_destroy_context_args", {
  handle: u32(),
  _padding_4: u32(),
});

const drm_pvr_ioctl_create_free_list_args = struct("drm_pvr_ioctl_create_free_list_args", {
  free_list_gpu_addr: u64(),
  initial_num_pages: u32(),
  max_num_pages: u32(),
  grow_num_pages: u32(),
  grow_threshold: u32(),
  vm_context_handle: u32(),
  handle: u32(),
});

const drm_pvr_ioctl_destroy_free_list_args = struct("drm_pvr_ioctl_destroy_free_list_args", {
  handle: u32(),
  _padding_4: u32(),
});

const drm_pvr_create_hwrt_geom_data_args = struct("drm_pvr_create_hwrt_geom_data_args", {
  tpc_dev_addr: u64(),
  tpc_size: u32(),
  tpc_stride: u32(),
  vheap_table_dev_addr: u64(),
  rtc_dev_addr: u64(),
});

const drm_pvr_create_hwrt_rt_data_args = struct("drm_pvr_create_hwrt_rt_data_args", {
  pm_mlist_dev_addr: u64(),
  macrotile_array_dev_addr: u64(),
  region_header_dev_addr: u64(),
});

const drm_pvr_ioctl_create_hwrt_dataset_args = struct("drm_pvr_ioctl_create_hwrt_dataset_args", {
  geom_data_args: nested(drm_pvr_create_hwrt_geom_data_args),
  rt_data_args: array(8, 6),
  free_list_handles: array(4, 2),
  width: u32(),
  height: u32(),
  samples: u32(),
  layers: u32(),
  isp_merge_lower_x: u32(),
  isp_merge_lower_y: u32(),
  isp_merge_scale_x: u32(),
  isp_merge_scale_y: u32(),
  isp_merge_upper_x: u32(),
  isp_merge_upper_y: u32(),
  region_header_size: u32(),
  handle: u32(),
});

const drm_pvr_ioctl_destroy_hwrt_dataset_args = struct("drm_pvr_ioctl_destroy_hwrt_dataset_args", {
  handle: u32(),
  _padding_4: u32(),
});

const drm_pvr_sync_op = struct("drm_pvr_sync_op", {
  handle: u32(),
  flags: u32({
    prefix: "DRM_PVR_SYNC_OP_FLAG_",
    flags: { WAIT: 0, SIGNAL: 0x80000000 },
    values: { HANDLE_TYPE_SYNCOBJ: 0, HANDLE_TYPE_TIMELINE_SYNCOBJ: 1 },
  }),
  value: u64(),
});

const drm_pvr_hwrt_data_ref = struct("drm_pvr_hwrt_data_ref", {
  set_handle: u32(),
  data_index: u32(),
});

const drm_pvr_job = struct("drm_pvr_job", {
  type: u32({
    prefix: "DRM_PVR_JOB_TYPE_",
    values: { GEOMETRY: 0, FRAGMENT: 1, COMPUTE: 2, TRANSFER_FRAG: 3 },
  }),
  context_handle: u32(),
  flags: u32(),
  cmd_stream_len: u32(),
  cmd_stream: pointer("bytes", { count: "cmd_stream_len" }),
  sync_ops: nested(objArray(drm_pvr_sync_op)),
  hwrt: nested(drm_pvr_hwrt_data_ref),
});

const drm_pvr_ioctl_submit_jobs_args = struct("drm_pvr_ioctl_submit_jobs_args", {
  jobs: nested(objArray(drm_pvr_job)),
});

/** drm/pvr_drm.h. */
export const powervr = {
  name: "powervr",
  section: "pvr",
  header: "drm/pvr_drm.h",
  structs: {
    drm_pvr_obj_array,
    drm_pvr_dev_query_gpu_info,
    drm_pvr_dev_query_runtime_info,
    drm_pvr_dev_query_quirks,
    drm_pvr_dev_query_enhancements,
    drm_pvr_heap,
    drm_pvr_dev_query_heap_info,
    drm_pvr_static_data_area,
    drm_pvr_dev_query_static_data_areas,
    drm_pvr_ioctl_dev_query_args,
    drm_pvr_ioctl_create_bo_args,
    drm_pvr_ioctl_get_bo_mmap_offset_args,
    drm_pvr_ioctl_create_vm_context_args,
    drm_pvr_ioctl_destroy_vm_context_args,
    drm_pvr_ioctl_vm_map_args,
    drm_pvr_ioctl_vm_unmap_args,
    drm_pvr_ioctl_create_context_args,
    drm_pvr_ioctl_destroy_context_args,
    drm_pvr_ioctl_create_free_list_args,
    drm_pvr_ioctl_destroy_free_list_args,
    drm_pvr_create_hwrt_geom_data_args,
    drm_pvr_create_hwrt_rt_data_args,
    drm_pvr_ioctl_create_hwrt_dataset_args,
    drm_pvr_ioctl_destroy_hwrt_dataset_args,
    drm_pvr_sync_op,
    drm_pvr_hwrt_data_ref,
    drm_pvr_job,
    drm_pvr_ioctl_submit_jobs_args,
  },
  constants: {
    DRM_PVR_BO_BYPASS_DEVICE_CACHE: 1,
    DRM_PVR_BO_PM_FW_PROTECT: 2,
    DRM_PVR_BO_ALLOW_CPU_USERSPACE_ACCESS: 4,
    DRM_PVR_BO_FLAGS_MASK: 7,
    PVR_DRM_HWRT_FREE_LIST_LOCAL: 0,
    PVR_DRM_HWRT_FREE_LIST_GLOBAL: 1,
    DRM_PVR_SYNC_OP_FLAG_HANDLE_TYPE_MASK: 15,
    DRM_PVR_SYNC_OP_FLAG_HANDLE_TYPE_SYNCOBJ: 0,
    DRM_PVR_SYNC_OP_FLAG_HANDLE_TYPE_TIMELINE_SYNCOBJ: 1,
    DRM_PVR_SYNC_OP_FLAG_SIGNAL: 0x80000000,
    DRM_PVR_SYNC_OP_FLAG_WAIT: 0,
    DRM_PVR_SYNC_OP_FLAGS_MASK: 0x8000000f,
    DRM_PVR_SUBMIT_JOB_GEOM_CMD_FIRST: 1,
    DRM_PVR_SUBMIT_JOB_GEOM_CMD_LAST: 2,
    DRM_PVR_SUBMIT_JOB_GEOM_CMD_SINGLE_CORE: 4,
    DRM_PVR_SUBMIT_JOB_GEOM_CMD_FLAGS_MASK: 7,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_SINGLE_CORE: 1,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_DEPTHBUFFER: 2,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_STENCILBUFFER: 4,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_PREVENT_CDM_OVERLAP: 8,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_SCRATCHBUFFER: 16,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_GET_VIS_RESULTS: 32,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_PARTIAL_RENDER: 64,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_DISABLE_PIXELMERGE: 128,
    DRM_PVR_SUBMIT_JOB_FRAG_CMD_FLAGS_MASK: 255,
    DRM_PVR_SUBMIT_JOB_COMPUTE_CMD_PREVENT_ALL_OVERLAP: 1,
    DRM_PVR_SUBMIT_JOB_COMPUTE_CMD_SINGLE_CORE: 2,
    DRM_PVR_SUBMIT_JOB_COMPUTE_CMD_FLAGS_MASK: 3,
    DRM_PVR_SUBMIT_JOB_TRANSFER_CMD_SINGLE_CORE: 1,
    DRM_PVR_SUBMIT_JOB_TRANSFER_CMD_FLAGS_MASK: 1,
    DRM_PVR_HEAP_GENERAL: 0,
    DRM_PVR_HEAP_PDS_CODE_DATA: 1,
    DRM_PVR_HEAP_USC_CODE: 2,
    DRM_PVR_HEAP_RGNHDR: 3,
    DRM_PVR_HEAP_VIS_TEST: 4,
    DRM_PVR_HEAP_TRANSFER_FRAG: 5,
    DRM_PVR_HEAP_COUNT: 6,
    DRM_PVR_STATIC_DATA_AREA_EOT: 0,
    DRM_PVR_STATIC_DATA_AREA_FENCE: 1,
    DRM_PVR_STATIC_DATA_AREA_VDM_SYNC: 2,
    DRM_PVR_STATIC_DATA_AREA_YUV_CSC: 3,
    DRM_PVR_DEV_QUERY_GPU_INFO_GET: 0,
    DRM_PVR_DEV_QUERY_RUNTIME_INFO_GET: 1,
    DRM_PVR_DEV_QUERY_QUIRKS_GET: 2,
    DRM_PVR_DEV_QUERY_ENHANCEMENTS_GET: 3,
    DRM_PVR_DEV_QUERY_HEAP_INFO_GET: 4,
    DRM_PVR_DEV_QUERY_STATIC_DATA_AREAS_GET: 5,
    DRM_PVR_CTX_PRIORITY_LOW: 4294966784,
    DRM_PVR_CTX_PRIORITY_NORMAL: 0,
    DRM_PVR_CTX_PRIORITY_HIGH: 512,
    DRM_PVR_CTX_TYPE_RENDER: 0,
    DRM_PVR_CTX_TYPE_COMPUTE: 1,
    DRM_PVR_CTX_TYPE_TRANSFER_FRAG: 2,
    DRM_PVR_JOB_TYPE_GEOMETRY: 0,
    DRM_PVR_JOB_TYPE_FRAGMENT: 1,
    DRM_PVR_JOB_TYPE_COMPUTE: 2,
    DRM_PVR_JOB_TYPE_TRANSFER_FRAG: 3,
  },
  ioctls: {
    DEV_QUERY: ioctl({
      name: "DRM_IOCTL_PVR_DEV_QUERY",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_pvr_ioctl_dev_query_args,
      since: "6.8",
      nodes: "both",
    }),
    CREATE_BO: ioctl({
      name: "DRM_IOCTL_PVR_CREATE_BO",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_pvr_ioctl_create_bo_args,
      since: "6.8",
      note: "The size is a multiple of the GPU's page, EINVAL else; it is not told back.",
      nodes: "both",
    }),
    GET_BO_MMAP_OFFSET: ioctl({
      name: "DRM_IOCTL_PVR_GET_BO_MMAP_OFFSET",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_pvr_ioctl_get_bo_mmap_offset_args,
      since: "6.8",
      note: "Given without ALLOW_CPU_USERSPACE_ACCESS, too: mmap is EINVAL then.",
      nodes: "both",
      varies: { "offset": "fake offset" },
    }),
    CREATE_VM_CONTEXT: ioctl({
      name: "DRM_IOCTL_PVR_CREATE_VM_CONTEXT",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_pvr_ioctl_create_vm_context_args,
      since: "6.8",
      nodes: "both",
    }),
    DESTROY_VM_CONTEXT: ioctl({
      name: "DRM_IOCTL_PVR_DESTROY_VM_CONTEXT",
      direction: "W",
      type: "d",
      number: 0x44,
      struct: drm_pvr_ioctl_destroy_vm_context_args,
      since: "6.8",
      nodes: "both",
    }),
    VM_MAP: ioctl({
      name: "DRM_IOCTL_PVR_VM_MAP",
      direction: "W",
      type: "d",
      number: 0x45,
      struct: drm_pvr_ioctl_vm_map_args,
      since: "6.8",
      nodes: "both",
    }),
    VM_UNMAP: ioctl({
      name: "DRM_IOCTL_PVR_VM_UNMAP",
      direction: "W",
      type: "d",
      number: 0x46,
      struct: drm_pvr_ioctl_vm_unmap_args,
      since: "6.8",
      nodes: "both",
    }),
    CREATE_CONTEXT: ioctl({
      name: "DRM_IOCTL_PVR_CREATE_CONTEXT",
      direction: "RW",
      type: "d",
      number: 0x47,
      struct: drm_pvr_ioctl_create_context_args,
      since: "6.8",
      nodes: "both",
    }),
    DESTROY_CONTEXT: ioctl({
      name: "DRM_IOCTL_PVR_DESTROY_CONTEXT",
      direction: "W",
      type: "d",
      number: 0x48,
      struct: drm_pvr_ioctl_destroy_context_args,
      since: "6.8",
      nodes: "both",
    }),
    CREATE_FREE_LIST: ioctl({
      name: "DRM_IOCTL_PVR_CREATE_FREE_LIST",
      direction: "RW",
      type: "d",
      number: 0x49,
      struct: drm_pvr_ioctl_create_free_list_args,
      since: "6.8",
      nodes: "both",
    }),
    DESTROY_FREE_LIST: ioctl({
      name: "DRM_IOCTL_PVR_DESTROY_FREE_LIST",
      direction: "W",
      type: "d",
      number: 0x4a,
      struct: drm_pvr_ioctl_destroy_free_list_args,
      since: "6.8",
      nodes: "both",
    }),
    CREATE_HWRT_DATASET: ioctl({
      name: "DRM_IOCTL_PVR_CREATE_HWRT_DATASET",
      direction: "RW",
      type: "d",
      number: 0x4b,
      struct: drm_pvr_ioctl_create_hwrt_dataset_args,
      since: "6.8",
      nodes: "both",
    }),
    DESTROY_HWRT_DATASET: ioctl({
      name: "DRM_IOCTL_PVR_DESTROY_HWRT_DATASET",
      direction: "W",
      type: "d",
      number: 0x4c,
      struct: drm_pvr_ioctl_destroy_hwrt_dataset_args,
      since: "6.8",
      nodes: "both",
    }),
    SUBMIT_JOBS: ioctl({
      name: "DRM_IOCTL_PVR_SUBMIT_JOBS",
      direction: "W",
      type: "d",
      number: 0x4d,
      struct: drm_pvr_ioctl_submit_jobs_args,
      since: "6.8",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
