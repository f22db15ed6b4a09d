/**
 * qxl: QEMU's paravirtual display.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i32, pointer, struct, u32, u64 } from "../struct.ts";

const drm_qxl_alloc = struct("drm_qxl_alloc", { size: u32(), handle: u32() });

const drm_qxl_map = struct("drm_qxl_map", { offset: u64(), handle: u32(), pad: u32() });

const drm_qxl_reloc = struct("drm_qxl_reloc", {
  src_offset: u64(),
  dst_offset: u64(),
  src_handle: u32(),
  dst_handle: u32(),
  reloc_type: u32({ prefix: "QXL_RELOC_TYPE_", values: { BO: 1, SURF: 2 } }),
  pad: u32(),
});

const drm_qxl_command = struct("drm_qxl_command", {
  command: pointer("bytes", { count: "command_size" }),
  relocs: pointer(drm_qxl_reloc, { count: "relocs_num" }),
  type: u32(),
  command_size: u32(),
  relocs_num: u32(),
  pad: u32(),
});

const drm_qxl_execbuffer = struct("drm_qxl_execbuffer", {
  flags: u32(),
  commands_num: u32(),
  commands: pointer(drm_qxl_command, { count: "commands_num" }),
});

const drm_qxl_update_area = struct("drm_qxl_update_area", {
  handle: u32(),
  top: u32(),
  left: u32(),
  bottom: u32(),
  right: u32(),
  pad: u32(),
});

const drm_qxl_getparam = struct("drm_qxl_getparam", {
  param: u64({ prefix: "QXL_PARAM_", values: { NUM_SURFACES: 1, MAX_RELOCS: 2 } }),
  value: u64(),
});

const drm_qxl_clientcap = struct("drm_qxl_clientcap", { index: u32(), pad: u32() });

const drm_qxl_alloc_surf = struct("drm_qxl_alloc_surf", {
  format: u32(),
  width: u32(),
  height: u32(),
  stride: i32(),
  handle: u32(),
  pad: u32(),
});

/** drm/qxl_drm.h. */
export const qxl = {
  name: "qxl",
  section: "qxl",
  header: "drm/qxl_drm.h",
  structs: {
    drm_qxl_alloc,
    drm_qxl_map,
    drm_qxl_reloc,
    drm_qxl_command,
    drm_qxl_execbuffer,
    drm_qxl_update_area,
    drm_qxl_getparam,
    drm_qxl_clientcap,
    drm_qxl_alloc_surf,
  },
  constants: {
    QXL_GEM_DOMAIN_CPU: 0,
    QXL_GEM_DOMAIN_VRAM: 1,
    QXL_GEM_DOMAIN_SURFACE: 2,
    DRM_QXL_ALLOC: 0,
    DRM_QXL_MAP: 1,
    DRM_QXL_EXECBUFFER: 2,
    DRM_QXL_UPDATE_AREA: 3,
    DRM_QXL_GETPARAM: 4,
    DRM_QXL_CLIENTCAP: 5,
    DRM_QXL_ALLOC_SURF: 6,
    QXL_RELOC_TYPE_BO: 1,
    QXL_RELOC_TYPE_SURF: 2,
    QXL_PARAM_NUM_SURFACES: 1,
    QXL_PARAM_MAX_RELOCS: 2,
  },
  ioctls: {
    ALLOC: ioctl({
      name: "DRM_IOCTL_QXL_ALLOC",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_qxl_alloc,
      note: "A buffer in video memory.",
      nodes: "primary",
    }),
    MAP: ioctl({
      name: "DRM_IOCTL_QXL_MAP",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_qxl_map,
      note: "The fake offset, as MODE_MAP_DUMB tells it; pad is not looked at.",
      nodes: "primary",
      varies: { offset: "fake offset" },
    }),
    EXECBUFFER: ioctl({
      name: "DRM_IOCTL_QXL_EXECBUFFER",
      direction: "W",
      type: "d",
      number: 0x42,
      struct: drm_qxl_execbuffer,
      note: "Drawing commands for the host.",
      nodes: "primary",
    }),
    UPDATE_AREA: ioctl({
      name: "DRM_IOCTL_QXL_UPDATE_AREA",
      direction: "W",
      type: "d",
      number: 0x43,
      struct: drm_qxl_update_area,
      note: "The host draws what it owes to an area of a surface.",
      nodes: "primary",
    }),
    GETPARAM: ioctl({
      name: "DRM_IOCTL_QXL_GETPARAM",
      direction: "RW",
      type: "d",
      number: 0x44,
      struct: drm_qxl_getparam,
      note: "Numbers of the host's device.",
      nodes: "primary",
    }),
    CLIENTCAP: ioctl({
      name: "DRM_IOCTL_QXL_CLIENTCAP",
      direction: "W",
      type: "d",
      number: 0x45,
      struct: drm_qxl_clientcap,
      note: "0 where the viewer has the capability, else ENOSYS.",
      nodes: "primary",
    }),
    ALLOC_SURF: ioctl({
      name: "DRM_IOCTL_QXL_ALLOC_SURF",
      direction: "RW",
      type: "d",
      number: 0x46,
      struct: drm_qxl_alloc_surf,
      note: "A surface that the host draws to.",
      nodes: "primary",
    }),
  },
} as const satisfies UapiTable;
