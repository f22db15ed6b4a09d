/**
 * DRM synchronisation objects: fences by handle.
 *
 * @module
 */
import { ioctl, type UapiTable } from "../ioctl.ts";
import {
  i32,
  i64,
  type Names,
  pointer,
  type SmallField,
  struct,
  type StructType,
  u32,
  u64,
  type WideField,
} from "../struct.ts";

const waitFlags = {
  prefix: "DRM_SYNCOBJ_WAIT_FLAGS_",
  flags: { WAIT_ALL: 1, WAIT_FOR_SUBMIT: 2, WAIT_AVAILABLE: 4, WAIT_DEADLINE: 8 },
};

const drm_syncobj_create = struct("drm_syncobj_create", {
  handle: u32(),
  flags: u32({ prefix: "DRM_SYNCOBJ_CREATE_", flags: { SIGNALED: 1 } }),
});

const drm_syncobj_destroy = struct("drm_syncobj_destroy", {
  handle: u32(),
  pad: u32(),
});

/** One structure for both directions; the flags have names of their own in each. */
function handleStruct(flags: { prefix: string; flags: Names }): StructType<{
  handle: SmallField;
  flags: SmallField;
  fd: SmallField;
  pad: SmallField;
  point: WideField;
}> {
  return struct("drm_syncobj_handle", {
    handle: u32(),
    flags: u32(flags),
    fd: i32(),
    pad: u32(),
    point: u64(),
  });
}
const drm_syncobj_handle = handleStruct({
  prefix: "DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_",
  flags: { EXPORT_SYNC_FILE: 1, TIMELINE: 2 },
});
const importedHandle = handleStruct({
  prefix: "DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_",
  flags: { IMPORT_SYNC_FILE: 1, TIMELINE: 2 },
});

const drm_syncobj_transfer = struct("drm_syncobj_transfer", {
  src_handle: u32(),
  dst_handle: u32(),
  src_point: u64(),
  dst_point: u64(),
  flags: u32(waitFlags),
  pad: u32(),
});

const drm_syncobj_wait = struct("drm_syncobj_wait", {
  handles: pointer("u32", { count: "count_handles" }),
  timeout_nsec: i64(),
  count_handles: u32(),
  flags: u32(waitFlags),
  first_signaled: u32(),
  pad: u32(),
  deadline_nsec: u64(),
});

const drm_syncobj_timeline_wait = struct("drm_syncobj_timeline_wait", {
  handles: pointer("u32", { count: "count_handles" }),
  points: pointer("u64", { count: "count_handles" }),
  timeout_nsec: i64(),
  count_handles: u32(),
  flags: u32(waitFlags),
  first_signaled: u32(),
  pad: u32(),
  deadline_nsec: u64(),
});

const drm_syncobj_eventfd = struct("drm_syncobj_eventfd", {
  handle: u32(),
  flags: u32(waitFlags),
  point: u64(),
  fd: i32(),
  pad: u32(),
});

const drm_syncobj_array = struct("drm_syncobj_array", {
  handles: pointer("u32", { count: "count_handles" }),
  count_handles: u32(),
  pad: u32(),
});

const drm_syncobj_timeline_array = struct("drm_syncobj_timeline_array", {
  handles: pointer("u32", { count: "count_handles" }),
  points: pointer("u64", { count: "count_handles" }),
  count_handles: u32(),
  flags: u32({ prefix: "DRM_SYNCOBJ_QUERY_FLAGS_", flags: { LAST_SUBMITTED: 1 } }),
});

export const drmSyncobj = {
  structs: {
    drm_syncobj_create,
    drm_syncobj_destroy,
    drm_syncobj_handle,
    drm_syncobj_transfer,
    drm_syncobj_wait,
    drm_syncobj_timeline_wait,
    drm_syncobj_eventfd,
    drm_syncobj_array,
    drm_syncobj_timeline_array,
  },
  constants: {
    DRM_SYNCOBJ_CREATE_SIGNALED: 1,
    DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE: 1,
    DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_TIMELINE: 2,
    DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE: 1,
    DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_TIMELINE: 2,
    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL: 1,
    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT: 2,
    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE: 4,
    DRM_SYNCOBJ_WAIT_FLAGS_WAIT_DEADLINE: 8,
    DRM_SYNCOBJ_QUERY_FLAGS_LAST_SUBMITTED: 1,
  },
  ioctls: {
    SYNCOBJ_CREATE: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_CREATE",
      direction: "RW",
      type: "d",
      number: 0xbf,
      struct: drm_syncobj_create,
      nodes: "both",
    }),
    SYNCOBJ_DESTROY: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_DESTROY",
      direction: "RW",
      type: "d",
      number: 0xc0,
      struct: drm_syncobj_destroy,
      nodes: "both",
    }),
    SYNCOBJ_HANDLE_TO_FD: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD",
      direction: "RW",
      type: "d",
      number: 0xc1,
      struct: drm_syncobj_handle,
      note: "16 bytes without the point up to 6.12; that size is still taken.",
      nodes: "both",
      varies: { fd: "descriptor" },
    }),
    SYNCOBJ_FD_TO_HANDLE: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE",
      direction: "RW",
      type: "d",
      number: 0xc2,
      struct: importedHandle,
      note: "16 bytes without the point up to 6.12; that size is still taken.",
      nodes: "both",
      varies: { fd: "descriptor" },
    }),
    SYNCOBJ_WAIT: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_WAIT",
      direction: "RW",
      type: "d",
      number: 0xc3,
      struct: drm_syncobj_wait,
      note: "timeout_nsec is an absolute CLOCK_MONOTONIC time; ETIME.",
      nodes: "both",
      varies: { timeout_nsec: "deadline" },
    }),
    SYNCOBJ_RESET: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_RESET",
      direction: "RW",
      type: "d",
      number: 0xc4,
      struct: drm_syncobj_array,
      nodes: "both",
    }),
    SYNCOBJ_SIGNAL: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_SIGNAL",
      direction: "RW",
      type: "d",
      number: 0xc5,
      struct: drm_syncobj_array,
      nodes: "both",
    }),
    SYNCOBJ_TIMELINE_WAIT: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT",
      direction: "RW",
      type: "d",
      number: 0xca,
      struct: drm_syncobj_timeline_wait,
      note: "timeout_nsec is an absolute CLOCK_MONOTONIC time; ETIME.",
      nodes: "both",
      varies: { timeout_nsec: "deadline" },
    }),
    SYNCOBJ_QUERY: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_QUERY",
      direction: "RW",
      type: "d",
      number: 0xcb,
      struct: drm_syncobj_timeline_array,
      nodes: "both",
    }),
    SYNCOBJ_TRANSFER: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_TRANSFER",
      direction: "RW",
      type: "d",
      number: 0xcc,
      struct: drm_syncobj_transfer,
      nodes: "both",
    }),
    SYNCOBJ_TIMELINE_SIGNAL: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL",
      direction: "RW",
      type: "d",
      number: 0xcd,
      struct: drm_syncobj_timeline_array,
      nodes: "both",
    }),
    SYNCOBJ_EVENTFD: ioctl({
      name: "DRM_IOCTL_SYNCOBJ_EVENTFD",
      direction: "RW",
      type: "d",
      number: 0xcf,
      struct: drm_syncobj_eventfd,
      since: "6.12",
      note: "Absent in 6.1.",
      nodes: "both",
      varies: { fd: "descriptor" },
    }),
  },
} as const satisfies Pick<UapiTable, "structs" | "constants" | "ioctls">;
