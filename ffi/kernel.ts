/**
 * The seam between boctl and a kernel: the system call. `ffi/live_kernel.ts` implements it with
 * libc, `sim/sim_kernel.ts` as a kernel in TypeScript; tracing, recording and fault injection are
 * kernels that wrap another one. Everything above is one code path.
 *
 * Convention, the kernel's own: a call returns its value, or `-errno` (see {@link isError}).
 * Nothing here throws for what a kernel may refuse.
 *
 * @module
 */

/** An address passed as it is: 0n is NULL; any other value is for provoking EFAULT. */
export type Address = bigint;

/** A pointer inside a {@linkcode Block}: `offset` is that of the 8-byte pointer field, in bytes. */
export interface Reference {
  readonly offset: number;
  readonly target: Block | Address;
}

/**
 * Memory handed to the kernel. The live kernel patches the targets' addresses in for the time of
 * the call and restores the field; the simulator follows the references; traces record contents.
 * The kernel may write into `bytes` and into every target's bytes.
 */
export interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly refs?: readonly Reference[];
}

/** An ioctl's third argument: memory, or a plain integer / raw address. */
export type Argument = Block | Address;

/** Kinds of file of {@linkcode Stat}. */
export type FileKind = "character" | "block" | "directory" | "regular" | "other";

/** What fstat tells. `size` in bytes; `rdev` as "major:minor" for device nodes, else "". */
export interface Stat {
  readonly kind: FileKind;
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: bigint;
  readonly inode: bigint;
  readonly rdev: string;
}

/** One descriptor of a poll; `events` and `revents` are POLL* bits, revents written by the call. */
export interface PollEntry {
  readonly fd: number;
  readonly events: number;
  revents: number;
}

/**
 * How a mapping's bytes are reached. `direct`: a view, for memory that nobody else can take away.
 * `copied`: through the kernel, so that a touch that would be SIGBUS is a short count.
 * The simulator treats both alike.
 */
export type MappingAccess = "direct" | "copied";

/**
 * Mapped memory. Offsets and lengths are in bytes from the start of the mapping; the caller keeps
 * them inside `length` (RangeError else: a bug above, not a kernel's answer). Every access returns
 * the bytes done; fewer than asked means the next byte would have been SIGBUS (or SIGSEGV for a
 * write to a mapping without PROT_WRITE, a read of one without PROT_READ).
 */
export interface Mapping {
  readonly length: number;
  /**
   * Where it lies in the caller's address space, for the few calls that take such an address
   * (kbase's MEM_SYNC). It means something until {@linkcode unmap}.
   */
  readonly address: bigint;
  /** PROT_* bits. */
  readonly prot: number;
  /** Copies into `into`; returns the bytes done. */
  read(offset: number, into: Uint8Array): number;
  /** Copies from `from`; returns the bytes done. */
  write(offset: number, from: Uint8Array): number;
  /** Sets `length` bytes to `value` (0..255); returns the bytes done. */
  fill(offset: number, length: number, value: number): number;
  /** munmap: 0 or -errno. Views given out before are dead afterwards; a second call is -EINVAL. */
  unmap(): number;
}

/** What a device's job does to a buffer: a reader's fence keeps writers waiting, a writer's all. */
export type JobAccess = "read" | "write";

/** The device's side of an access, which only the simulator has: see `Kernel.deviceSide`. */
export interface DeviceSide {
  /**
   * The device behind `fd` (an open DRM node) reads `length` bytes at `offset` of the buffer
   * `handle` as its bus sees them; returns the bytes, or -errno.
   */
  read(
    fd: number,
    handle: number,
    offset: number,
    length: number,
  ): Uint8Array<ArrayBuffer> | number;
  /** The device writes; returns bytes written or -errno. */
  write(fd: number, handle: number, offset: number, bytes: Uint8Array): number;
  /**
   * A job of the device on the buffer begins. Until {@linkcode end} the buffer has a fence, a
   * writer's or a reader's, and the device's accesses go through its own cache, empty at first.
   * Nothing is waited for: ordering jobs by their fences is left to user space, as with explicit
   * synchronisation. A job that said "read" is not kept from writing; it has lied to the others.
   * An access outside a job is a job of its own. Closing the open file ends its jobs, as a GPU's
   * reset would; closing the handle does not.
   * @returns 0, or -errno: EBUSY where this device has a job on this memory already
   */
  begin(fd: number, handle: number, access: JobAccess): number;
  /**
   * The job ends: the device's cache is written back to RAM and empty, then the fence signals.
   * @returns 0, or -errno: EINVAL where this device has no job on this memory
   */
  end(fd: number, handle: number): number;
  /**
   * Which bytes of the range the device would read older than what the CPU wrote: the CPU wrote
   * them last, and RAM holds something else. Ranges in bytes, ascending, not touching, or -errno.
   */
  stale(fd: number, handle: number, offset: number, length: number): readonly ByteRange[] | number;
  /** The books of the buffer since its creation, or -errno. */
  books(fd: number, handle: number): Books | number;
  /** The line size of the board's CPU caches, in bytes. */
  readonly lineBytes: number;
}

