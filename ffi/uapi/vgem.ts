/**
 * vgem: the virtual GEM device, whose fences user space signals. Its buffers are dumb buffers.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { struct, u32 } from "../struct.ts";

const drm_vgem_fence_attach = struct("drm_vgem_fence_attach", {
  handle: u32(),
  flags: u32({ prefix: "VGEM_FENCE_", flags: { WRITE: 1 } }),
  out_fence: u32(),
  pad: u32(),
});

const drm_vgem_fence_signal = struct("drm_vgem_fence_signal", {
  fence: u32(),
  flags: u32(),
});

/** drm/vgem_drm.h. */
export const vgem = {
  name: "vgem",
  section: "vgem",
  header: "drm/vgem_drm.h",
  structs: {
    drm_vgem_fence_attach,
    drm_vgem_fence_signal,
  },
  constants: {
    DRM_VGEM_FENCE_ATTACH: 1,
    DRM_VGEM_FENCE_SIGNAL: 2,
    VGEM_FENCE_WRITE: 1,
  },
  ioctls: {
    FENCE_ATTACH: ioctl({
      name: "DRM_IOCTL_VGEM_FENCE_ATTACH",
      direction: "RW",
      type: "d",
      number: 0x41,
      struct: drm_vgem_fence_attach,
      note: "The fence expires by itself after 10 s.",
      nodes: "both",
    }),
    FENCE_SIGNAL: ioctl({
      name: "DRM_IOCTL_VGEM_FENCE_SIGNAL",
      direction: "W",
      type: "d",
      number: 0x42,
      struct: drm_vgem_fence_signal,
      note: "ETIMEDOUT for a fence that has expired.",
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
