/**
 * /dev/udmabuf: a dma-buf over the pages of a sealed memfd. Source: drivers/dma-buf/udmabuf.c.
 *
 * @module
 */
import { KernelRefusal } from "../errors.ts";
import { call } from "../ffi/call.ts";
import {
  F_ADD_SEALS,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
} from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { udmabuf as uapi } from "../ffi/uapi/udmabuf.ts";

export const UDMABUF_PATH = "/dev/udmabuf";
const NAME = "udmabuf";

function checked(callName: string, result: number): number {
  if (isError(result)) throw new KernelRefusal(callName, NAME, result);
  return result;
}

/** Why UDMABUF_CREATE says EINVAL, in the order of the driver's checks. */
function explainEinval(kernel: Kernel, size: bigint, seals: number): string | undefined {
  const text = kernel.readText("/sys/module/udmabuf/parameters/size_limit_mb");
  const limit = /^[1-9]\d*/.exec(String(text))?.[0];
  if (limit !== undefined && size > BigInt(limit) << 20n) {
    return `the size limit is ${limit} MiB (size_limit_mb)`;
  }
  if (size === 0n) return "a size of 0 is not a buffer";
  if ((seals & F_SEAL_SHRINK) === 0) return "the memfd must be sealed with F_SEAL_SHRINK";
  return (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) === 0
    ? undefined
    : "the memfd must not be sealed against writing";
}

/**
 * Makes a sealed memfd of `size` bytes and a dma-buf over it; the memfd's descriptor is closed
 * again (the dma-buf holds the pages).
 * @param size bytes, rounded up to pages here: the driver takes whole pages only
 * @param seals F_SEAL_* bits; anything but F_SEAL_SHRINK is for provoking refusals
 * @returns the dma-buf's descriptor
 * @throws {KernelRefusal}
 */
export function createUdmabuf(
  kernel: Kernel,
  deviceFd: number,
  size: bigint,
  options: { cloexec: boolean; seals?: number },
): number {
  const page = BigInt(kernel.identity.pageSize);
  const rounded = (size + page - 1n) / page * page;
  const memfd = checked("memfd_create", kernel.memfdCreate("boctl", MFD_ALLOW_SEALING));
  try {
    checked("ftruncate", kernel.ftruncate(memfd, rounded));
    const seals = options.seals ?? F_SEAL_SHRINK;
    if (seals !== 0) checked("fcntl F_ADD_SEALS", kernel.fcntl(memfd, F_ADD_SEALS, seals));
    const { result } = call(kernel, deviceFd, uapi.ioctls.CREATE, {
      memfd,
      flags: options.cloexec ? uapi.constants.UDMABUF_FLAGS_CLOEXEC : 0,
      offset: 0n,
      size: rounded,
    });
    if (!isError(result)) return result;
    throw new KernelRefusal(uapi.ioctls.CREATE.name, NAME, result, {
      reason: result === -errno.EINVAL ? explainEinval(kernel, rounded, seals) : undefined,
    });
  } finally {
    kernel.close(memfd);
  }
}
