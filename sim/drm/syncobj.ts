/**
 * Binary synchronisation objects (drm_syncobj.c): create, destroy, reset, signal, wait, and out and
 * in as a descriptor. Timeline calls are not simulated: EOPNOTSUPP, as a driver without them says.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { AnonymousFile } from "../anonymous_file.ts";
import { Fence, waitFor } from "../dmabuf/fence.ts";
import { SyncFile } from "../dmabuf/sync_file.ts";
import type { Machine } from "../machine.ts";
import { atLeast } from "../release.ts";
import { copyIn, type UserPointer } from "../user_memory.ts";
import type { DrmFile } from "./drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "./ioctl.ts";

/** A syncobj: a place for a fence. */
export interface Syncobj {
  /** null while nothing was submitted. */
  fence: Fence | null;
}

/** A syncobj as a descriptor. */
class SyncobjFile extends AnonymousFile {
  readonly syncobj: Syncobj;

  constructor(machine: Machine, syncobj: Syncobj) {
    super(machine);
    this.syncobj = syncobj;
  }
  override link(): string {
    return "anon_inode:syncobj_file";
  }
}

const { ioctls } = drm;
const CREATE_SIGNALED = 1;
const AS_SYNC_FILE = 1;
const WAIT_ALL = 1;
const WAIT_FOR_SUBMIT = 2;
const WAIT_DEADLINE = 8;
/** kmalloc_array() gives 4 MiB: that many handles. */
const MANY = 1 << 20;

function supported(file: DrmFile): boolean {
  return file.device.features.syncobj;
}

function signalledFence(file: DrmFile): Fence {
  const fence = new Fence(file.device.machine.clock, null);
  fence.signal();
  return fence;
}

/** Open files whose handle 0, which is none, counts as free. */
const zeroFree = new WeakSet<DrmFile>();

function newHandle(file: DrmFile, syncobj: Syncobj): number {
  let handle = zeroFree.delete(file) ? 0 : 1;
  while (file.syncobjs.has(handle)) handle++;
  file.syncobjs.set(handle, syncobj);
  return handle;
}

/** drm_syncobj_array_find(): the objects, or -EFAULT, -ENOENT. */
function find(file: DrmFile, handles: UserPointer, count: number): Syncobj[] | number {
  if (count > MANY) return -errno.ENOMEM;
  const block = copyIn(handles, count * 4);
  if (block === null) return -errno.EFAULT;
  const view = new DataView(block.bytes.buffer);
  const found: Syncobj[] = [];
  for (let i = 0; i < count; i++) {
    const syncobj = file.syncobjs.get(view.getUint32(i * 4, true));
    if (syncobj === undefined) return -errno.ENOENT;
    found.push(syncobj);
  }
  return found;
}

const create = drmIoctl(ioctls.SYNCOBJ_CREATE, ANY_NODE, (file, args) => {
  if (!supported(file)) return -errno.EOPNOTSUPP;
  if ((args.flags & ~CREATE_SIGNALED) !== 0) return -errno.EINVAL;
  const fence = (args.flags & CREATE_SIGNALED) !== 0 ? signalledFence(file) : null;
  args.handle = newHandle(file, { fence });
  return 0;
});

const destroy = drmIoctl(ioctls.SYNCOBJ_DESTROY, ANY_NODE, (file, args) => {
  if (!supported(file)) return -errno.EOPNOTSUPP;
  if (args.pad !== 0) return -errno.EINVAL;
  const known = file.syncobjs.delete(args.handle);
  // Handles are an XArray that begins at 1; erasing what is at 0, nothing or not, marks it as free
  // where the array has a node, as it has with any handle in it. Seen in 7.2, not in 6.12, where
  // they were an IDR.
  const hasNode = file.syncobjs.size > 0;
  if (args.handle === 0 && hasNode && atLeast(file.device.machine.release, 7, 2)) {
    zeroFree.add(file);
  }
  return known ? 0 : -errno.EINVAL;
});

const handleToFd = drmIoctl(ioctls.SYNCOBJ_HANDLE_TO_FD, ANY_NODE, (file, args) => {
  if (!supported(file)) return -errno.EOPNOTSUPP;
  if (args.pad !== 0 || (args.flags !== 0 && args.flags !== AS_SYNC_FILE)) return -errno.EINVAL;
  const { machine } = file.device;
  const syncobj = file.syncobjs.get(args.handle);
  if (args.flags === AS_SYNC_FILE) {
    const fd = machine.fds.reserve();
    if (fd < 0) return fd;
    if (syncobj === undefined || syncobj.fence === null) {
      machine.fds.unreserve(fd);
      return syncobj === undefined ? -errno.ENOENT : -errno.EINVAL;
    }
    machine.fds.install(fd, new SyncFile(machine, [syncobj.fence]), true);
    args.fd = fd;
    return 0;
  }
  if (syncobj === undefined) return -errno.EINVAL;
  const fd = machine.fds.add(new SyncobjFile(machine, syncobj), true);
  if (fd < 0) return fd;
  args.fd = fd;
  return 0;
});

