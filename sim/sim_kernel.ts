/**
 * A kernel in TypeScript: the system calls of {@linkcode Kernel} over simulated devices, memory and
 * CPU caches. Deterministic: the same calls give the same bytes.
 *
 * @module
 */
import {
  F_ADD_SEALS,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  FD_CLOEXEC,
  MAP_PRIVATE,
  MAP_SHARED,
  O_ACCMODE,
  O_CLOEXEC,
  O_RDONLY,
  POLLERR,
  POLLHUP,
  POLLNVAL,
  PROT_WRITE,
} from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type {
  Argument,
  DeviceSide,
  Kernel,
  KernelIdentity,
  Mapping,
  PollEntry,
  Stat,
} from "../ffi/kernel.ts";
import type { Board } from "./board.ts";
import { Clock } from "./clock.ts";
import { createDeviceSide } from "./device_side.ts";
import { createMemfd } from "./dmabuf/memfd.ts";
import { FdTable } from "./fd_table.ts";
import type { OpenFile } from "./file.ts";
import { PlainFile } from "./fs/plain_file.ts";
import { buildTree, type Tree } from "./fs/root.ts";
import { type Entry, resolve } from "./fs/tree.ts";
import type { Machine } from "./machine.ts";
import { SimMapping } from "./mapping.ts";
import { seededEvictor } from "./memory/cache_model.ts";

/** What a process may be told of. */
export interface SimulatedKernelOptions {
  /** The caller's user id; 0, the default, may open everything. */
  readonly uid?: number;
}

/** What one call costs on the virtual clock, in nanoseconds. */
const CALL_NANOSECONDS = 1000n;
/** Where user space ends: a longer mapping is ENOMEM. */
const ADDRESS_END = { x86_64: 1n << 47n, aarch64: 1n << 48n };
/** What else lies at the top: stack, libraries. */
const TOP_TAKEN = 1n << 32n;
const TEXT_LIMIT = 1 << 20;
const MAP_TYPE = 0xf;
/** MAP_SHARED that knows its flags; on what is simulated they are the same. */
const MAP_SHARED_VALIDATE = 3;
const O_PATH_FLAGS = 3;

/** A simulated kernel, and what happens around it that no call makes. */
export interface SimulatedKernel extends Kernel {
  /**
   * A signal arrives and ends the wait that is going on then, with EINTR.
   * @param ns nanoseconds of {@linkcode Kernel.now}
   */
  signalAt(ns: bigint): void;
  /**
   * A device goes, as when its driver is unbound: open files get ENODEV, its nodes are gone.
   * @param path below /sys/devices, as boards name it
   */
  unplug(path: string): void;
}

class SimKernel implements SimulatedKernel {
  readonly identity: KernelIdentity;
  readonly deviceSide: DeviceSide;
  readonly #machine: Machine;
  readonly #tree: Tree;
  readonly #mappings = new Set<SimMapping>();
  /** Mappings are placed from the top down, as the kernel does. */
  #lastAddress: bigint;

  constructor(board: Board, options: SimulatedKernelOptions) {
    let inode = 1n;
    let clientId = 1;
    const { pageBytes, lineBytes, eviction } = board;
    const clock = new Clock();
    this.#machine = {
      release: board.release,
      arch: board.arch,
      model: {
        pageBytes,
        lineBytes,
        selfSnooping: board.arch === "x86_64",
        evictor: eviction === null ? null : seededEvictor(eviction.seed, eviction.oneIn),
        clock,
      },
      clock,
      fds: new FdTable(),
      uid: options.uid ?? 0,
      memoryBytes: BigInt(board.memoryMb) << 20n,
      anonymousInode: inode++,
      newInode: () => inode++,
      newClientId: () => clientId++,
    };
    this.#lastAddress = ADDRESS_END[board.arch] - TOP_TAKEN;
    this.#tree = buildTree(
      this.#machine,
      board,
      () => [...this.#mappings].sort((a, b) => a.address < b.address ? -1 : 1),
    );
    this.deviceSide = createDeviceSide(this.#machine);
    this.identity = {
      backend: "sim",
      name: `sim:${board.name}`,
      release: board.release.text,
      arch: board.arch,
      pageSize: pageBytes,
    };
  }

