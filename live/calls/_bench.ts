/**
 * What a call case works with: a kernel, one GPU of the arm64 board, and everything that it opens,
 * closed at its end.
 *
 * @module
 */
import { call } from "../../ffi/call.ts";
import { MAP_SHARED, O_RDWR, PROT_READ, PROT_WRITE } from "../../ffi/constants.ts";
import { errnoName } from "../../ffi/errno.ts";
import type { IoctlDefinition } from "../../ffi/ioctl.ts";
import { isError, type Kernel, type Mapping } from "../../ffi/kernel.ts";
import { decode, encode, type Fields, type StructType, type ValuesOf } from "../../ffi/struct.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { everyGpu, type Gpu } from "./_gpus.ts";

/** Reading and writing. */
export const RW = PROT_READ | PROT_WRITE;

/** How mmap is asked, where it differs from the whole, shared, for reading and writing. */
export interface MapOptions {
  readonly prot?: number;
  readonly flags?: number;
  /** Bytes. */
  readonly offset?: bigint;
}

/** `ok`, or the errno's name. */
export function outcome(result: number): string {
  return result < 0 ? errnoName(result) : "ok";
}

/** What happens around a kernel that none of its calls makes. */
export interface Surroundings {
  /** A signal with a handler interrupts the call that waits `ms` milliseconds from now. */
  signalIn(ms: number): void;
  /** Unbinds the driver of a device; at the end of the case it is bound again. */
  unplug(driver: string, device: string): void;
}

/** One kernel, one GPU, and what a case has open. */
export class Bench implements Disposable {
  readonly kernel: Kernel;
  readonly gpu: Gpu;
  /** Linux 7.2: panthor 1.8 and panfrost 1.6, as opposed to 6.12's 1.0 and 1.2. */
  readonly recent: boolean;
  readonly around: Surroundings;
  readonly #open: number[] = [];
  readonly #mapped: Mapping[] = [];
  #fd: number | undefined;

  constructor(kernel: Kernel, gpu: Gpu, recent: boolean, around: Surroundings) {
    this.kernel = kernel;
    this.gpu = gpu;
    this.recent = recent;
    this.around = around;
  }

  /** The GPU's node, opened once. */
  get fd(): number {
    return this.#fd ??= this.open(this.gpu.node);
  }

  /** Opens a node of /dev/dri once more: another open file. */
  open(node: string, flags = O_RDWR): number {
    return this.keep(this.kernel.open(`/dev/dri/${node}`, flags), node);
  }

  /** Holds a descriptor until the end. @throws {Error} for -errno */
  keep(fd: number, what: string): number {
    if (fd < 0) throw new Error(`${what}: ${errnoName(fd)}`);
    this.#open.push(fd);
    return fd;
  }

  /** Closes a descriptor before the end. */
  close(fd: number): void {
    this.#open.splice(this.#open.indexOf(fd), 1);
    this.kernel.close(fd);
  }

  /** What a call answers, as text. */
  ask<F extends Fields>(
    definition: IoctlDefinition<StructType<F>>,
    values: Partial<ValuesOf<F>> = {},
    fd = this.fd,
  ): string {
    return outcome(call(this.kernel, fd, definition, values).result);
  }

  /** A call that has to succeed: the values that came back. */
  must<F extends Fields>(
    definition: IoctlDefinition<StructType<F>>,
    values: Partial<ValuesOf<F>> = {},
    fd = this.fd,
  ): ValuesOf<F> {
    const answer = call(this.kernel, fd, definition, values);
    if (answer.result < 0) throw new Error(`${definition.name}: ${errnoName(answer.result)}`);
    return answer.values;
  }

  /** A call that is not made again after a signal: its answer, and the values as they are then. */
  once<F extends Fields>(
    definition: IoctlDefinition<StructType<F>>,
    values: Partial<ValuesOf<F>>,
    fd = this.fd,
  ): { answer: string; values: ValuesOf<F> } {
    const { struct } = definition;
    if (struct === null) throw new TypeError(`${definition.name} takes no structure`);
    const block = encode(struct, values);
    const answer = outcome(this.kernel.ioctl(fd, definition.code, block));
    return { answer, values: decode(struct, block) };
  }

  /** A buffer object of `size` bytes: its handle. */
  create(size: number, flags = 0, vm = 0, fd = this.fd, gpu = this.gpu): number {
    return gpu.calls.create(this, fd, size, flags, vm);
  }

  /** The fake offset of a buffer. */
  offsetOf(handle: number, fd = this.fd): bigint {
    return this.gpu.calls.offset(this, fd, handle);
  }

  /** PRIME export: the descriptor. */
  export(handle: number, flags = O_RDWR, fd = this.fd): number {
    const made = this.must(drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags }, fd);
    return this.keep(made.fd, "PRIME_HANDLE_TO_FD");
  }

  /** PRIME import: the handle. */
  import(dmaBufFd: number, fd = this.fd): number {
    return this.must(drm.ioctls.PRIME_FD_TO_HANDLE, { fd: dmaBufFd }, fd).handle;
  }

  /** A buffer of its sibling, imported: its handle and its dma-buf. */
  foreign(size: number): { handle: number; dmaBufFd: number } {
    const other = this.open(this.gpu.sibling);
    const sibling = everyGpu.find(({ node }) => node === this.gpu.sibling) ?? this.gpu;
    const dmaBufFd = this.export(this.create(size, 0, 0, other, sibling), O_RDWR, other);
    return { handle: this.import(dmaBufFd), dmaBufFd };
  }

  /** What an mmap says, as text; a success is unmapped. */
  askMap(fd: number, length: number, options: MapOptions = {}): string {
    const { prot = RW, flags = MAP_SHARED, offset = 0n } = options;
    const mapping = this.kernel.mmap(length, prot, flags, fd, offset, "copied");
    if (typeof mapping === "number") return errnoName(mapping);
    mapping.unmap();
    return "ok";
  }

  /** A mapping that has to succeed. */
  map(fd: number, length: number, options: MapOptions = {}): Mapping {
    const { prot = RW, flags = MAP_SHARED, offset = 0n } = options;
    const mapping = this.kernel.mmap(length, prot, flags, fd, offset, "copied");
    if (typeof mapping === "number") throw new Error(`mmap: ${errnoName(mapping)}`);
    this.#mapped.push(mapping);
    return mapping;
  }

  /** A line of a descriptor's fdinfo, without its name; undefined: there is none. */
  fdinfo(fd: number, name: string): string | undefined {
    const text = this.kernel.readText(`/proc/self/fdinfo/${fd}`);
    if (isError(text)) throw new Error(`fdinfo: ${errnoName(text)}`);
    const line = String(text).split("\n").find((one) => one.startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim();
  }

  [Symbol.dispose](): void {
    for (const mapping of this.#mapped.splice(0)) mapping.unmap();
    for (const fd of this.#open.splice(0).reverse()) this.kernel.close(fd);
  }
}