const fdToHandle = drmIoctl(ioctls.SYNCOBJ_FD_TO_HANDLE, ANY_NODE, (file, args) => {
  if (!supported(file)) return -errno.EOPNOTSUPP;
  if (args.pad !== 0 || (args.flags !== 0 && args.flags !== AS_SYNC_FILE)) return -errno.EINVAL;
  const source = file.device.machine.fds.get(args.fd);
  if (args.flags === AS_SYNC_FILE) {
    if (!(source instanceof SyncFile)) return -errno.EINVAL;
    const syncobj = file.syncobjs.get(args.handle);
    if (syncobj === undefined) return -errno.ENOENT;
    syncobj.fence = source.fences.find((fence) => !fence.signalled) ?? signalledFence(file);
    return 0;
  }
  if (!(source instanceof SyncobjFile)) return -errno.EINVAL;
  args.handle = newHandle(file, source.syncobj);
  return 0;
});

const wait = drmIoctl(ioctls.SYNCOBJ_WAIT, ANY_NODE, (file, args) => {
  if (!supported(file)) return -errno.EOPNOTSUPP;
  if ((args.flags & ~(WAIT_ALL | WAIT_FOR_SUBMIT | WAIT_DEADLINE)) !== 0) return -errno.EINVAL;
  if (args.count_handles === 0) return 0;
  const found = find(file, args.handles, args.count_handles);
  if (typeof found === "number") return found;
  const { clock } = file.device.machine;
  const until = args.timeout_nsec > 0n ? args.timeout_nsec : clock.now;
  const fences: Fence[] = [];
  for (const { fence } of found) {
    if (fence !== null) fences.push(fence);
    else if ((args.flags & WAIT_FOR_SUBMIT) === 0) return -errno.EINVAL;
    // Nobody submits while this call waits: only the time-out ends it.
    else fences.push(new Fence(clock, null));
  }
  if ((args.flags & WAIT_ALL) !== 0) {
    return waitFor(clock, fences, until) === "done" ? 0 : -errno.ETIME;
  }
  let earliest: Fence | null = null;
  for (const fence of fences) {
    if (fence.signalled) {
      earliest = fence;
      break;
    }
    const sooner = fence.deadline !== null &&
      (earliest === null || earliest.deadline === null || fence.deadline < earliest.deadline);
    if (sooner) earliest = fence;
  }
  if (waitFor(clock, earliest === null ? fences : [earliest], until) !== "done") {
    return -errno.ETIME;
  }
  args.first_signaled = fences.findIndex((fence) => fence.signalled);
  return 0;
});

function forAll(
  definition: typeof ioctls.SYNCOBJ_RESET | typeof ioctls.SYNCOBJ_SIGNAL,
  act: (file: DrmFile, syncobj: Syncobj) => void,
): DrmIoctl {
  return drmIoctl(definition, ANY_NODE, (file, args) => {
    if (!supported(file)) return -errno.EOPNOTSUPP;
    if (args.pad !== 0 || args.count_handles === 0) return -errno.EINVAL;
    const found = find(file, args.handles, args.count_handles);
    if (typeof found === "number") return found;
    for (const syncobj of found) act(file, syncobj);
    return 0;
  });
}

const unsimulated = [
  ioctls.SYNCOBJ_TIMELINE_WAIT,
  ioctls.SYNCOBJ_QUERY,
  ioctls.SYNCOBJ_TIMELINE_SIGNAL,
  ioctls.SYNCOBJ_TRANSFER,
].map(({ code }): DrmIoctl => ({ code, permission: ANY_NODE, run: () => -errno.EOPNOTSUPP }));

const SYNCOBJ_EVENTFD: DrmIoctl = {
  code: 0xcf,
  permission: ANY_NODE,
  since: [6, 6],
  run: () => -errno.EOPNOTSUPP,
};

/** The entries of the core's table. */
export const syncobjIoctls: readonly DrmIoctl[] = [
  create,
  destroy,
  handleToFd,
  fdToHandle,
  wait,
  forAll(ioctls.SYNCOBJ_RESET, (_file, syncobj) => {
    syncobj.fence = null;
  }),
  forAll(ioctls.SYNCOBJ_SIGNAL, (file, syncobj) => {
    syncobj.fence = signalledFence(file);
  }),
  ...unsimulated,
  SYNCOBJ_EVENTFD,
];
