/**
 * Which calls are no part of a reproduction, and which answers are a machine's own: the one place to
 * extend for a new driver.
 *
 * @module
 */

/** Calls by which boctl gets to know a device. Left out, except where a script makes them itself. */
export const lookingAround: ReadonlySet<string> = new Set([
  "DRM_IOCTL_VERSION",
  "DRM_IOCTL_GET_UNIQUE",
  "DRM_IOCTL_GET_CAP",
  "DRM_IOCTL_PANTHOR_DEV_QUERY",
  "DRM_IOCTL_PANFROST_GET_PARAM",
  "DRM_IOCTL_VIRTGPU_GETPARAM",
  "DRM_IOCTL_VIRTGPU_GET_CAPS",
  "KBASE_IOCTL_GET_DDK_VERSION",
  "KBASE_IOCTL_GET_GPUPROPS",
]);

/** Calls on no buffer at all, by which boctl learns whether a driver knows a call. */
export const probes: ReadonlySet<string> = new Set(["DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET"]);

/** Calls whose answers are facts of a machine: made where a script makes them, not compared. */
export const machineFacts: ReadonlySet<string> = new Set([
  ...lookingAround,
  "DRM_IOCTL_GET_MAGIC",
  "DRM_IOCTL_GEM_FLINK",
  "DRM_IOCTL_MODE_GETRESOURCES",
  "DRM_IOCTL_MODE_GETCONNECTOR",
  "SYNC_IOC_FILE_INFO",
]);

/** Fields that a machine chooses as it likes. */
export const machineFields: Readonly<Record<string, readonly string[]>> = {
  // The address in the GPU's address space.
  DRM_IOCTL_PANFROST_CREATE_BO: ["offset"],
  DRM_IOCTL_PANFROST_GET_BO_OFFSET: ["offset"],
  DRM_IOCTL_PANTHOR_VM_CREATE: ["user_va_range"],
  DRM_IOCTL_PANTHOR_TILER_HEAP_CREATE: ["tiler_heap_ctx_gpu_va", "first_heap_chunk_gpu_va"],
  DRM_IOCTL_VIRTGPU_RESOURCE_CREATE: ["res_handle"],
  DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB: ["res_handle"],
  DRM_IOCTL_VIRTGPU_RESOURCE_INFO: ["res_handle"],
};

/** Fields of padding, whatever their number. */
export const padding = /^_*(pad|reserved|rsvd)\d*$/;

/** The device's side, which only the simulator has. Its books and stale ranges do nothing. */
export const deviceSide: ReadonlySet<string> = new Set([
  "device.read",
  "device.write",
  "device.begin",
  "device.end",
]);
