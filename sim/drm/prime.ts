/**
 * PRIME: buffers out of and into a DRM file (drm_prime.c). Identity: one dma-buf an object while it
 * lives, so the first export fixes the access mode; one handle a dma-buf in each open file; a
 * device's own dma-buf comes back as the original object, a foreign one leaves as the dma-buf that
 * it came as.
 *
 * @module
 */
import { O_CLOEXEC, O_RDWR } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import { DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmFile } from "./drm_file.ts";

/** DRM_CLOEXEC of the uapi header: O_CLOEXEC as on x86-64 and arm64. */
const DRM_CLOEXEC = O_CLOEXEC;
const DRM_RDWR = O_RDWR;

/** The dma-buf of a handle with a reference for the caller, or -errno. */
function handleToDmaBuf(file: DrmFile, handle: number, flags: number): DmaBuf | number {
  const object = file.lookup(handle);
  if (object === null) return -errno.ENOENT;
  const known = file.dmaBufOf(handle);
  if (known !== null) return known.get();
  let dmaBuf: DmaBuf | number;
  if (object.attachment !== null) dmaBuf = object.attachment.dmaBuf.get();
  else if (object.dmaBuf !== null) dmaBuf = object.dmaBuf.get();
  else {
    dmaBuf = object.exportDmaBuf(flags);
    if (typeof dmaBuf === "number") return dmaBuf;
    object.dmaBuf = dmaBuf.get();
  }
  file.addPrime(dmaBuf, handle);
  return dmaBuf;
}

/** DRM_IOCTL_PRIME_HANDLE_TO_FD: a descriptor, or -errno. */
export function primeHandleToFd(file: DrmFile, handle: number, flags: number): number {
  if (!file.device.prime) return -errno.ENOSYS;
  if ((flags & ~(DRM_CLOEXEC | DRM_RDWR)) !== 0) return -errno.EINVAL;
  const { fds } = file.device.machine;
  // The descriptor is reserved before the handle is looked up: EMFILE comes before ENOENT.
  const fd = fds.reserve();
  if (fd < 0) return fd;
  const dmaBuf = handleToDmaBuf(file, handle, flags);
  if (typeof dmaBuf === "number") {
    fds.unreserve(fd);
    return dmaBuf;
  }
  fds.install(fd, dmaBuf, (flags & DRM_CLOEXEC) !== 0);
  return fd;
}

/** DRM_IOCTL_PRIME_FD_TO_HANDLE: a handle, or -errno. The flags field is not looked at. */
export function primeFdToHandle(file: DrmFile, fd: number): number {
  if (!file.device.prime) return -errno.ENOSYS;
  const dmaBuf = file.device.machine.fds.get(fd);
  if (dmaBuf === null) return -errno.EBADF;
  if (!(dmaBuf instanceof DmaBuf)) return -errno.EINVAL;
  const known = file.handleOf(dmaBuf);
  if (known !== null) return known;
  const object = file.device.primeImport(dmaBuf);
  if (typeof object === "number") return object;
  object.dmaBuf ??= dmaBuf.get();
  const handle = file.createHandle(object);
  object.put();
  if (handle > 0) file.addPrime(dmaBuf, handle);
  return handle;
}
