/**
 * What a dma-buf's own descriptor answers to.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { i32, struct, u32, u64 } from "../struct.ts";

const prefix = "DMA_BUF_SYNC_";
const access = { READ: 1, WRITE: 2, RW: 3 };

const dma_buf_sync = struct("dma_buf_sync", {
  flags: u64({ prefix, flags: access, values: { START: 0, END: 4 } }),
});

const dma_buf_export_sync_file = struct("dma_buf_export_sync_file", {
  flags: u32({ prefix, flags: access }),
  fd: i32(),
});

const dma_buf_import_sync_file = struct("dma_buf_import_sync_file", {
  flags: u32({ prefix, flags: access }),
  fd: i32(),
});

/** linux/dma-buf.h. */
export const dmaBuf = {
  name: "dma-buf",
  section: "dma-buf",
  header: "linux/dma-buf.h",
  structs: {
    dma_buf_sync,
    dma_buf_export_sync_file,
    dma_buf_import_sync_file,
  },
  constants: {
    DMA_BUF_SYNC_READ: 1,
    DMA_BUF_SYNC_WRITE: 2,
    DMA_BUF_SYNC_RW: 3,
    DMA_BUF_SYNC_START: 0,
    DMA_BUF_SYNC_END: 4,
    DMA_BUF_SYNC_VALID_FLAGS_MASK: 7,
    DMA_BUF_NAME_LEN: 32,
    DMA_BUF_BASE: 98,
  },
  ioctls: {
    SYNC: ioctl({
      name: "DMA_BUF_IOCTL_SYNC",
      direction: "W",
      type: "b",
      number: 0x0,
      struct: dma_buf_sync,
      note:
        "Whole buffer, no range. START also waits for implicit fences. udmabuf refuses END before the first START (EINVAL).",
      nodes: "file",
    }),
    SET_NAME: ioctl({
      name: "DMA_BUF_SET_NAME",
      direction: "W",
      type: "b",
      number: 0x1,
      struct: null,
      plain: "string",
      size: 8,
      note: "At most 31 characters and a NUL.",
      nodes: "file",
    }),
    SET_NAME_A: ioctl({
      name: "DMA_BUF_SET_NAME_A",
      direction: "W",
      type: "b",
      number: 0x1,
      struct: null,
      plain: "string",
      size: 4,
      note: "The 32-bit spelling of SET_NAME; kernels take it from anybody.",
      nodes: "file",
    }),
    SET_NAME_B: ioctl({
      name: "DMA_BUF_SET_NAME_B",
      direction: "W",
      type: "b",
      number: 0x1,
      struct: null,
      plain: "string",
      size: 8,
      note: "SET_NAME by its other name: one code.",
      nodes: "file",
    }),
    EXPORT_SYNC_FILE: ioctl({
      name: "DMA_BUF_IOCTL_EXPORT_SYNC_FILE",
      direction: "RW",
      type: "b",
      number: 0x2,
      struct: dma_buf_export_sync_file,
      note: "ENOTTY on kernels without CONFIG_SYNC_FILE.",
      nodes: "file",
      varies: { fd: "descriptor" },
    }),
    IMPORT_SYNC_FILE: ioctl({
      name: "DMA_BUF_IOCTL_IMPORT_SYNC_FILE",
      direction: "W",
      type: "b",
      number: 0x3,
      struct: dma_buf_import_sync_file,
      note: "ENOTTY on kernels without CONFIG_SYNC_FILE.",
      nodes: "file",
      varies: { fd: "descriptor" },
    }),
  },
} as const satisfies UapiTable;
