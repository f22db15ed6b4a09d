/**
 * Descriptors of other processes, and copies that programs inherit.
 *
 * @module
 */
import { F_DUPFD_CLOEXEC } from "./constants.ts";
import { errno } from "./errno.ts";
import { socketLibc } from "./socket_libc.ts";

/** The lowest number of a copy: the standard streams' are left alone. */
const LOWEST = 3;
const F_DUPFD = 0;

function withLibc(action: (libc: ReturnType<typeof socketLibc>) => number): number {
  const libc = socketLibc();
  try {
    const result = action(libc);
    return result < 0 ? -(libc.errno[0] ?? errno.EIO) : result;
  } finally {
    libc.unload();
  }
}

/** A copy that is close-on-exec, or -errno. */
export function copyDescriptor(fd: number): number {
  return withLibc((libc) => libc.fcntl(fd, F_DUPFD_CLOEXEC, LOWEST));
}

/** A copy that a program inherits, or -errno. */
export function inheritedCopy(fd: number): number {
  return withLibc((libc) => libc.fcntl(fd, F_DUPFD, LOWEST));
}

/** 0 or -errno. */
export function closeDescriptor(fd: number): number {
  return withLibc((libc) => libc.close(fd));
}

/**
 * A copy of another process's descriptor: pidfd_getfd(2). -ESRCH: no such process; -EPERM: it may
 * not be traced by this one; -EBADF: it has no such descriptor.
 */
export function descriptorOf(pid: number, fd: number): number {
  const libc = socketLibc();
  try {
    const process = libc.pidfd_open(pid, 0);
    if (process < 0) return -(libc.errno[0] ?? errno.EIO);
    const copy = libc.pidfd_getfd(process, fd, 0);
    const result = copy < 0 ? -(libc.errno[0] ?? errno.EIO) : copy;
    libc.close(process);
    return result;
  } finally {
    libc.unload();
  }
}
