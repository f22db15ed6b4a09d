/**
 * tegra: the calls on buffers. Channels, syncpoints and submits are left out.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { struct, u32, u64 } from "../struct.ts";

const tiling = {
  prefix: "DRM_TEGRA_GEM_TILING_MODE_",
  values: { PITCH: 0, TILED: 1, BLOCK: 2 },
};
const flags = { prefix: "DRM_TEGRA_GEM_", flags: { BOTTOM_UP: 1 } };

const drm_tegra_gem_create = struct("drm_tegra_gem_create", {
  size: u64(),
  flags: u32({ prefix: "DRM_TEGRA_GEM_CREATE_", flags: { TILED: 1, BOTTOM_UP: 2 } }),
  handle: u32(),
});

const drm_tegra_gem_mmap = struct("drm_tegra_gem_mmap", {
  handle: u32(),
  pad: u32(),
  offset: u64(),
});

const drm_tegra_gem_set_tiling = struct("drm_tegra_gem_set_tiling", {
  handle: u32(),
  mode: u32(tiling),
  value: u32(),
  pad: u32(),
});

const drm_tegra_gem_get_tiling = struct("drm_tegra_gem_get_tiling", {
  handle: u32(),
  mode: u32(tiling),
  value: u32(),
  pad: u32(),
});

const drm_tegra_gem_set_flags = struct("drm_tegra_gem_set_flags", {
  handle: u32(),
  flags: u32(flags),
});

const drm_tegra_gem_get_flags = struct("drm_tegra_gem_get_flags", {
  handle: u32(),
  flags: u32(flags),
});

/** drm/tegra_drm.h. A kernel built without CONFIG_DRM_TEGRA_STAGING answers EINVAL to all of it. */
export const tegra = {
  name: "tegra",
  section: "tegra",
  header: "drm/tegra_drm.h",
  leavesOut: /TEGRA_(SYNCP(OIN)?T_|GET_SYNCPT|CHANNEL_|OPEN_CHANNEL|CLOSE_CHANNEL|SUBMIT)/,
  structs: {
    drm_tegra_gem_create,
    drm_tegra_gem_mmap,
    drm_tegra_gem_set_tiling,
    drm_tegra_gem_get_tiling,
    drm_tegra_gem_set_flags,
    drm_tegra_gem_get_flags,
  },
  constants: {
    DRM_TEGRA_GEM_CREATE_TILED: 1,
    DRM_TEGRA_GEM_CREATE_BOTTOM_UP: 2,
    DRM_TEGRA_GEM_TILING_MODE_PITCH: 0,
    DRM_TEGRA_GEM_TILING_MODE_TILED: 1,
    DRM_TEGRA_GEM_TILING_MODE_BLOCK: 2,
    DRM_TEGRA_GEM_BOTTOM_UP: 1,
    DRM_TEGRA_GEM_FLAGS: 1,
    DRM_TEGRA_GEM_CREATE: 0,
    DRM_TEGRA_GEM_MMAP: 1,
    DRM_TEGRA_GEM_SET_TILING: 10,
    DRM_TEGRA_GEM_GET_TILING: 11,
    DRM_TEGRA_GEM_SET_FLAGS: 12,
    DRM_TEGRA_GEM_GET_FLAGS: 13,
  },
  ioctls: {
    GEM_CREATE: ioctl({
      name: "DRM_IOCTL_TEGRA_GEM_CREATE",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_tegra_gem_create,
      note: "Flag bits without a name are not looked at; a size of 0 is ENOSPC.",
      nodes: "both",
    }),
    GEM_MMAP: ioctl({
      name: "DRM_IOCTL_TEGRA_GEM_MMAP",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_tegra_gem_mmap,
      note: "The fake offset; pad is not looked at, and an unknown handle is EINVAL.",
      nodes: "both",
      varies: { offset: "fake offset" },
    }),
    GEM_SET_TILING: ioctl({
      name: "DRM_IOCTL_TEGRA_GEM_SET_TILING",
      direction: "RW",
      type: "d",
      number: 0x4a,
      struct: drm_tegra_gem_set_tiling,
      note: "How the display reads the buffer; value is the block height's logarithm, BLOCK alone.",
      nodes: "both",
    }),
    GEM_GET_TILING: ioctl({
      name: "DRM_IOCTL_TEGRA_GEM_GET_TILING",
      direction: "RW",
      type: "d",
      number: 0x4b,
      struct: drm_tegra_gem_get_tiling,
      nodes: "both",
    }),
    GEM_SET_FLAGS: ioctl({
      name: "DRM_IOCTL_TEGRA_GEM_SET_FLAGS",
      direction: "RW",
      type: "d",
      number: 0x4c,
      struct: drm_tegra_gem_set_flags,
      nodes: "both",
    }),
    GEM_GET_FLAGS: ioctl({
      name: "DRM_IOCTL_TEGRA_GEM_GET_FLAGS",
      direction: "RW",
      type: "d",
      number: 0x4d,
      struct: drm_tegra_gem_get_flags,
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
