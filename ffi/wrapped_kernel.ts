/**
 * A kernel that hands everything on to another one: what tracing, recording, accounting and fault
 * injection override where they watch.
 *
 * @module
 */
import type {
  Argument,
  DeviceSide,
  Kernel,
  KernelIdentity,
  Mapping,
  MappingAccess,
  PollEntry,
  Stat,
} from "./kernel.ts";

/** Forwards every call to `inner`, which keeps its identity and its device side. */
export class WrappedKernel implements Kernel {
  protected readonly inner: Kernel;
  readonly deviceSide?: DeviceSide;

  /** Does not take `inner` over, except that `dispose()` is handed on like everything else. */
  constructor(inner: Kernel) {
    this.inner = inner;
    if (inner.deviceSide !== undefined) this.deviceSide = inner.deviceSide;
  }

  get identity(): KernelIdentity {
    return this.inner.identity;
  }

  open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    return this.inner.open(path, flags, options);
  }

  close(fd: number): number {
    return this.inner.close(fd);
  }

  ioctl(fd: number, request: number, argument: Argument): number {
    return this.inner.ioctl(fd, request, argument);
  }

  mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number {
    return this.inner.mmap(length, prot, flags, fd, offset, access);
  }

  dup(fd: number): number {
    return this.inner.dup(fd);
  }

  fcntl(fd: number, command: number, argument: number): number {
    return this.inner.fcntl(fd, command, argument);
  }

  fstat(fd: number): Stat | number {
    return this.inner.fstat(fd);
  }

  fstatfs(fd: number): number {
    return this.inner.fstatfs(fd);
  }

  lseek(fd: number, offset: bigint, whence: number): bigint {
    return this.inner.lseek(fd, offset, whence);
  }

  poll(entries: PollEntry[], timeoutMs: number): number {
    return this.inner.poll(entries, timeoutMs);
  }

  ftruncate(fd: number, length: bigint): number {
    return this.inner.ftruncate(fd, length);
  }

  memfdCreate(name: string, flags: number): number {
    return this.inner.memfdCreate(name, flags);
  }

  readText(path: string): string | number {
    return this.inner.readText(path);
  }

  readDirectory(path: string): readonly string[] | number {
    return this.inner.readDirectory(path);
  }

  readLink(path: string): string | number {
    return this.inner.readLink(path);
  }

  stat(path: string): Stat | number {
    return this.inner.stat(path);
  }

  now(): bigint {
    return this.inner.now();
  }

  dispose(): void {
    this.inner.dispose();
  }
}

/** Forwards every access to `inner`. */
export class WrappedMapping implements Mapping {
  protected readonly inner: Mapping;

  constructor(inner: Mapping) {
    this.inner = inner;
  }

  get length(): number {
    return this.inner.length;
  }

  get address(): bigint {
    return this.inner.address;
  }

  get prot(): number {
    return this.inner.prot;
  }

  read(offset: number, into: Uint8Array): number {
    return this.inner.read(offset, into);
  }

  write(offset: number, from: Uint8Array): number {
    return this.inner.write(offset, from);
  }

  fill(offset: number, length: number, value: number): number {
    return this.inner.fill(offset, length, value);
  }

  unmap(): number {
    return this.inner.unmap();
  }
}
