/**
 * virtio-gpu: a GPU of the host, seen from a guest.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i32, nested, pointer, struct, u32, u64 } from "../struct.ts";

const syncobjs = { flags: { RESET: 1 }, prefix: "VIRTGPU_EXECBUF_SYNCOBJ_" };
const capsets = {
  prefix: "VIRTGPU_DRM_CAPSET_",
  values: { VIRGL: 1, VIRGL2: 2, GFXSTREAM_VULKAN: 3, VENUS: 4, CROSS_DOMAIN: 5, DRM: 6 },
};
const memories = {
  prefix: "VIRTGPU_BLOB_MEM_",
  values: { GUEST: 1, HOST3D: 2, HOST3D_GUEST: 3 },
};

const drm_virtgpu_map = struct("drm_virtgpu_map", {
  offset: u64(),
  handle: u32(),
  pad: u32(),
});

const drm_virtgpu_execbuffer_syncobj = struct("drm_virtgpu_execbuffer_syncobj", {
  handle: u32(),
  flags: u32(syncobjs),
  point: u64(),
});

const drm_virtgpu_execbuffer = struct("drm_virtgpu_execbuffer", {
  flags: u32({
    prefix: "VIRTGPU_EXECBUF_",
    flags: { FENCE_FD_IN: 1, FENCE_FD_OUT: 2, RING_IDX: 4 },
  }),
  size: u32(),
  command: pointer("bytes", { count: "size" }),
  bo_handles: pointer("u32", { count: "num_bo_handles" }),
  num_bo_handles: u32(),
  fence_fd: i32(),
  ring_idx: u32(),
  syncobj_stride: u32(),
  num_in_syncobjs: u32(),
  num_out_syncobjs: u32(),
  in_syncobjs: pointer(drm_virtgpu_execbuffer_syncobj, {
    count: "num_in_syncobjs",
    stride: "syncobj_stride",
  }),
  out_syncobjs: pointer(drm_virtgpu_execbuffer_syncobj, {
    count: "num_out_syncobjs",
    stride: "syncobj_stride",
  }),
});

const drm_virtgpu_getparam = struct("drm_virtgpu_getparam", {
  param: u64({
    prefix: "VIRTGPU_PARAM_",
    values: {
      "3D_FEATURES": 1,
      CAPSET_QUERY_FIX: 2,
      RESOURCE_BLOB: 3,
      HOST_VISIBLE: 4,
      CROSS_DEVICE: 5,
      CONTEXT_INIT: 6,
      SUPPORTED_CAPSET_IDs: 7,
      EXPLICIT_DEBUG_NAME: 8,
      BLOB_ALIGNMENT: 9,
    },
  }),
  value: pointer("u32"),
});

const drm_virtgpu_resource_create = struct("drm_virtgpu_resource_create", {
  target: u32(),
  format: u32(),
  bind: u32(),
  width: u32(),
  height: u32(),
  depth: u32(),
  array_size: u32(),
  last_level: u32(),
  nr_samples: u32(),
  flags: u32(),
  bo_handle: u32(),
  res_handle: u32(),
  size: u32(),
  stride: u32(),
});

const drm_virtgpu_resource_info = struct("drm_virtgpu_resource_info", {
  bo_handle: u32(),
  res_handle: u32(),
  size: u32(),
  blob_mem: u32(memories),
});

const drm_virtgpu_3d_box = struct("drm_virtgpu_3d_box", {
  x: u32(),
  y: u32(),
  z: u32(),
  w: u32(),
  h: u32(),
  d: u32(),
});

const drm_virtgpu_3d_transfer_to_host = struct("drm_virtgpu_3d_transfer_to_host", {
  bo_handle: u32(),
  box: nested(drm_virtgpu_3d_box),
  level: u32(),
  offset: u32(),
  stride: u32(),
  layer_stride: u32(),
});

const drm_virtgpu_3d_transfer_from_host = struct("drm_virtgpu_3d_transfer_from_host", {
  bo_handle: u32(),
  box: nested(drm_virtgpu_3d_box),
  level: u32(),
  offset: u32(),
  stride: u32(),
  layer_stride: u32(),
});

const drm_virtgpu_3d_wait = struct("drm_virtgpu_3d_wait", {
  handle: u32(),
  flags: u32({ prefix: "VIRTGPU_WAIT_", flags: { NOWAIT: 1 } }),
});

const drm_virtgpu_get_caps = struct("drm_virtgpu_get_caps", {
  cap_set_id: u32(capsets),
  cap_set_ver: u32(),
  addr: pointer("bytes", { count: "size" }),
  size: u32(),
  pad: u32(),
});

const drm_virtgpu_resource_create_blob = struct("drm_virtgpu_resource_create_blob", {
  blob_mem: u32(memories),
  blob_flags: u32({
    prefix: "VIRTGPU_BLOB_FLAG_",
    flags: { USE_MAPPABLE: 1, USE_SHAREABLE: 2, USE_CROSS_DEVICE: 4 },
  }),
  bo_handle: u32(),
  res_handle: u32(),
  size: u64(),
  pad: u32(),
  cmd_size: u32(),
  cmd: pointer("bytes", { count: "cmd_size" }),
  blob_id: u64(),
  blob_hints: u32({ prefix: "DRM_VIRTGPU_BLOB_FLAG_", flags: { HINT_DEFER_MAPPING: 1 } }),
  pad2: u32(),
});

const drm_virtgpu_context_set_param = struct("drm_virtgpu_context_set_param", {
  param: u64({
    prefix: "VIRTGPU_CONTEXT_PARAM_",
    values: { CAPSET_ID: 1, NUM_RINGS: 2, POLL_RINGS_MASK: 3, DEBUG_NAME: 4 },
  }),
  value: u64(),
});

const drm_virtgpu_context_init = struct("drm_virtgpu_context_init", {
  num_params: u32(),
  pad: u32(),
  ctx_set_params: pointer(drm_virtgpu_context_set_param, { count: "num_params" }),
});

/** drm/virtgpu_drm.h. */
export const virtioGpu = {
  name: "virtio_gpu",
  section: "virtgpu",
  header: "drm/virtgpu_drm.h",
  structs: {
    drm_virtgpu_map,
    drm_virtgpu_execbuffer_syncobj,
    drm_virtgpu_execbuffer,
    drm_virtgpu_getparam,
    drm_virtgpu_resource_create,
    drm_virtgpu_resource_info,
    drm_virtgpu_3d_box,
    drm_virtgpu_3d_transfer_to_host,
    drm_virtgpu_3d_transfer_from_host,
    drm_virtgpu_3d_wait,
    drm_virtgpu_get_caps,
    drm_virtgpu_resource_create_blob,
    drm_virtgpu_context_set_param,
    drm_virtgpu_context_init,
  },
  constants: {
    DRM_VIRTGPU_MAP: 1,
    DRM_VIRTGPU_EXECBUFFER: 2,
    DRM_VIRTGPU_GETPARAM: 3,
    DRM_VIRTGPU_RESOURCE_CREATE: 4,
    DRM_VIRTGPU_RESOURCE_INFO: 5,
    DRM_VIRTGPU_TRANSFER_FROM_HOST: 6,
    DRM_VIRTGPU_TRANSFER_TO_HOST: 7,
    DRM_VIRTGPU_WAIT: 8,
    DRM_VIRTGPU_GET_CAPS: 9,
    DRM_VIRTGPU_RESOURCE_CREATE_BLOB: 10,
    DRM_VIRTGPU_CONTEXT_INIT: 11,
    VIRTGPU_EXECBUF_FENCE_FD_IN: 1,
    VIRTGPU_EXECBUF_FENCE_FD_OUT: 2,
    VIRTGPU_EXECBUF_RING_IDX: 4,
    VIRTGPU_EXECBUF_FLAGS: 7,
    VIRTGPU_EXECBUF_SYNCOBJ_RESET: 1,
    VIRTGPU_EXECBUF_SYNCOBJ_FLAGS: 1,
    VIRTGPU_PARAM_3D_FEATURES: 1,
    VIRTGPU_PARAM_CAPSET_QUERY_FIX: 2,
    VIRTGPU_PARAM_RESOURCE_BLOB: 3,
    VIRTGPU_PARAM_HOST_VISIBLE: 4,
    VIRTGPU_PARAM_CROSS_DEVICE: 5,
    VIRTGPU_PARAM_CONTEXT_INIT: 6,
    VIRTGPU_PARAM_SUPPORTED_CAPSET_IDs: 7,
    VIRTGPU_PARAM_EXPLICIT_DEBUG_NAME: 8,
    VIRTGPU_PARAM_BLOB_ALIGNMENT: 9,
    VIRTGPU_WAIT_NOWAIT: 1,
    VIRTGPU_DRM_CAPSET_VIRGL: 1,
    VIRTGPU_DRM_CAPSET_VIRGL2: 2,
    VIRTGPU_DRM_CAPSET_GFXSTREAM_VULKAN: 3,
    VIRTGPU_DRM_CAPSET_VENUS: 4,
    VIRTGPU_DRM_CAPSET_CROSS_DOMAIN: 5,
    VIRTGPU_DRM_CAPSET_DRM: 6,
    VIRTGPU_BLOB_MEM_GUEST: 1,
    VIRTGPU_BLOB_MEM_HOST3D: 2,
    VIRTGPU_BLOB_MEM_HOST3D_GUEST: 3,
    VIRTGPU_BLOB_FLAG_USE_MAPPABLE: 1,
    VIRTGPU_BLOB_FLAG_USE_SHAREABLE: 2,
    VIRTGPU_BLOB_FLAG_USE_CROSS_DEVICE: 4,
    DRM_VIRTGPU_BLOB_FLAG_HINT_DEFER_MAPPING: 1,
    VIRTGPU_CONTEXT_PARAM_CAPSET_ID: 1,
    VIRTGPU_CONTEXT_PARAM_NUM_RINGS: 2,
    VIRTGPU_CONTEXT_PARAM_POLL_RINGS_MASK: 3,
    VIRTGPU_CONTEXT_PARAM_DEBUG_NAME: 4,
    VIRTGPU_EVENT_FENCE_SIGNALED: 0x90000000,
  },
  ioctls: {
    MAP: ioctl({
      name: "DRM_IOCTL_VIRTGPU_MAP",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_virtgpu_map,
      note: "Refuses imported buffers: EINVAL.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    EXECBUFFER: ioctl({
      name: "DRM_IOCTL_VIRTGPU_EXECBUFFER",
      direction: "RW",
      type: "d",
      number: 0x42,
      struct: drm_virtgpu_execbuffer,
      nodes: "both",
      varies: { fence_fd: "descriptor" },
    }),
    GETPARAM: ioctl({
      name: "DRM_IOCTL_VIRTGPU_GETPARAM",
      direction: "RW",
      type: "d",
      number: 0x43,
      struct: drm_virtgpu_getparam,
      nodes: "both",
    }),
    RESOURCE_CREATE: ioctl({
      name: "DRM_IOCTL_VIRTGPU_RESOURCE_CREATE",
      direction: "RW",
      type: "d",
      number: 0x44,
      struct: drm_virtgpu_resource_create,
      nodes: "both",
      varies: { res_handle: "serial" },
    }),
    RESOURCE_INFO: ioctl({
      name: "DRM_IOCTL_VIRTGPU_RESOURCE_INFO",
      direction: "RW",
      type: "d",
      number: 0x45,
      struct: drm_virtgpu_resource_info,
      nodes: "both",
      varies: { res_handle: "serial" },
    }),
    TRANSFER_FROM_HOST: ioctl({
      name: "DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST",
      direction: "RW",
      type: "d",
      number: 0x46,
      struct: drm_virtgpu_3d_transfer_from_host,
      nodes: "both",
    }),
    TRANSFER_TO_HOST: ioctl({
      name: "DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST",
      direction: "RW",
      type: "d",
      number: 0x47,
      struct: drm_virtgpu_3d_transfer_to_host,
      nodes: "both",
    }),
    WAIT: ioctl({
      name: "DRM_IOCTL_VIRTGPU_WAIT",
      direction: "RW",
      type: "d",
      number: 0x48,
      struct: drm_virtgpu_3d_wait,
      note: "Waits up to 15 s unless NOWAIT; EBUSY then.",
      nodes: "both",
    }),
    GET_CAPS: ioctl({
      name: "DRM_IOCTL_VIRTGPU_GET_CAPS",
      direction: "RW",
      type: "d",
      number: 0x49,
      struct: drm_virtgpu_get_caps,
      nodes: "both",
    }),
    RESOURCE_CREATE_BLOB: ioctl({
      name: "DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB",
      direction: "RW",
      type: "d",
      number: 0x4a,
      struct: drm_virtgpu_resource_create_blob,
      nodes: "both",
      varies: { res_handle: "serial" },
    }),
    CONTEXT_INIT: ioctl({
      name: "DRM_IOCTL_VIRTGPU_CONTEXT_INIT",
      direction: "RW",
      type: "d",
      number: 0x4b,
      struct: drm_virtgpu_context_init,
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
