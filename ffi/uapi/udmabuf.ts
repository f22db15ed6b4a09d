/**
 * /dev/udmabuf: dma-bufs made of memfd pages. Both calls return the new descriptor.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { struct, tail, u32, u64 } from "../struct.ts";

const flags = { prefix: "UDMABUF_FLAGS_", flags: { CLOEXEC: 1 } };

const udmabuf_create = struct("udmabuf_create", {
  memfd: u32(),
  flags: u32(flags),
  offset: u64(),
  size: u64(),
});

const udmabuf_create_item = struct("udmabuf_create_item", {
  memfd: u32(),
  __pad: u32(),
  offset: u64(),
  size: u64(),
});

const udmabuf_create_list = struct("udmabuf_create_list", {
  flags: u32(flags),
  count: u32(),
  list: tail(udmabuf_create_item, "count"),
});

/** linux/udmabuf.h. */
export const udmabuf = {
  name: "udmabuf",
  section: "udmabuf",
  header: "linux/udmabuf.h",
  structs: {
    udmabuf_create,
    udmabuf_create_item,
    udmabuf_create_list,
  },
  constants: {
    UDMABUF_FLAGS_CLOEXEC: 1,
  },
  ioctls: {
    CREATE: ioctl({
      name: "UDMABUF_CREATE",
      direction: "W",
      type: "u",
      number: 0x42,
      struct: udmabuf_create,
      note:
        "The memfd needs F_SEAL_SHRINK and neither F_SEAL_WRITE nor F_SEAL_FUTURE_WRITE; at most 64 MiB before 7.3.",
      nodes: "file",
      varies: { memfd: "descriptor" },
      givesDescriptor: true,
    }),
    CREATE_LIST: ioctl({
      name: "UDMABUF_CREATE_LIST",
      direction: "W",
      type: "u",
      number: 0x43,
      struct: udmabuf_create_list,
      note: "At most 1024 items, checked first.",
      nodes: "file",
      varies: { "list.memfd": "descriptor" },
      givesDescriptor: true,
    }),
  },
} as const satisfies UapiTable;