/** A half-open range in bytes: `offset` included, `offset + length` not. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** What hardware does not keep: cumulative counts of a buffer's cache maintenance. */
export interface Books {
  /** Bytes that callers asked to sync. */
  readonly bytesAsked: number;
  /** Cache lines that maintenance visited. */
  readonly linesTouched: number;
  /** Lines written back. */
  readonly linesCleaned: number;
  /** Lines dropped. */
  readonly linesInvalidated: number;
  /** Dirty bytes that an invalidate discarded. */
  readonly dirtyBytesDiscarded: number;
  /** Bytes outside the asked range carried along by edge lines. */
  readonly bytesCarriedAlong: number;
  /** Lines visited that were not in the cache or not dirty: work in vain. */
  readonly linesInVain: number;
  /** Bytes that a device read while the CPU, RAM or another device's job held newer ones. */
  readonly staleBytesReadByDevice: number;
  /** Bytes that the CPU read while RAM or a device's job held newer ones. */
  readonly staleBytesReadByCpu: number;
  /** Those of both whose newer value was in a device's own cache: its job had not ended. */
  readonly staleBytesHeldByJobs: number;
  /** Faults of the CPU on pages that their exporter maps on demand. */
  readonly faults: number;
  /** Pages that the CPU had mapped, and that their exporter took away from it. */
  readonly pagesShotDown: number;
  /** Pages that were copied to other physical pages. */
  readonly pagesMoved: number;
  /** Nanoseconds of the virtual clock that maintenance and moving pages took. */
  readonly nanoseconds: number;
}

/** Who a kernel is, for every report. */
export interface KernelIdentity {
  readonly backend: "live" | "sim";
  /** `live`, or the board: `sim:panthor`. */
  readonly name: string;
  /** Kernel release as `uname -r` prints it, or what the board mirrors. */
  readonly release: string;
  readonly arch: "x86_64" | "aarch64";
  readonly pageSize: number;
}

/** One kernel: this machine's, or a simulated board's. All calls are synchronous. */
export interface Kernel {
  readonly identity: KernelIdentity;

  /** open(2). O_CLOEXEC is added unless `inherit`. Flags are generic numbers of `ffi/constants.ts`. */
  open(path: string, flags: number, options?: { inherit?: boolean }): number;
  close(fd: number): number;
  ioctl(fd: number, request: number, argument: Argument): number;
  /** mmap(2) at an address of the kernel's choice. `length` in bytes; the file's pages from `offset`. */
  mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number;
  /** F_DUPFD_CLOEXEC: a new descriptor of the same open file. */
  dup(fd: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  fstat(fd: number): Stat | number;
  /** f_type of fstatfs(2), or -errno. */
  fstatfs(fd: number): number;
  /** lseek(2); the position, or a negative -errno. */
  lseek(fd: number, offset: bigint, whence: number): bigint;
  /** poll(2), at most `timeoutMs`. Callers keep slices short; see `pollSliced` above this layer. */
  poll(entries: PollEntry[], timeoutMs: number): number;
  ftruncate(fd: number, length: bigint): number;
  /** memfd_create(2); MFD_CLOEXEC is added. */
  memfdCreate(name: string, flags: number): number;

  /** A whole small file of sysfs, procfs or debugfs as text, at most 1 MiB, or -errno. */
  readText(path: string): string | number;
  /** Names in a directory, sorted by code unit, without "." and "..", or -errno. */
  readDirectory(path: string): readonly string[] | number;
  /** A symbolic link's target, or -errno. */
  readLink(path: string): string | number;
  /** stat(2) of a path, following links, or -errno. */
  stat(path: string): Stat | number;

  /** CLOCK_MONOTONIC in nanoseconds; virtual in the simulator. */
  now(): bigint;

  /** Present on the simulator only. */
  readonly deviceSide?: DeviceSide;

  /** Releases what the implementation itself holds (staging memfd, libraries). Idempotent. */
  dispose(): void;
}

/** Whether a call's return value is `-errno`. */
export function isError(value: unknown): value is number {
  return typeof value === "number" && value < 0;
}
