/**
 * What the tests of the simulated kernel share: a kernel of a board, and short forms of the calls
 * that most tests begin with. Each throws where the call fails; tests of refusals use `call`.
 *
 * @module
 */
import { call } from "../ffi/call.ts";
import { MAP_SHARED, O_CLOEXEC, O_RDWR, PROT_READ, PROT_WRITE } from "../ffi/constants.ts";
import { errnoName } from "../ffi/errno.ts";
import type { IoctlDefinition } from "../ffi/ioctl.ts";
import type { Books, ByteRange, DeviceSide, JobAccess, Kernel, Mapping } from "../ffi/kernel.ts";
import { encodeArray, type Fields, type StructType, type ValuesOf } from "../ffi/struct.ts";
import { dmaBuf } from "../ffi/uapi/dma_buf.ts";
import { dmaHeap } from "../ffi/uapi/dma_heap.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { panfrost } from "../ffi/uapi/panfrost.ts";
import { panthor } from "../ffi/uapi/panthor.ts";
import { type BoardDevice, loadBoard } from "./board.ts";
import { openSimulatedKernel, type SimulatedKernelOptions } from "./sim_kernel.ts";

export const READ_WRITE = PROT_READ | PROT_WRITE;
export const DRM_RDWR = O_RDWR;
export const DRM_CLOEXEC = O_CLOEXEC;

/** The simulated kernel of a board by name. */
export function kernelOf(board: string, options: SimulatedKernelOptions = {}): Kernel {
  return openSimulatedKernel(loadBoard(board), options);
}

/** A board by name with something else of every device. */
export function kernelWith(board: string, change: Partial<BoardDevice>): Kernel {
  const loaded = loadBoard(board);
  const devices = loaded.devices.map((device) => ({ ...device, ...change }));
  return openSimulatedKernel({ ...loaded, devices });
}

/** `ok`, or the errno's name: what tables compare. */
export function outcome(result: number): string {
  return result < 0 ? errnoName(result) : "ok";
}

