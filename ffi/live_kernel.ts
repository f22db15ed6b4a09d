/**
 * This machine's kernel, called through the C library. Importing this module loads nothing, and
 * neither does {@linkcode openLiveKernel}: the first call does.
 *
 * @module
 */
import { F_DUPFD_CLOEXEC, MFD_CLOEXEC, O_CLOEXEC } from "./constants.ts";
import { errno } from "./errno.ts";
import { splitRequest } from "./ioctl.ts";
import type {
  Argument,
  Block,
  Kernel,
  KernelIdentity,
  Mapping,
  MappingAccess,
  PollEntry,
  Stat,
} from "./kernel.ts";
import { cString, type Libc, openLibc } from "./libc.ts";
import { withAddresses } from "./live_address.ts";
import { readDirectory, readLink, readText } from "./live_files.ts";
import { LiveMapping } from "./live_mapping.ts";
import { MAP_FAILED, Staging } from "./live_staging.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  decodeStatx,
  STATX_BASIC_STATS,
  STATX_BYTES,
} from "./live_stat.ts";

/** clockid_t of CLOCK_MONOTONIC: linux/include/uapi/linux/time.h. */
const CLOCK_MONOTONIC = 1;
/** Bytes of struct pollfd: fd 4, events 2, revents 2. */
const POLLFD_BYTES = 8;
/** At least struct statfs, 120 bytes on x86-64 and aarch64; f_type is its first 8 bytes. */
const STATFS_BYTES = 256;
/** `release` in struct utsname: six fields of 65 bytes, sysname and nodename before it. */
const UTSNAME_FIELD = 65;

/** Bytes given to a call whose code tells no size: such calls are old and small. */
const SIZELESS_BYTES = 256;

/** A C int. Numbers that are none name no descriptor: -1, to which the kernel says EBADF. */
function descriptor(fd: number): number {
  return fd === (fd | 0) ? fd : -1;
}

/** What the kernel says of itself; asked when it is first read. */
class LiveIdentity implements KernelIdentity {
  readonly backend = "live";
  readonly name = "live";
  readonly arch = Deno.build.arch;
  readonly #libc: Libc;
  #release: string | undefined;
  #pageSize: number | undefined;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** By uname(2): Deno.osRelease() would need one permission more. */
  get release(): string {
    if (this.#release === undefined) {
      const utsname = new Uint8Array(6 * UTSNAME_FIELD);
      this.#libc.uname(utsname);
      const field = utsname.subarray(2 * UTSNAME_FIELD, 3 * UTSNAME_FIELD);
      this.#release = new TextDecoder().decode(field.subarray(0, field.indexOf(0)));
    }
    return this.#release;
  }

  get pageSize(): number {
    return this.#pageSize ??= this.#libc.getpagesize();
  }
}

class LiveKernel implements Kernel {
  readonly identity: KernelIdentity;
  readonly #libc = openLibc();
  readonly #staging = new Staging(this.#libc);
  readonly #timespec = new BigInt64Array(2);

  constructor() {
    this.identity = new LiveIdentity(this.#libc);
  }

  /** `result` of the call just made, or -errno when it is negative. Nothing may come in between. */
  #checked(result: number): number {
    return result < 0 ? -(this.#libc.errno[0] || errno.EIO) : result;
  }

  open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    const name = cString(path);
    if (name === null) return -errno.EINVAL;
    const all = options.inherit ? flags : flags | O_CLOEXEC;
    return this.#checked(this.#libc.open(name, all | 0, 0o600));
  }

  close(fd: number): number {
    return this.#checked(this.#libc.close(descriptor(fd)));
  }

