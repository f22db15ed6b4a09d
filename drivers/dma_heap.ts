/**
 * dma-heaps: dma-bufs straight from an allocator, without a DRM device.
 * Source: drivers/dma-buf/dma-heap.c.
 *
 * @module
 */
import { KernelRefusal } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { O_CLOEXEC, O_RDONLY, O_RDWR } from "../ffi/constants.ts";
import { isError, type Kernel } from "../ffi/kernel.ts";
import { dmaHeap as uapi } from "../ffi/uapi/dma_heap.ts";

/** Where heaps live. */
export const HEAP_DIRECTORY = "/dev/dma_heap";

/**
 * Allocates from an open heap.
 * @param size bytes; the kernel rounds up to pages
 * @returns the dma-buf's descriptor
 * @throws {KernelRefusal}
 */
export function allocateFromHeap(
  kernel: Kernel,
  heapFd: number,
  heapName: string,
  size: bigint,
  options: { rdwr: boolean; cloexec: boolean },
): number {
  const fd_flags = (options.rdwr ? O_RDWR : O_RDONLY) | (options.cloexec ? O_CLOEXEC : 0);
  const { result, values } = call(kernel, heapFd, uapi.ioctls.ALLOC, { len: size, fd_flags });
  if (isError(result)) {
    throw new KernelRefusal(uapi.ioctls.ALLOC.name, heapName, result, {
      reason: size === 0n ? "a size of 0 is not a buffer" : undefined,
    });
  }
  return values.fd;
}
