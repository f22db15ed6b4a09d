/**
 * EINTR is no answer of a kernel: a signal came in between, and the call is to be made again. Done
 * here once, so that nothing above can forget it.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import type { Kernel, Mapping, MappingAccess, Stat } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";

/** Tries before an EINTR is believed, so that no signal storm can hang the tool. */
const TRIES = 100;

function restarted<T>(call: () => T): T {
  let result = call();
  for (let i = 1; i < TRIES && isInterrupted(result); i++) result = call();
  return result;
}

function isInterrupted(result: unknown): boolean {
  return result === -errno.EINTR || result === -BigInt(errno.EINTR);
}

/**
 * close() and munmap() are not made again: Linux has let go of what they name even on EINTR. ioctl()
 * is left to `ffi/call.ts`, which makes it again on EAGAIN, too.
 */
class RestartingKernel extends WrappedKernel {
  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    return restarted(() => super.open(path, flags, options));
  }

  override mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number {
    return restarted(() => super.mmap(length, prot, flags, fd, offset, access));
  }

  override dup(fd: number): number {
    return restarted(() => super.dup(fd));
  }

  override fcntl(fd: number, command: number, argument: number): number {
    return restarted(() => super.fcntl(fd, command, argument));
  }

  override fstat(fd: number): Stat | number {
    return restarted(() => super.fstat(fd));
  }

  override fstatfs(fd: number): number {
    return restarted(() => super.fstatfs(fd));
  }

  override lseek(fd: number, offset: bigint, whence: number): bigint {
    return restarted(() => super.lseek(fd, offset, whence));
  }

  override ftruncate(fd: number, length: bigint): number {
    return restarted(() => super.ftruncate(fd, length));
  }

  override memfdCreate(name: string, flags: number): number {
    return restarted(() => super.memfdCreate(name, flags));
  }

  override readText(path: string): string | number {
    return restarted(() => super.readText(path));
  }

  override readDirectory(path: string): readonly string[] | number {
    return restarted(() => super.readDirectory(path));
  }

  override readLink(path: string): string | number {
    return restarted(() => super.readLink(path));
  }

  override stat(path: string): Stat | number {
    return restarted(() => super.stat(path));
  }
}

/**
 * A kernel that makes calls again that a signal interrupted. Not poll(): who waits in slices looks
 * for Ctrl-C between them.
 */
export function restartingKernel(inner: Kernel): Kernel {
  return new RestartingKernel(inner);
}
