/**
 * A kernel for tests of the wrappers: descriptors are numbers handed out, ioctls are answered by
 * the test, memory is an array. Nothing of Linux is imitated.
 *
 * @module
 */
import { F_DUPFD_CLOEXEC } from "./constants.ts";
import { errno } from "./errno.ts";
import type {
  Argument,
  DeviceSide,
  Kernel,
  KernelIdentity,
  Mapping,
  PollEntry,
  Stat,
} from "./kernel.ts";

/** What the test answers to an ioctl. */
export type IoctlAnswer = (fd: number, request: number, argument: Argument) => number;

class FakeMapping implements Mapping {
  readonly length: number;
  readonly address = 0x1000n;
  readonly prot: number;
  readonly #bytes: Uint8Array;
  readonly #present: number;
  #mapped = true;

  constructor(length: number, prot: number, present: number) {
    this.length = length;
    this.prot = prot;
    this.#bytes = new Uint8Array(length);
    this.#present = present;
  }

  #done(offset: number, length: number): number {
    return Math.max(0, Math.min(length, this.#present - offset));
  }

  read(offset: number, into: Uint8Array): number {
    const done = this.#done(offset, into.length);
    into.set(this.#bytes.subarray(offset, offset + done));
    return done;
  }

  write(offset: number, from: Uint8Array): number {
    const done = this.#done(offset, from.length);
    this.#bytes.set(from.subarray(0, done), offset);
    return done;
  }

  fill(offset: number, length: number, value: number): number {
    const done = this.#done(offset, length);
    this.#bytes.fill(value, offset, offset + done);
    return done;
  }

  unmap(): number {
    const result = this.#mapped ? 0 : -errno.EINVAL;
    this.#mapped = false;
    return result;
  }
}

/** Paths that begin with /missing fail with ENOENT; descriptors start at 3. */
export class FakeKernel implements Kernel {
  readonly identity: KernelIdentity = {
    backend: "sim",
    name: "sim:fake",
    release: "0.0",
    arch: "x86_64",
    pageSize: 4096,
  };
  readonly deviceSide: DeviceSide = {
    read: () => -errno.ENOENT,
    write: () => -errno.ENOENT,
    stale: () => -errno.ENOENT,
    books: () => -errno.ENOENT,
    begin: () => -errno.ENOENT,
    end: () => -errno.ENOENT,
    lineBytes: 64,
  };
  disposed = 0;
  /** How many bytes of a mapping are there: touches beyond fault. */
  present = Infinity;
  /** The calls that reached this kernel. */
  readonly reached: string[] = [];
  readonly #answer: IoctlAnswer;
  readonly #open = new Set<number>();

  constructor(answer: IoctlAnswer = () => -errno.ENOTTY) {
    this.#answer = answer;
  }

  /** The lowest free descriptor, as Linux gives. */
  newDescriptor(): number {
    let fd = 3;
    while (this.#open.has(fd)) fd++;
    this.#open.add(fd);
    return fd;
  }

  #known(call: string, fd: number): number {
    this.reached.push(call);
    return this.#open.has(fd) ? 0 : -errno.EBADF;
  }

  open(path: string): number {
    this.reached.push("open");
    return path.startsWith("/missing") ? -errno.ENOENT : this.newDescriptor();
  }

  close(fd: number): number {
    const result = this.#known("close", fd);
    this.#open.delete(fd);
    return result;
  }

  ioctl(fd: number, request: number, argument: Argument): number {
    return this.#known("ioctl", fd) || this.#answer(fd, request, argument);
  }

  mmap(length: number, prot: number, _flags: number, fd: number): Mapping | number {
    return this.#known("mmap", fd) || new FakeMapping(length, prot, this.present);
  }

  dup(fd: number): number {
    return this.#known("dup", fd) || this.newDescriptor();
  }

  fcntl(fd: number, command: number): number {
    const known = this.#known("fcntl", fd);
    if (known !== 0) return known;
    return command === F_DUPFD_CLOEXEC ? this.newDescriptor() : 1;
  }

  readonly #stat: Stat = {
    kind: "regular",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 5n,
    inode: 9n,
    rdev: "",
  };

  fstat(fd: number): Stat | number {
    return this.#known("fstat", fd) || this.#stat;
  }

  stat(path: string): Stat | number {
    this.reached.push("stat");
    return path.startsWith("/missing") ? -errno.ENOENT : this.#stat;
  }

  fstatfs(fd: number): number {
    return this.#known("fstatfs", fd) || 0x444d4142;
  }

  lseek(fd: number, offset: bigint): bigint {
    return BigInt(this.#known("lseek", fd)) || offset;
  }

  poll(entries: PollEntry[]): number {
    this.reached.push("poll");
    for (const entry of entries) entry.revents = entry.events;
    return entries.length;
  }

  ftruncate(fd: number): number {
    return this.#known("ftruncate", fd);
  }

  memfdCreate(): number {
    this.reached.push("memfdCreate");
    return this.newDescriptor();
  }

  readText(path: string): string | number {
    this.reached.push("readText");
    return path.startsWith("/missing") ? -errno.ENOENT : "text\n";
  }

  readDirectory(path: string): readonly string[] | number {
    this.reached.push("readDirectory");
    return path.startsWith("/missing") ? -errno.ENOENT : ["a", "b"];
  }

  readLink(path: string): string | number {
    this.reached.push("readLink");
    return path.startsWith("/missing") ? -errno.ENOENT : "../target";
  }

  now(): bigint {
    return 42n;
  }

  dispose(): void {
    this.disposed++;
  }
}
