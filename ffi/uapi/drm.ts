/**
 * The DRM core: what every DRM node answers to. Mode setting stands in `_drm_mode.ts`, fences in
 * `_drm_syncobj.ts`.
 *
 * Left out deliberately: the DRI1 calls (maps, DMA buffers, contexts, locks, AGP, scatter/gather,
 * drawables), which kernels answer with EINVAL today, and vertical blanks, gamma and leases, which
 * move no buffer.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i32, pointer, struct, u32, u64 } from "../struct.ts";
import { drmMode } from "./_drm_mode.ts";
import { drmSyncobj } from "./_drm_syncobj.ts";

const drm_version = struct("drm_version", {
  version_major: i32(),
  version_minor: i32(),
  version_patchlevel: i32(),
  name_len: u64(),
  name: pointer("string", { count: "name_len" }),
  date_len: u64(),
  date: pointer("string", { count: "date_len" }),
  desc_len: u64(),
  desc: pointer("string", { count: "desc_len" }),
});

const drm_unique = struct("drm_unique", {
  unique_len: u64(),
  unique: pointer("string", { count: "unique_len" }),
});

const drm_auth = struct("drm_auth", {
  magic: u32(),
});

const drm_set_version = struct("drm_set_version", {
  drm_di_major: i32(),
  drm_di_minor: i32(),
  drm_dd_major: i32(),
  drm_dd_minor: i32(),
});

const drm_gem_close = struct("drm_gem_close", {
  handle: u32(),
  pad: u32(),
});

const drm_gem_flink = struct("drm_gem_flink", {
  handle: u32(),
  name: u32(),
});

const drm_gem_open = struct("drm_gem_open", {
  name: u32(),
  handle: u32(),
  size: u64(),
});

const drm_gem_change_handle = struct("drm_gem_change_handle", {
  handle: u32(),
  new_handle: u32(),
});

const drm_get_cap = struct("drm_get_cap", {
  capability: u64({
    prefix: "DRM_CAP_",
    values: {
      DUMB_BUFFER: 1,
      VBLANK_HIGH_CRTC: 2,
      DUMB_PREFERRED_DEPTH: 3,
      DUMB_PREFER_SHADOW: 4,
      PRIME: 5,
      TIMESTAMP_MONOTONIC: 6,
      ASYNC_PAGE_FLIP: 7,
      CURSOR_WIDTH: 8,
      CURSOR_HEIGHT: 9,
      ADDFB2_MODIFIERS: 16,
      PAGE_FLIP_TARGET: 17,
      CRTC_IN_VBLANK_EVENT: 18,
      SYNCOBJ: 19,
      SYNCOBJ_TIMELINE: 20,
      ATOMIC_ASYNC_PAGE_FLIP: 21,
    },
  }),
  value: u64(),
});

const drm_set_client_cap = struct("drm_set_client_cap", {
  capability: u64({
    prefix: "DRM_CLIENT_CAP_",
    values: {
      STEREO_3D: 1,
      UNIVERSAL_PLANES: 2,
      ATOMIC: 3,
      ASPECT_RATIO: 4,
      WRITEBACK_CONNECTORS: 5,
      CURSOR_PLANE_HOTSPOT: 6,
      PLANE_COLOR_PIPELINE: 7,
    },
  }),
  value: u64(),
});

const drm_prime_handle = struct("drm_prime_handle", {
  handle: u32(),
  flags: u32({ prefix: "DRM_", flags: { RDWR: 2, CLOEXEC: 0x80000 } }),
  fd: i32(),
});

const drm_set_client_name = struct("drm_set_client_name", {
  name_len: u64(),
  name: pointer("string", { count: "name_len" }),
});

/** drm/drm.h and drm/drm_mode.h. */
export const drm = {
  name: "drm",
  section: "drm",
  leavesOut:
    /_(IRQ_BUSID|GET_MAP|GET_CLIENT|GET_STATS|MODESET_CTL|SET_UNIQUE|(UN)?BLOCK|CONTROL|\w+_BUFS|(ADD|RM)_MAP|[GS]ET_SAREA_CTX|[A-Z]+_CTX|[A-Z]+_DRAW|DMA|(UN)?LOCK|FINISH|AGP_\w+|SG_\w+|WAIT_VBLANK|CRTC_\w+_SEQUENCE|MODE_[GS]ETGAMMA|MODE_\w+_LEASE|MODE_LIST_LESSEES|MODE_(ATTACH|DETACH)MODE|MODE_SETPROPERTY)$/,
  header: "drm/drm.h",
  structs: {
    drm_version,
    drm_unique,
    drm_auth,
    drm_set_version,
    drm_gem_close,
    drm_gem_flink,
    drm_gem_open,
    drm_gem_change_handle,
    drm_get_cap,
    drm_set_client_cap,
    drm_prime_handle,
    drm_set_client_name,
    ...drmMode.structs,
    ...drmSyncobj.structs,
  },
  constants: {
    DRM_CAP_DUMB_BUFFER: 1,
    DRM_CAP_VBLANK_HIGH_CRTC: 2,
    DRM_CAP_DUMB_PREFERRED_DEPTH: 3,
    DRM_CAP_DUMB_PREFER_SHADOW: 4,
    DRM_CAP_PRIME: 5,
    DRM_PRIME_CAP_IMPORT: 1,
    DRM_PRIME_CAP_EXPORT: 2,
    DRM_CAP_TIMESTAMP_MONOTONIC: 6,
    DRM_CAP_ASYNC_PAGE_FLIP: 7,
    DRM_CAP_CURSOR_WIDTH: 8,
    DRM_CAP_CURSOR_HEIGHT: 9,
    DRM_CAP_ADDFB2_MODIFIERS: 16,
    DRM_CAP_PAGE_FLIP_TARGET: 17,
    DRM_CAP_CRTC_IN_VBLANK_EVENT: 18,
    DRM_CAP_SYNCOBJ: 19,
    DRM_CAP_SYNCOBJ_TIMELINE: 20,
    DRM_CAP_ATOMIC_ASYNC_PAGE_FLIP: 21,
    DRM_CLIENT_CAP_STEREO_3D: 1,
    DRM_CLIENT_CAP_UNIVERSAL_PLANES: 2,
    DRM_CLIENT_CAP_ATOMIC: 3,
    DRM_CLIENT_CAP_ASPECT_RATIO: 4,
    DRM_CLIENT_CAP_WRITEBACK_CONNECTORS: 5,
    DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT: 6,
    DRM_CLIENT_CAP_PLANE_COLOR_PIPELINE: 7,
    DRM_RDWR: 2,
    DRM_CLOEXEC: 0x80000,
    DRM_CLIENT_NAME_MAX_LEN: 64,
    DRM_IOCTL_BASE: 100,
    DRM_COMMAND_BASE: 64,
    DRM_COMMAND_END: 160,
    ...drmMode.constants,
    ...drmSyncobj.constants,
  },
  ioctls: {
    VERSION: ioctl({
      name: "DRM_IOCTL_VERSION",
      direction: "RW",
      type: "d",
      number: 0x0,
      struct: drm_version,
      note:
        "The lengths come back true, also where they exceed the buffers; the strings have no NUL.",
      nodes: "both",
    }),
    GET_UNIQUE: ioctl({
      name: "DRM_IOCTL_GET_UNIQUE",
      direction: "RW",
      type: "d",
      number: 0x1,
      struct: drm_unique,
      nodes: "primary",
    }),
    GET_MAGIC: ioctl({
      name: "DRM_IOCTL_GET_MAGIC",
      direction: "R",
      type: "d",
      number: 0x2,
      struct: drm_auth,
      nodes: "primary",
    }),
    SET_VERSION: ioctl({
      name: "DRM_IOCTL_SET_VERSION",
      direction: "RW",
      type: "d",
      number: 0x7,
      struct: drm_set_version,
      nodes: "master",
    }),
    GEM_CLOSE: ioctl({
      name: "DRM_IOCTL_GEM_CLOSE",
      direction: "W",
      type: "d",
      number: 0x9,
      struct: drm_gem_close,
      note:
        "EINVAL for an unknown handle. Repeated imports of one dma-buf share a handle: close it once.",
      nodes: "both",
    }),
    GEM_FLINK: ioctl({
      name: "DRM_IOCTL_GEM_FLINK",
      direction: "RW",
      type: "d",
      number: 0xa,
      struct: drm_gem_flink,
      note: "Authenticated clients only.",
      nodes: "primary",
    }),
    GEM_OPEN: ioctl({
      name: "DRM_IOCTL_GEM_OPEN",
      direction: "RW",
      type: "d",
      number: 0xb,
      struct: drm_gem_open,
      note: "Authenticated clients only.",
      nodes: "primary",
    }),
    GET_CAP: ioctl({
      name: "DRM_IOCTL_GET_CAP",
      direction: "RW",
      type: "d",
      number: 0xc,
      struct: drm_get_cap,
      note:
        "EOPNOTSUPP for most capabilities of drivers without KMS, DUMB_BUFFER on vgem among them.",
      nodes: "both",
    }),
    SET_CLIENT_CAP: ioctl({
      name: "DRM_IOCTL_SET_CLIENT_CAP",
      direction: "W",
      type: "d",
      number: 0xd,
      struct: drm_set_client_cap,
      nodes: "primary",
    }),
    AUTH_MAGIC: ioctl({
      name: "DRM_IOCTL_AUTH_MAGIC",
      direction: "W",
      type: "d",
      number: 0x11,
      struct: drm_auth,
      nodes: "master",
    }),
    SET_MASTER: ioctl({
      name: "DRM_IOCTL_SET_MASTER",
      direction: "none",
      type: "d",
      number: 0x1e,
      struct: null,
      plain: "none",
      size: 0,
      nodes: "primary",
    }),
    DROP_MASTER: ioctl({
      name: "DRM_IOCTL_DROP_MASTER",
      direction: "none",
      type: "d",
      number: 0x1f,
      struct: null,
      plain: "none",
      size: 0,
      nodes: "primary",
    }),
    PRIME_HANDLE_TO_FD: ioctl({
      name: "DRM_IOCTL_PRIME_HANDLE_TO_FD",
      direction: "RW",
      type: "d",
      number: 0x2d,
      struct: drm_prime_handle,
      note: "The first export fixes the access mode of the dma-buf.",
      nodes: "both",
      varies: { fd: "descriptor" },
    }),
    PRIME_FD_TO_HANDLE: ioctl({
      name: "DRM_IOCTL_PRIME_FD_TO_HANDLE",
      direction: "RW",
      type: "d",
      number: 0x2e,
      struct: drm_prime_handle,
      note: "Flags are ignored. The same dma-buf gives the same handle again.",
      nodes: "both",
      varies: { fd: "descriptor" },
    }),
    SET_CLIENT_NAME: ioctl({
      name: "DRM_IOCTL_SET_CLIENT_NAME",
      direction: "RW",
      type: "d",
      number: 0xd1,
      struct: drm_set_client_name,
      since: "7.2",
      note: "Absent in 6.12. At most 64 printable bytes without space.",
      nodes: "both",
    }),
    GEM_CHANGE_HANDLE: ioctl({
      name: "DRM_IOCTL_GEM_CHANGE_HANDLE",
      direction: "RW",
      type: "d",
      number: 0xd2,
      struct: drm_gem_change_handle,
      since: "6.18",
      note:
        "Disabled since mid-2026 (7.0-stable, 7.2, 7.3): always EINVAL, it raced with GEM_CLOSE.",
      nodes: "both",
    }),
    ...drmMode.ioctls,
    ...drmSyncobj.ioctls,
  },
} as const satisfies UapiTable;