/** A result that has to be a success. */
export function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what}: ${errnoName(result)}`);
  return result;
}

/** An ioctl that has to succeed: the values that came back. */
export function mustCall<F extends Fields>(
  kernel: Kernel,
  fd: number,
  definition: IoctlDefinition<StructType<F>>,
  values: Partial<ValuesOf<F>> = {},
): ValuesOf<F> {
  const answer = call(kernel, fd, definition, values);
  must(answer.result, definition.name);
  return answer.values;
}

/** Opens a device node read-write. */
export function openNode(kernel: Kernel, path: string): number {
  return must(kernel.open(path, O_RDWR), path);
}

/** A shared mapping that has to succeed. */
export function map(
  kernel: Kernel,
  fd: number,
  length: number,
  offset = 0n,
  prot = READ_WRITE,
): Mapping {
  const mapping = kernel.mmap(length, prot, MAP_SHARED, fd, offset, "direct");
  if (typeof mapping === "number") throw new Error(`mmap: ${errnoName(mapping)}`);
  return mapping;
}

/** What an mmap says, as text; a success is unmapped. */
export function mapOutcome(
  kernel: Kernel,
  fd: number,
  length: number,
  offset: bigint,
  prot = READ_WRITE,
  flags = MAP_SHARED,
): string {
  const mapping = kernel.mmap(length, prot, flags, fd, offset, "copied");
  if (typeof mapping === "number") return errnoName(mapping);
  mapping.unmap();
  return "ok";
}

/** Bytes of a mapping. */
export function bytesOf(mapping: Mapping, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const done = mapping.read(offset, bytes);
  return bytes.slice(0, done);
}

/** PRIME export: the descriptor. */
export function exportFd(kernel: Kernel, fd: number, handle: number, flags = DRM_RDWR): number {
  return mustCall(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags }).fd;
}

/** PRIME import: the handle. */
export function importHandle(kernel: Kernel, fd: number, dmaBufFd: number): number {
  return mustCall(kernel, fd, drm.ioctls.PRIME_FD_TO_HANDLE, { fd: dmaBufFd }).handle;
}

/** PRIME import as text. */
export function importOutcome(kernel: Kernel, fd: number, dmaBufFd: number): string {
  return outcome(call(kernel, fd, drm.ioctls.PRIME_FD_TO_HANDLE, { fd: dmaBufFd }).result);
}

/** A dumb buffer of 32 bits a pixel and one page or more. */
export function createDumb(kernel: Kernel, fd: number, width = 64, height = 16): number {
  const values = { width, height, bpp: 32 };
  return mustCall(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, values).handle;
}

/** A panthor buffer object: its handle. */
export function createPanthor(kernel: Kernel, fd: number, size: number, flags = 0, vm = 0): number {
  const values = { size: BigInt(size), flags, exclusive_vm_id: vm };
  return mustCall(kernel, fd, panthor.ioctls.BO_CREATE, values).handle;
}

/** A panfrost buffer object: its handle. */
export function createPanfrost(kernel: Kernel, fd: number, size: number, flags = 0): number {
  return mustCall(kernel, fd, panfrost.ioctls.CREATE_BO, { size, flags }).handle;
}

/** The fake offset of a panthor buffer. */
export function panthorOffset(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, panthor.ioctls.BO_MMAP_OFFSET, { handle }).offset;
}

/** Maps a panthor buffer through its node. */
export function mapPanthor(kernel: Kernel, fd: number, handle: number, length: number): Mapping {
  return map(kernel, fd, length, panthorOffset(kernel, fd, handle));
}

/** One BO_SYNC of several ranges: the result. */
export function panthorSync(
  kernel: Kernel,
  fd: number,
  ...ops: { handle: number; type?: number; offset: number; size: number }[]
): number {
  const array = encodeArray(
    panthor.structs.drm_panthor_bo_sync_op,
    ops.map(({ handle, type = 0, offset, size }) => ({
      handle,
      type,
      offset: BigInt(offset),
      size: BigInt(size),
    })),
  );
  const { BO_SYNC } = panthor.ioctls;
  return call(kernel, fd, BO_SYNC, { ops: { stride: 24, count: ops.length, array } }).result;
}

/** A buffer of the system heap: its descriptor. */
export function allocateHeap(kernel: Kernel, length: number, fdFlags = O_RDWR | O_CLOEXEC): number {
  const heap = openNode(kernel, "/dev/dma_heap/system");
  const values = { len: BigInt(length), fd_flags: fdFlags };
  const { fd } = mustCall(kernel, heap, dmaHeap.ioctls.ALLOC, values);
  kernel.close(heap);
  return fd;
}

/** DMA_BUF_IOCTL_SYNC: the result. */
export function dmaBufSync(kernel: Kernel, fd: number, flags: number): number {
  return call(kernel, fd, dmaBuf.ioctls.SYNC, { flags: BigInt(flags) }).result;
}

export const SYNC_READ = 1;
export const SYNC_WRITE = 2;
export const SYNC_END = 4;

/** The device's side, which every simulated kernel has. */
export function deviceSide(kernel: Kernel): DeviceSide {
  const side = kernel.deviceSide;
  if (side === undefined) throw new Error("This kernel shows no device side");
  return side;
}

/** What the device reads. */
export function deviceRead(
  kernel: Kernel,
  fd: number,
  handle: number,
  offset: number,
  length: number,
): Uint8Array {
  const bytes = deviceSide(kernel).read(fd, handle, offset, length);
  if (typeof bytes === "number") throw new Error(`device read: ${errnoName(bytes)}`);
  return bytes;
}

/** A job of the device on the buffer begins. */
export function beginJob(
  kernel: Kernel,
  fd: number,
  handle: number,
  access: JobAccess = "write",
): void {
  must(deviceSide(kernel).begin(fd, handle, access), "device begin");
}

/** The job ends. */
export function endJob(kernel: Kernel, fd: number, handle: number): void {
  must(deviceSide(kernel).end(fd, handle), "device end");
}

/** The device writes bytes. */
export function deviceWrite(
  kernel: Kernel,
  fd: number,
  handle: number,
  offset: number,
  ...bytes: number[]
): void {
  must(deviceSide(kernel).write(fd, handle, offset, new Uint8Array(bytes)), "device write");
}

/** What is stale, as `start..end` texts. */
export function staleRanges(
  kernel: Kernel,
  fd: number,
  handle: number,
  offset: number,
  length: number,
): string[] {
  const ranges = deviceSide(kernel).stale(fd, handle, offset, length);
  if (typeof ranges === "number") throw new Error(`stale: ${errnoName(ranges)}`);
  return ranges.map((range: ByteRange) => `${range.offset}..${range.offset + range.length}`);
}

/** The books of a buffer. */
export function booksOf(kernel: Kernel, fd: number, handle: number): Books {
  const books = deviceSide(kernel).books(fd, handle);
  if (typeof books === "number") throw new Error(`books: ${errnoName(books)}`);
  return books;
}
