/**
 * dma-bufs: identity, size, access mode, and the SYNC bracket.
 * Sources: drivers/dma-buf/dma-buf.c, include/uapi/linux/dma-buf.h.
 *
 * @module
 */
import { KernelRefusal } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { DMA_BUF_MAGIC, F_GETFL, O_ACCMODE, O_RDWR, SEEK_END, SEEK_SET } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { dmaBuf as uapi } from "../ffi/uapi/dma_buf.ts";

/** The CPU's direction of access: what DMA_BUF_SYNC_READ and _WRITE say. */
export type Access = "r" | "w" | "rw";

/** What can be told of a dma-buf's descriptor. */
export interface DmaBufFacts {
  /** Bytes. */
  readonly size: number;
  /** Unique per dma-buf: the identity test. */
  readonly inode: bigint;
  /** `rw` where the file was opened O_RDWR: the first export decides. */
  readonly mode: "ro" | "rw";
  /** `exp_name` of fdinfo: the driver, "drm" for the generic helper, a heap's name, "udmabuf". */
  readonly exporter: string;
  /** DMA_BUF_SET_NAME's name, or "". */
  readonly label: string;
}

/** The value of a `key:\tvalue` line of an fdinfo text, or "". */
export function fdinfoField(text: string, key: string): string {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${key}:`));
  return line === undefined ? "" : line.slice(key.length + 1).trim();
}

/** Whether a descriptor is a dma-buf: fstatfs tells "DMAB". */
export function isDmaBuf(kernel: Kernel, fd: number): boolean {
  return kernel.fstatfs(fd) === DMA_BUF_MAGIC;
}

/**
 * Reads what a dma-buf's descriptor tells.
 * @throws {KernelRefusal} when the descriptor is closed or no dma-buf
 */
export function readDmaBuf(kernel: Kernel, fd: number, name: string): DmaBufFacts {
  const type = kernel.fstatfs(fd);
  if (isError(type)) throw new KernelRefusal("fstatfs", name, type);
  if (type !== DMA_BUF_MAGIC) {
    throw new KernelRefusal("fstatfs", name, errno.EINVAL, { reason: "it is not a dma-buf" });
  }
  const stat = kernel.fstat(fd);
  if (isError(stat)) throw new KernelRefusal("fstat", name, stat);
  const end = kernel.lseek(fd, 0n, SEEK_END);
  if (end < 0n) throw new KernelRefusal("lseek", name, Number(end));
  kernel.lseek(fd, 0n, SEEK_SET);
  const flags = kernel.fcntl(fd, F_GETFL, 0);
  if (isError(flags)) throw new KernelRefusal("fcntl F_GETFL", name, flags);
  const info = kernel.readText(`/proc/self/fdinfo/${fd}`);
  const text = typeof info === "string" ? info : "";
  return {
    size: Number(end),
    inode: stat.inode,
    mode: (flags & O_ACCMODE) === O_RDWR ? "rw" : "ro",
    exporter: fdinfoField(text, "exp_name"),
    label: fdinfoField(text, "name"),
  };
}

/** DMA_BUF_IOCTL_SYNC: START (begin) or END. Whole buffer; START waits for implicit fences. */
export function syncDmaBuf(
  kernel: Kernel,
  fd: number,
  name: string,
  edge: "begin" | "end",
  access: Access,
): void {
  const { constants } = uapi;
  const direction = {
    r: constants.DMA_BUF_SYNC_READ,
    w: constants.DMA_BUF_SYNC_WRITE,
    rw: constants.DMA_BUF_SYNC_RW,
  }[access];
  const flags = direction |
    (edge === "end" ? constants.DMA_BUF_SYNC_END : constants.DMA_BUF_SYNC_START);
  const { result } = call(kernel, fd, uapi.ioctls.SYNC, { flags: BigInt(flags) });
  if (isError(result)) {
    throw new KernelRefusal(
      `DMA_BUF_IOCTL_SYNC ${edge === "end" ? "END" : "START"}`,
      name,
      result,
      {
        reason: result === -errno.EINVAL && edge === "end"
          ? "udmabuf refuses an END before the first START"
          : undefined,
      },
    );
  }
}