  ioctl(fd: number, request: number, argument: Argument): number {
    const code = request >>> 0;
    if (typeof argument === "bigint") {
      return this.#checked(
        this.#libc.ioctlValue(descriptor(fd), code, BigInt.asUintN(64, argument)),
      );
    }
    const size = splitRequest(code).size || SIZELESS_BYTES;
    if (argument.bytes.length < size) return this.#shortIoctl(fd, code, argument, size);
    if (argument.refs === undefined) {
      return this.#checked(this.#libc.ioctl(descriptor(fd), code, argument.bytes));
    }
    return withAddresses(
      argument,
      () => this.#checked(this.#libc.ioctl(descriptor(fd), code, argument.bytes)),
    );
  }

  /**
   * The kernel copies as many bytes as the code says: past the end of a shorter argument it would
   * read, and overwrite, memory of ours that means something else. It is given zeros there.
   */
  #shortIoctl(fd: number, code: number, argument: Block, size: number): number {
    const bytes = new Uint8Array(size);
    bytes.set(argument.bytes);
    const result = this.ioctl(fd, code, { ...argument, bytes });
    argument.bytes.set(bytes.subarray(0, argument.bytes.length));
    return result;
  }

  mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new RangeError(`Cannot map ${length} bytes: the length must be a whole number`);
    }
    const size = BigInt(length);
    const pointer = this.#libc.mmap(
      0n,
      size,
      prot | 0,
      flags | 0,
      descriptor(fd),
      BigInt.asIntN(64, offset),
    );
    const error = this.#libc.errno[0];
    if (pointer === null) return -errno.ENOMEM; // address 0: cannot be, and could not be viewed
    if (Deno.UnsafePointer.value(pointer) === MAP_FAILED) return -(error || errno.EIO);
    return new LiveMapping(this.#libc, this.#staging, { pointer, length, prot }, access);
  }

  dup(fd: number): number {
    return this.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  }

  fcntl(fd: number, command: number, argument: number): number {
    return this.#checked(this.#libc.fcntl(descriptor(fd), command | 0, argument | 0));
  }

  fstat(fd: number): Stat | number {
    return this.#statx(fd, "", AT_EMPTY_PATH);
  }

  stat(path: string): Stat | number {
    return this.#statx(AT_FDCWD, path, 0);
  }

  #statx(fd: number, path: string, flags: number): Stat | number {
    const name = cString(path);
    if (name === null) return -errno.EINVAL;
    const bytes = new Uint8Array(STATX_BYTES);
    const result = this.#checked(
      this.#libc.statx(descriptor(fd), name, flags, STATX_BASIC_STATS, bytes),
    );
    return result < 0 ? result : decodeStatx(bytes);
  }

  fstatfs(fd: number): number {
    const bytes = new Uint8Array(STATFS_BYTES);
    const result = this.#checked(this.#libc.fstatfs(descriptor(fd), bytes));
    return result < 0 ? result : Number(new DataView(bytes.buffer).getBigUint64(0, true));
  }

  lseek(fd: number, offset: bigint, whence: number): bigint {
    const result = this.#libc.lseek(descriptor(fd), BigInt.asIntN(64, offset), whence | 0);
    const error = this.#libc.errno[0];
    return result < 0n ? -BigInt(error || errno.EIO) : result;
  }

  poll(entries: PollEntry[], timeoutMs: number): number {
    const bytes = new Uint8Array(POLLFD_BYTES * entries.length);
    const view = new DataView(bytes.buffer);
    entries.forEach(({ fd, events }, i) => {
      view.setInt32(i * POLLFD_BYTES, descriptor(fd), true);
      view.setInt16(i * POLLFD_BYTES + 4, events, true);
    });
    const result = this.#checked(
      this.#libc.poll(bytes, BigInt(entries.length), Math.min(Math.ceil(timeoutMs), 0x7fffffff)),
    );
    entries.forEach((entry, i) => {
      entry.revents = view.getUint16(i * POLLFD_BYTES + 6, true);
    });
    return result;
  }

  ftruncate(fd: number, length: bigint): number {
    return this.#checked(this.#libc.ftruncate(descriptor(fd), BigInt.asIntN(64, length)));
  }

  memfdCreate(name: string, flags: number): number {
    const text = cString(name);
    if (text === null) return -errno.EINVAL;
    return this.#checked(this.#libc.memfdCreate(text, (flags | MFD_CLOEXEC) >>> 0));
  }

  readText(path: string): string | number {
    return readText(this.#libc, path);
  }

  readDirectory(path: string): readonly string[] | number {
    return readDirectory(this.#libc, path);
  }

  readLink(path: string): string | number {
    return readLink(this.#libc, path);
  }

  now(): bigint {
    const [seconds, nanoseconds] = this.#readClock();
    return seconds * 1_000_000_000n + nanoseconds;
  }

  #readClock(): [bigint, bigint] {
    this.#libc.clockGettime(CLOCK_MONOTONIC, this.#timespec);
    return [this.#timespec[0] ?? 0n, this.#timespec[1] ?? 0n];
  }

  dispose(): void {
    this.#staging.dispose();
    this.#libc.unload();
  }
}

/**
 * This machine's kernel. Descriptors and mappings that it gives belong to the caller; `dispose()`
 * releases the libraries and the staging memfd, which a later call would take again.
 *
 * A path or name with a NUL in it is -EINVAL; text that is not valid UTF-8 reads with U+FFFD.
 * Calls throw `LibcError` (ffi/libc.ts) when the C library cannot be loaded.
 */
export function openLiveKernel(): Kernel {
  return new LiveKernel();
}
