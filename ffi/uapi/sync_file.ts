/**
 * What a sync_file (a fence in a descriptor) answers to.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import { chars, i32, pointer, struct, u32, u64 } from "../struct.ts";

const sync_merge_data = struct("sync_merge_data", {
  name: chars(32),
  fd2: i32(),
  fence: i32(),
  flags: u32(),
  pad: u32(),
});

const sync_fence_info = struct("sync_fence_info", {
  obj_name: chars(32),
  driver_name: chars(32),
  status: i32(),
  flags: u32(),
  timestamp_ns: u64(),
});

const sync_file_info = struct("sync_file_info", {
  name: chars(32),
  status: i32(),
  flags: u32(),
  num_fences: u32(),
  pad: u32(),
  sync_fence_info: pointer(sync_fence_info, { count: "num_fences" }),
});

const sync_set_deadline = struct("sync_set_deadline", {
  deadline_ns: u64(),
  pad: u64(),
});

/** linux/sync_file.h. */
export const syncFile = {
  name: "sync_file",
  section: "sync_file",
  header: "linux/sync_file.h",
  structs: {
    sync_merge_data,
    sync_fence_info,
    sync_file_info,
    sync_set_deadline,
  },
  constants: {
    SYNC_IOC_MAGIC: 62,
  },
  ioctls: {
    MERGE: ioctl({
      name: "SYNC_IOC_MERGE",
      direction: "RW",
      type: ">",
      number: 0x3,
      struct: sync_merge_data,
      nodes: "file",
      varies: { fd2: "descriptor", fence: "descriptor" },
    }),
    FILE_INFO: ioctl({
      name: "SYNC_IOC_FILE_INFO",
      direction: "RW",
      type: ">",
      number: 0x4,
      struct: sync_file_info,
      note: "num_fences 0 asks for the number alone.",
      nodes: "file",
      varies: { "sync_fence_info.timestamp_ns": "time" },
    }),
    SET_DEADLINE: ioctl({
      name: "SYNC_IOC_SET_DEADLINE",
      direction: "W",
      type: ">",
      number: 0x5,
      struct: sync_set_deadline,
      since: "6.12",
      note: "Absent in 6.1.",
      nodes: "file",
      varies: { deadline_ns: "deadline" },
    }),
  },
} as const satisfies UapiTable;