  #tick(): void {
    this.#machine.clock.advance(CALL_NANOSECONDS);
  }
  #file(fd: number): OpenFile | null {
    this.#tick();
    return this.#machine.fds.get(fd);
  }

  open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    this.#tick();
    const entry = this.#resolve(path);
    if (typeof entry === "number") return entry;
    const writes = (flags & O_ACCMODE) !== O_RDONLY;
    if (entry.kind === "directory" && writes) return -errno.EISDIR;
    if (entry.kind !== "device" && writes) return -errno.EACCES;
    const closeOnExec = options.inherit !== true || (flags & O_CLOEXEC) !== 0;
    const fd = this.#machine.fds.reserve();
    if (fd < 0) return fd;
    const file = entry.kind === "device"
      ? entry.open(flags)
      : new PlainFile(this.#machine, entry, path, flags & O_PATH_FLAGS);
    if (typeof file === "number") {
      this.#machine.fds.unreserve(fd);
      return file;
    }
    this.#machine.fds.install(fd, file, closeOnExec);
    return fd;
  }

  close(fd: number): number {
    this.#tick();
    return this.#machine.fds.close(fd);
  }

  ioctl(fd: number, request: number, argument: Argument): number {
    const file = this.#file(fd);
    if (file === null) return -errno.EBADF;
    return file.ioctl(request >>> 0, argument);
  }

  mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
  ): Mapping | number {
    const { pageBytes } = this.#machine.model;
    const file = this.#file(fd);
    const at = BigInt.asUintN(64, offset);
    // Order: mmap(2), ksys_mmap_pgoff(), do_mmap().
    if (at % BigInt(pageBytes) !== 0n) return -errno.EINVAL;
    if (file === null) return -errno.EBADF;
    if (Number.isNaN(length) || Math.trunc(length) === 0) return -errno.EINVAL;
    // A negative length is a huge one to the kernel.
    if (length < 0 || length > Number(this.#lastAddress)) return -errno.ENOMEM;
    const bytes = Math.ceil(Math.trunc(length) / pageBytes) * pageBytes;
    if (at + BigInt(bytes) > file.offsetEnd) return -errno.EOVERFLOW;
    const start = this.#lastAddress - BigInt(bytes);
    if (start < 0n) return -errno.ENOMEM;
    const type = flags & MAP_TYPE;
    if (type !== MAP_SHARED && type !== MAP_PRIVATE && type !== MAP_SHARED_VALIDATE) {
      return -errno.EINVAL;
    }
    const shared = type !== MAP_PRIVATE;
    if (shared && (prot & PROT_WRITE) !== 0 && !file.writable) return -errno.EACCES;
    if (!file.readable) return -errno.EACCES;
    if (!file.mappable) return -errno.ENODEV;
    const area = file.mmap({
      length: bytes,
      offset: at,
      address: start,
      prot,
      shared,
      mayWrite: !shared || file.writable,
    });
    if (typeof area === "number") return area;
    const mapping = new SimMapping(
      area,
      Math.trunc(length),
      prot,
      { address: start, addressEnd: this.#lastAddress, shared },
      (gone) => this.#mappings.delete(gone),
    );
    // A page stays free between mappings, so that their lines in maps never merge.
    this.#lastAddress = start - BigInt(pageBytes);
    this.#mappings.add(mapping);
    return mapping;
  }

  dup(fd: number): number {
    this.#tick();
    return this.#machine.fds.duplicate(fd, 0, true);
  }

  fcntl(fd: number, command: number, argument: number): number {
    const file = this.#file(fd);
    if (file === null) return -errno.EBADF;
    const { fds } = this.#machine;
    switch (command) {
      case F_GETFD:
        return fds.closeOnExec(fd) ? FD_CLOEXEC : 0;
      case F_SETFD:
        fds.setCloseOnExec(fd, (argument & FD_CLOEXEC) !== 0);
        return 0;
      case F_GETFL:
        return file.statusFlags;
      case F_DUPFD_CLOEXEC:
        return fds.duplicate(fd, argument | 0, true);
      case F_GET_SEALS:
        return file.seals();
      case F_ADD_SEALS:
        return file.addSeals(argument >>> 0);
      default:
        return -errno.EINVAL;
    }
  }

  fstat(fd: number): Stat | number {
    return this.#file(fd)?.stat() ?? -errno.EBADF;
  }
  fstatfs(fd: number): number {
    return this.#file(fd)?.fsType() ?? -errno.EBADF;
  }
  lseek(fd: number, offset: bigint, whence: number): bigint {
    return this.#file(fd)?.seek(offset, whence) ?? BigInt(-errno.EBADF);
  }
  ftruncate(fd: number, length: bigint): number {
    const file = this.#file(fd);
    if (length < 0n || BigInt.asIntN(64, length) < 0n) return -errno.EINVAL;
    if (file === null) return -errno.EBADF;
    return file.writable ? file.truncate(length) : -errno.EINVAL;
  }

  poll(entries: PollEntry[], timeoutMs: number): number {
    this.#tick();
    const { clock, fds } = this.#machine;
    const wait = Number.isFinite(timeoutMs) ? Math.trunc(timeoutMs) : 0;
    const until = wait < 0 ? null : clock.now + BigInt(wait) * 1_000_000n;
    for (;;) {
      let ready = 0;
      let next: bigint | null = null;
      for (const entry of entries) {
        entry.revents = 0;
        if (entry.fd < 0) continue;
        const file = fds.get(entry.fd);
        if (file === null) entry.revents = POLLNVAL;
        else {
          entry.revents = file.poll(entry.events) & (entry.events | POLLERR | POLLHUP);
          const deadline = file.pollDeadline();
          if (deadline !== null && (next === null || deadline < next)) next = deadline;
        }
        if (entry.revents !== 0) ready++;
      }
      if (ready > 0) return ready;
      if (until !== null && (next === null || next > until || next <= clock.now)) {
        clock.advanceTo(until);
        return 0;
      }
      // Nothing that runs by itself would end the wait: a signal has to.
      if (next === null || next <= clock.now) return -errno.EINTR;
      clock.advanceTo(next);
    }
  }

  memfdCreate(name: string, flags: number): number {
    this.#tick();
    return createMemfd(this.#machine, name, flags);
  }

  #resolve(path: string, follow = true): Entry | number {
    return resolve(this.#tree.root, path, follow);
  }

  readText(path: string): string | number {
    this.#tick();
    const entry = this.#resolve(path);
    if (typeof entry === "number") return entry;
    if (entry.kind === "directory") return -errno.EISDIR;
    if (entry.kind !== "text") return -errno.EINVAL;
    return entry.read().slice(0, TEXT_LIMIT);
  }
  readDirectory(path: string): readonly string[] | number {
    this.#tick();
    const entry = this.#resolve(path);
    if (typeof entry === "number") return entry;
    return entry.kind === "directory" ? [...entry.names()].sort() : -errno.ENOTDIR;
  }
  readLink(path: string): string | number {
    this.#tick();
    const entry = this.#resolve(path, false);
    if (typeof entry === "number") return entry;
    return entry.kind === "link" ? entry.target : -errno.EINVAL;
  }
  stat(path: string): Stat | number {
    this.#tick();
    const entry = this.#resolve(path);
    if (typeof entry === "number") return entry;
    if (entry.kind === "device") return entry.stat;
    const directory = entry.kind === "directory";
    return {
      kind: directory ? "directory" : "regular",
      mode: directory ? 0o755 : 0o444,
      uid: 0,
      gid: 0,
      size: 0n,
      inode: 0n,
      rdev: "",
    };
  }

  now(): bigint {
    this.#tick();
    return this.#machine.clock.now;
  }

  signalAt(ns: bigint): void {
    this.#machine.clock.signalAt = ns;
  }
  unplug(path: string): void {
    this.#tree.unplug(path);
  }

  dispose(): void {}
}

/**
 * A kernel with a board's devices, that nothing else shares.
 *
 * @example
 * ```ts
 * import { loadBoard } from "./board.ts";
 * import { openSimulatedKernel } from "./sim_kernel.ts";
 *
 * const kernel = openSimulatedKernel(loadBoard("panthor"));
 * const fd = kernel.open("/dev/dri/renderD128", 2);
 * ```
 */
export function openSimulatedKernel(
  board: Board,
  options: SimulatedKernelOptions = {},
): SimulatedKernel {
  return new SimKernel(board, options);
}
