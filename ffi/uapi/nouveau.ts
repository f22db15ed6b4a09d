/**
 * nouveau: the calls on buffers.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { nested, struct, u32, u64 } from "../struct.ts";

const domains = {
  prefix: "NOUVEAU_GEM_DOMAIN_",
  flags: { CPU: 1, VRAM: 2, GART: 4, MAPPABLE: 8, COHERENT: 0x10, NO_SHARE: 0x20 },
};

const drm_nouveau_getparam = struct("drm_nouveau_getparam", {
  param: u64(),
  value: u64(),
});

const drm_nouveau_gem_info = struct("drm_nouveau_gem_info", {
  handle: u32(),
  domain: u32(domains),
  size: u64(),
  offset: u64(),
  map_handle: u64(),
  tile_mode: u32(),
  tile_flags: u32(),
});

const drm_nouveau_gem_new = struct("drm_nouveau_gem_new", {
  info: nested(drm_nouveau_gem_info),
  channel_hint: u32(),
  align: u32(),
});

const drm_nouveau_gem_cpu_prep = struct("drm_nouveau_gem_cpu_prep", {
  handle: u32(),
  flags: u32({ prefix: "NOUVEAU_GEM_CPU_PREP_", flags: { NOWAIT: 1, WRITE: 4 } }),
});

const drm_nouveau_gem_cpu_fini = struct("drm_nouveau_gem_cpu_fini", {
  handle: u32(),
});

const drm_nouveau_vm_init = struct("drm_nouveau_vm_init", {
  kernel_managed_addr: u64(),
  kernel_managed_size: u64(),
});

/** drm/nouveau_drm.h. */
export const nouveau = {
  name: "nouveau",
  section: "nouveau",
  header: "drm/nouveau_drm.h",
  leavesOut:
    /NOUVEAU_(CHANNEL_ALLOC|CHANNEL_FREE|SVM_INIT|SVM_BIND|GEM_PUSHBUF|VM_BIND|EXEC|GET_ZCULL_INFO)$/,
  structs: {
    drm_nouveau_getparam,
    drm_nouveau_gem_info,
    drm_nouveau_gem_new,
    drm_nouveau_gem_cpu_prep,
    drm_nouveau_gem_cpu_fini,
    drm_nouveau_vm_init,
  },
  constants: {
    NOUVEAU_GETPARAM_PCI_VENDOR: 3,
    NOUVEAU_GETPARAM_PCI_DEVICE: 4,
    NOUVEAU_GETPARAM_BUS_TYPE: 5,
    NOUVEAU_GETPARAM_FB_SIZE: 8,
    NOUVEAU_GETPARAM_AGP_SIZE: 9,
    NOUVEAU_GETPARAM_CHIPSET_ID: 11,
    NOUVEAU_GETPARAM_VM_VRAM_BASE: 12,
    NOUVEAU_GETPARAM_GRAPH_UNITS: 13,
    NOUVEAU_GETPARAM_PTIMER_TIME: 14,
    NOUVEAU_GETPARAM_HAS_BO_USAGE: 15,
    NOUVEAU_GETPARAM_HAS_PAGEFLIP: 16,
    NOUVEAU_GETPARAM_EXEC_PUSH_MAX: 17,
    NOUVEAU_GETPARAM_VRAM_BAR_SIZE: 18,
    NOUVEAU_GETPARAM_VRAM_USED: 19,
    NOUVEAU_GETPARAM_HAS_VMA_TILEMODE: 20,
    NOUVEAU_GEM_DOMAIN_CPU: 1,
    NOUVEAU_GEM_DOMAIN_VRAM: 2,
    NOUVEAU_GEM_DOMAIN_GART: 4,
    NOUVEAU_GEM_DOMAIN_MAPPABLE: 8,
    NOUVEAU_GEM_DOMAIN_COHERENT: 16,
    NOUVEAU_GEM_DOMAIN_NO_SHARE: 32,
    NOUVEAU_GEM_CPU_PREP_NOWAIT: 1,
    NOUVEAU_GEM_CPU_PREP_WRITE: 4,
    DRM_NOUVEAU_GETPARAM: 0,
    DRM_NOUVEAU_VM_INIT: 16,
    DRM_NOUVEAU_GEM_NEW: 64,
    DRM_NOUVEAU_GEM_CPU_PREP: 66,
    DRM_NOUVEAU_GEM_CPU_FINI: 67,
    DRM_NOUVEAU_GEM_INFO: 68,
  },
  ioctls: {
    GETPARAM: ioctl({
      name: "DRM_IOCTL_NOUVEAU_GETPARAM",
      direction: "RW",
      type: "d",
      number: 0x40,
      struct: drm_nouveau_getparam,
      nodes: "both",
    }),
    GEM_NEW: ioctl({
      name: "DRM_IOCTL_NOUVEAU_GEM_NEW",
      direction: "RW",
      type: "d",
      number: 0x80,
      struct: drm_nouveau_gem_new,
      nodes: "both",
      varies: { "info.map_handle": "fake offset" },
    }),
    GEM_CPU_PREP: ioctl({
      name: "DRM_IOCTL_NOUVEAU_GEM_CPU_PREP",
      direction: "W",
      type: "d",
      number: 0x82,
      struct: drm_nouveau_gem_cpu_prep,
      note:
        "Waits up to 30 s, then EBUSY; at once with NOWAIT. Syncs the caches of buffers that are not COHERENT.",
      nodes: "both",
    }),
    GEM_CPU_FINI: ioctl({
      name: "DRM_IOCTL_NOUVEAU_GEM_CPU_FINI",
      direction: "W",
      type: "d",
      number: 0x83,
      struct: drm_nouveau_gem_cpu_fini,
      nodes: "both",
    }),
    GEM_INFO: ioctl({
      name: "DRM_IOCTL_NOUVEAU_GEM_INFO",
      direction: "RW",
      type: "d",
      number: 0x84,
      struct: drm_nouveau_gem_info,
      nodes: "both",
      varies: { "map_handle": "fake offset" },
    }),
    VM_INIT: ioctl({
      name: "DRM_IOCTL_NOUVEAU_VM_INIT",
      direction: "RW",
      type: "d",
      number: 0x50,
      struct: drm_nouveau_vm_init,
      nodes: "both",
    }),
  },
} as const satisfies UapiTable;
