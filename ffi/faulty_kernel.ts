/**
 * Fault injection: a kernel whose n-th call fails, so that every error path of what stands above
 * can be walked, one n after the other.
 *
 * @module
 */
import type { Argument, Kernel, Mapping, MappingAccess, PollEntry, Stat } from "./kernel.ts";
import { WrappedKernel, WrappedMapping } from "./wrapped_kernel.ts";

/** Which call fails, and how. */
export interface Fault {
  /** The first call is 1. */
  readonly call: number;
  /** What it answers: -errno (either sign is taken). */
  readonly errno: number;
}

/** A kernel with one fault in it. */
export interface FaultyKernel extends Kernel {
  /** Calls made so far, failed one and releases included. */
  readonly calls: number;
  /** The call that was failed, as `ioctl(3, 0xc0406400)`; undefined before, or if it never came. */
  readonly failed: string | undefined;
}

class Faulty extends WrappedKernel implements FaultyKernel {
  readonly #fault: Fault;
  #calls = 0;
  #failed: string | undefined;

  constructor(inner: Kernel, fault: Fault) {
    super(inner);
    this.#fault = { call: fault.call, errno: -Math.abs(fault.errno) };
  }

  get calls(): number {
    return this.#calls;
  }

  get failed(): string | undefined {
    return this.#failed;
  }

  /** Counts a call; -errno when it is the one, else what `call` answers. */
  #attempt<T>(name: string, args: readonly unknown[], call: () => T): T | number {
    this.#calls++;
    if (this.#calls !== this.#fault.call) return call();
    this.#failed = `${name}(${args.join(", ")})`;
    return this.#fault.errno;
  }

  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    return this.#attempt("open", [path], () => super.open(path, flags, options));
  }

  override close(fd: number): number {
    this.#calls++;
    return super.close(fd);
  }

  override ioctl(fd: number, request: number, argument: Argument): number {
    const code = `0x${(request >>> 0).toString(16)}`;
    return this.#attempt("ioctl", [fd, code], () => super.ioctl(fd, request, argument));
  }

  override mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number {
    const result = this.#attempt(
      "mmap",
      [length, fd],
      () => super.mmap(length, prot, flags, fd, offset, access),
    );
    return typeof result === "number" ? result : new CountedMapping(result, () => this.#calls++);
  }

  override dup(fd: number): number {
    return this.#attempt("dup", [fd], () => super.dup(fd));
  }

  override fcntl(fd: number, command: number, argument: number): number {
    return this.#attempt("fcntl", [fd, command], () => super.fcntl(fd, command, argument));
  }

  override fstat(fd: number): Stat | number {
    return this.#attempt("fstat", [fd], () => super.fstat(fd));
  }

  override fstatfs(fd: number): number {
    return this.#attempt("fstatfs", [fd], () => super.fstatfs(fd));
  }

  override lseek(fd: number, offset: bigint, whence: number): bigint {
    return BigInt(this.#attempt("lseek", [fd], () => super.lseek(fd, offset, whence)));
  }

  override poll(entries: PollEntry[], timeoutMs: number): number {
    const fds = entries.map((entry) => entry.fd);
    return this.#attempt("poll", fds, () => super.poll(entries, timeoutMs));
  }

  override ftruncate(fd: number, length: bigint): number {
    return this.#attempt("ftruncate", [fd, length], () => super.ftruncate(fd, length));
  }

  override memfdCreate(name: string, flags: number): number {
    return this.#attempt("memfd_create", [name], () => super.memfdCreate(name, flags));
  }

  override readText(path: string): string | number {
    return this.#attempt("readText", [path], () => super.readText(path));
  }

  override readDirectory(path: string): readonly string[] | number {
    return this.#attempt("readDirectory", [path], () => super.readDirectory(path));
  }

  override readLink(path: string): string | number {
    return this.#attempt("readLink", [path], () => super.readLink(path));
  }

  override stat(path: string): Stat | number {
    return this.#attempt("stat", [path], () => super.stat(path));
  }
}

/** Counts its release; accesses are no calls. */
class CountedMapping extends WrappedMapping {
  readonly #count: () => void;

  constructor(inner: Mapping, count: () => void) {
    super(inner);
    this.#count = count;
  }

  override unmap(): number {
    this.#count();
    return super.unmap();
  }
}

/**
 * A kernel whose call number `fault.call` answers `fault.errno` without reaching `inner`.
 *
 * Every call counts, in order, but `now()`, `dispose()`, the device side and accesses to mapped
 * memory, which are no system calls. Releases (`close()`, `Mapping.unmap()`) count and are handed on
 * all the same: failed, they would only leak in `inner`. If the fault falls on one of them, nothing
 * fails and `failed` stays undefined.
 */
export function faultyKernel(inner: Kernel, fault: Fault): FaultyKernel {
  return new Faulty(inner, fault);
}
