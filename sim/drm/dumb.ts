import { errno } from "../../ffi/errno.ts";
import type { DrmDevice, DumbBuffer, DumbRequest } from "./device.ts";
import type { DrmFile } from "./drm_file.ts";

const U32_MAX = 0xffff_ffff;

/** drm_mode_create_dumb(): what the core refuses before any driver looks; 0 or -errno. */
export function checkDumb(device: DrmDevice, request: DumbRequest): number {
  if (device.createDumb === null) return -errno.ENOSYS;
  const { width, height, bpp } = request;
  if (width === 0 || height === 0 || bpp === 0) return -errno.EINVAL;
  if (bpp > U32_MAX - 8) return -errno.EINVAL;
  const bytesPerPixel = Math.ceil(bpp / 8);
  if (bytesPerPixel > Math.floor(U32_MAX / width)) return -errno.EINVAL;
  const stride = bytesPerPixel * width;
  if (height > Math.floor(U32_MAX / stride)) return -errno.EINVAL;
  const { pageBytes } = device.machine.model;
  // PAGE_ALIGN() in 32 bits wraps to 0.
  if (Math.ceil(height * stride / pageBytes) * pageBytes > U32_MAX) return -errno.EINVAL;
  return 0;
}

/** The driver's part, after {@linkcode checkDumb}: the buffer with a handle, or -errno. */
export function createDumb(
  device: DrmDevice,
  file: DrmFile,
  request: DumbRequest,
): DumbBuffer & { handle: number } | number {
  if (device.createDumb === null) return -errno.ENOSYS;
  const made = device.createDumb(file, request);
  if (typeof made === "number") return made;
  const handle = file.createHandle(made.object);
  made.object.put();
  return handle < 0 ? handle : { ...made, handle };
}

/** drm_gem_dumb_map_offset(): the fake offset, or -errno. */
export function mapDumb(device: DrmDevice, file: DrmFile, handle: number): bigint | number {
  // The ioctl asks for dumb_create, not for the map operation: drm_mode_mmap_dumb_ioctl().
  if (device.createDumb === null) return -errno.ENOSYS;
  const object = file.lookup(handle);
  if (object === null) return -errno.ENOENT;
  const refused = device.mapDumbRefusal(object);
  if (refused < 0) return refused;
  const added = device.offsets.add(object);
  return added < 0 ? added : object.mapOffset ?? -errno.EINVAL;
}
