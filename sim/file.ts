import { errno } from "../ffi/errno.ts";
import { O_ACCMODE, O_RDONLY, O_WRONLY, POLLIN, POLLOUT } from "../ffi/constants.ts";
import type { Argument, Stat } from "../ffi/kernel.ts";
import type { DeviceObject } from "./device_object.ts";
import type { MapRequest, VmArea } from "./vm_area.ts";

/** The mounts that files are on, with their ids in /proc/self/fdinfo. */
export const mounts = { dev: 1, shmem: 2, "dma-buf": 3, anonymous: 4, proc: 5, sys: 6 } as const;

/** A mount by name: `anonymous` is that of files which have no file system (anon_inodefs). */
export type Mount = keyof typeof mounts;

/**
 * An open file description: what descriptors, mappings and other kernel objects share. It is
 * released when the last of them lets go. Every method answers as the system call does: a value or
 * `-errno`. The defaults are those of a file without that operation.
 */
export abstract class OpenFile {
  #references = 1;
  /** f_flags: access mode and status flags, without O_CLOEXEC. */
  statusFlags: number;

  constructor(statusFlags: number) {
    this.statusFlags = statusFlags;
  }

  /** file_count(). */
  get references(): number {
    return this.#references;
  }
  get readable(): boolean {
    return (this.statusFlags & O_ACCMODE) !== O_WRONLY;
  }
  get writable(): boolean {
    return (this.statusFlags & O_ACCMODE) !== O_RDONLY;
  }

  /** get_file(). */
  get(): this {
    this.#references++;
    return this;
  }
  /** fput(). */
  put(): void {
    if (--this.#references === 0) this.release();
  }

  /** Runs once, when nobody holds the description any more. */
  protected release(): void {}

  abstract stat(): Stat;
  /** Where /proc/self/fd/N points. */
  abstract link(): string;

  /** `reserve` takes a descriptor before the call's own work, as get_unused_fd_flags() does. */
  ioctl(_request: number, _argument: Argument): number {
    return -errno.ENOTTY;
  }
  /** f_pos, as far as it can be seen: /proc/self/fdinfo/N shows it. */
  get position(): bigint {
    return 0n;
  }
  /** Where its offsets end: a mapping beyond is EOVERFLOW (file_mmap_ok() of mm/mmap.c). */
  get offsetEnd(): bigint {
    return (1n << 64n) - 1n;
  }
  /** Whether the file has an mmap operation at all; without one the core says ENODEV. */
  get mappable(): boolean {
    return false;
  }
  mmap(_request: MapRequest): VmArea | number {
    return -errno.ENODEV;
  }
  seek(_offset: bigint, _whence: number): bigint {
    return BigInt(-errno.ESPIPE);
  }
  /** The events that are ready; waiting is the caller's. */
  poll(_asked: number): number {
    return POLLIN | POLLOUT;
  }
  /** The next time, in nanoseconds, at which {@linkcode poll} may say more; null: never by itself. */
  pollDeadline(): bigint | null {
    return null;
  }
  /**
   * The buffer of a handle, as the device behind the file sees it; null: there is none of that
   * handle; undefined: the file is no device with buffers.
   */
  deviceObject(_handle: number): DeviceObject | null | undefined {
    return undefined;
  }
  /** f_type of fstatfs(2). */
  fsType(): number {
    return 0x01021994; // TMPFS_MAGIC: devtmpfs, memfd
  }
  truncate(_length: bigint): number {
    return -errno.EINVAL;
  }
  /** F_GET_SEALS. */
  seals(): number {
    return -errno.EINVAL;
  }
  /** F_ADD_SEALS. */
  addSeals(_seals: number): number {
    // memfd_add_seals() looks at the file's mode before it looks whether the file has seals.
    return this.writable ? -errno.EINVAL : -errno.EPERM;
  }
  /** Which mount it is on, for /proc/self/fdinfo/N: /dev unless it says otherwise. */
  get mount(): Mount {
    return "dev";
  }
  /** The file's own lines of /proc/self/fdinfo/N. */
  fdinfo(): string {
    return "";
  }
}
