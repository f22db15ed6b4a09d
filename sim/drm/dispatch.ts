import { errno } from "../../ffi/errno.ts";
import { splitRequest } from "../../ffi/ioctl.ts";
import type { Argument } from "../../ffi/kernel.ts";
import { atLeast } from "../release.ts";
import { copyIn, copyOut } from "../user_memory.ts";
import type { DrmFile } from "./drm_file.ts";
import type { DrmIoctl, Permission } from "./ioctl.ts";

const DRM_TYPE = "d".charCodeAt(0);
const COMMAND_BASE = 0x40;
const COMMAND_END = 0xa0;
/** _IOC_WRITE and _IOC_READ of a request code. */
const IOC_IN = 0x4000_0000;
const IOC_OUT = 0x8000_0000;

function allowed(permission: Permission, file: DrmFile): boolean {
  const isRender = file.node.kind === "render";
  if (permission.root === true && file.device.machine.uid !== 0) return false;
  if (permission.auth === true && !isRender && !file.authenticated) return false;
  if (permission.master === true && !file.isCurrentMaster) return false;
  return permission.render === true || !isRender;
}

/**
 * drm_ioctl() of drm_ioctl.c: finds the entry by type and number alone, zero-fills what user space
 * did not pass, checks permission after copying in, and copies back no more than was passed.
 */
export function dispatch(
  file: DrmFile,
  core: ReadonlyMap<number, DrmIoctl>,
  request: number,
  argument: Argument,
): number {
  if (file.device.unplugged) return -errno.ENODEV;
  const { type, number, size } = splitRequest(request);
  if (type !== DRM_TYPE) return -errno.ENOTTY;
  const isDriver = number >= COMMAND_BASE && number < COMMAND_END;
  const entry = (isDriver ? file.device.ioctls : core).get(number);
  if (entry === undefined) return -errno.EINVAL;
  const { release } = file.device.machine;
  if (entry.since !== undefined && !atLeast(release, ...entry.since)) return -errno.EINVAL;
  if (entry.until !== undefined && atLeast(release, ...entry.until)) return -errno.EINVAL;
  // Direction bits count only where the kernel has them too.
  const inSize = (request & entry.code & IOC_IN) !== 0 ? size : 0;
  const outSize = (request & entry.code & IOC_OUT) !== 0 ? size : 0;
  const passed = copyIn(argument, inSize);
  if (passed === null) return -errno.EFAULT;
  const bytes = new Uint8Array(Math.max(inSize, outSize, splitRequest(entry.code).size));
  bytes.set(passed.bytes);
  const data = passed.refs === undefined ? { bytes } : { bytes, refs: passed.refs };
  const result = allowed(entry.permission, file) ? entry.run(file, data) : -errno.EACCES;
  // Also after a failure: a call that stops half-way tells how far it came.
  if (!copyOut(argument, bytes.subarray(0, outSize))) return -errno.EFAULT;
  return result;
}
