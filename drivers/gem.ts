/**
 * What every DRM driver shares: VERSION, GET_CAP, GEM_CLOSE and PRIME.
 * Sources: drivers/gpu/drm/drm_ioctl.c, drm_gem.c, drm_prime.c.
 *
 * @module
 */
import { KernelRefusal } from "../errors.ts";
import { call, retriedIoctl } from "../ffi/call.ts";
import { O_CLOEXEC, O_RDWR } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { decode, encode } from "../ffi/struct.ts";
import { drm as uapi } from "../ffi/uapi/drm.ts";
import { checkedCall, type DriverVersion, type OpenDevice } from "./driver.ts";

/** Room for a driver's name and description; a kernel with longer ones tells their true length. */
const STRING_ROOM = 128;

function textOf(bytes: Uint8Array, length: bigint): string {
  return new TextDecoder().decode(bytes.subarray(0, Math.min(Number(length), bytes.length)));
}

/** DRM_IOCTL_VERSION, or -errno (ENOTTY where the file is no DRM node). */
export function readVersion(kernel: Kernel, fd: number): DriverVersion | number {
  const name = { bytes: new Uint8Array(STRING_ROOM) };
  const desc = { bytes: new Uint8Array(STRING_ROOM) };
  const definition = uapi.ioctls.VERSION;
  const argument = encode(definition.struct, {
    name_len: BigInt(STRING_ROOM),
    name,
    desc_len: BigInt(STRING_ROOM),
    desc,
  });
  const result = retriedIoctl(kernel, fd, definition.code, argument);
  if (isError(result)) return result;
  const version = decode(definition.struct, argument);
  return {
    name: textOf(name.bytes, version.name_len),
    major: version.version_major,
    minor: version.version_minor,
    patch: version.version_patchlevel,
    description: textOf(desc.bytes, version.desc_len),
  };
}

/** A capability's value, or -errno. */
export function readCapability(kernel: Kernel, fd: number, capability: number): bigint | number {
  const { result, values } = call(kernel, fd, uapi.ioctls.GET_CAP, {
    capability: BigInt(capability),
  });
  return isError(result) ? result : values.value;
}

/** GEM_CLOSE: 0 or -errno. */
export function closeHandle(device: OpenDevice, handle: number): number {
  return call(device.kernel, device.fd, uapi.ioctls.GEM_CLOSE, { handle }).result;
}

/**
 * PRIME_HANDLE_TO_FD: a descriptor of the buffer's dma-buf.
 * @throws {KernelRefusal}
 */
export function exportHandle(
  device: OpenDevice,
  handle: number,
  options: { rdwr: boolean; cloexec: boolean },
  explain?: (errno: number) => string | undefined,
): number {
  const flags = (options.rdwr ? O_RDWR : 0) | (options.cloexec ? O_CLOEXEC : 0);
  return checkedCall(
    device,
    uapi.ioctls.PRIME_HANDLE_TO_FD,
    { handle, flags, fd: -1 },
    (code) =>
      explain?.(code) ??
        (code === errno.ENOSYS ? `${device.version.name} cannot export buffers` : undefined),
  ).fd;
}

/**
 * PRIME_FD_TO_HANDLE: the same handle as before where this open file has the buffer already.
 * @throws {KernelRefusal} with what is known of who refuses
 */
export function importDescriptor(device: OpenDevice, fd: number): number {
  const { result, values } = call(device.kernel, device.fd, uapi.ioctls.PRIME_FD_TO_HANDLE, { fd });
  if (!isError(result)) return values.handle;
  const driver = device.version.name;
  const reasons: Record<number, string> = {
    [errno.EINVAL]: `${driver} does not import it (no PRIME import, or the buffer does not suit)`,
    [errno.ENODEV]: `${driver} imports only its own buffers`,
    [errno.ENOSYS]: `${driver} or the exporter lacks what sharing with another device needs`,
    [errno.EOPNOTSUPP]: `the exporter's buffer cannot be moved to where ${driver} reaches it`,
    [errno.EBADF]: "the descriptor is not open",
  };
  throw new KernelRefusal(uapi.ioctls.PRIME_FD_TO_HANDLE.name, device.name, result, {
    reason: reasons[-result],
  });
}
