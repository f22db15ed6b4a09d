/**
 * dma-heaps: /dev/dma_heap/NAME.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { struct, u32, u64 } from "../struct.ts";

const dma_heap_allocation_data = struct("dma_heap_allocation_data", {
  len: u64(),
  fd: u32(),
  fd_flags: u32({ flags: { O_WRONLY: 1, O_RDWR: 2, O_CLOEXEC: 0o2000000 } }),
  heap_flags: u64(),
});

/** linux/dma-heap.h. */
export const dmaHeap = {
  name: "dma-heap",
  section: "dma-heap",
  header: "linux/dma-heap.h",
  structs: { dma_heap_allocation_data },
  constants: {
    DMA_HEAP_VALID_FD_FLAGS: 0x80003,
    DMA_HEAP_VALID_HEAP_FLAGS: 0,
    DMA_HEAP_IOC_MAGIC: 72,
  },
  ioctls: {
    ALLOC: ioctl({
      name: "DMA_HEAP_IOCTL_ALLOC",
      direction: "RW",
      type: "H",
      number: 0,
      struct: dma_heap_allocation_data,
      note: "fd must be 0. Without O_RDWR the dma-buf cannot be mapped writable. Always cached.",
      nodes: "file",
      varies: { fd: "descriptor" },
    }),
  },
} as const satisfies UapiTable;
