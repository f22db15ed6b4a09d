/**
 * What the tests of kbase share: a context, and its calls in short.
 *
 * @module
 */
import { call } from "../../ffi/call.ts";
import { MAP_SHARED } from "../../ffi/constants.ts";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
import { kbase } from "../../ffi/uapi/kbase.ts";
import { kernelOf, kernelWith, map, must, mustCall, openNode, outcome } from "../_test_kit.ts";

const { ioctls } = kbase;
export const PAGE = 4096;
/** The first cookie; that of number 0 is never given. */
export const FIRST_COOKIE = 65n * 4096n;
export const CPU_RD = 1n;
export const CPU_WR = 2n;
export const GPU_RD = 4n;
export const GPU_WR = 8n;
export const GPU_EX = 0x10n;
export const CACHED = 0x1000n;
export const SAME_VA = 0x2000n;
/** CPU and GPU may read and write. */
export const ALL = 0xfn;
export const MSYNC = 1;
export const CSYNC = 2;

/** A kernel with a GPU that has a command stream. */
export function csfKernel(): Kernel {
  return kernelWith("kbase", { registers: { csf: 1n } });
}

/** The handshake of a job manager: outcomes of version check and SET_FLAGS. */
export function handshake(kernel: Kernel, fd: number): readonly [string, string] {
  const version = { major: 11, minor: 33 };
  return [
    outcome(call(kernel, fd, ioctls.VERSION_CHECK_JM, version).result),
    outcome(call(kernel, fd, ioctls.SET_FLAGS).result),
  ];
}

/** The page without which nothing is allocated. */
export function mapTracking(kernel: Kernel, fd: number): Mapping {
  const page = kernel.mmap(PAGE, 0, MAP_SHARED, fd, 3n * BigInt(PAGE), "direct");
  if (typeof page === "number") throw new Error(`tracking page: ${outcome(page)}`);
  return page;
}

/** An open file that may allocate. */
export function context(kernel: Kernel = kernelOf("kbase")): { kernel: Kernel; fd: number } {
  const fd = openNode(kernel, "/dev/mali0");
  handshake(kernel, fd);
  mapTracking(kernel, fd);
  return { kernel, fd };
}

/** MEM_ALLOC as text. */
export function allocOutcome(kernel: Kernel, fd: number, asked: Partial<Asked>): string {
  return outcome(call(kernel, fd, ioctls.MEM_ALLOC, { in: { ...usual, ...asked } }).result);
}

interface Asked {
  readonly va_pages: bigint;
  readonly commit_pages: bigint;
  readonly extension: bigint;
  readonly flags: bigint;
}
const usual: Asked = { va_pages: 1n, commit_pages: 1n, extension: 0n, flags: ALL };

/** Memory that was allocated and mapped. */
export interface Allocated {
  readonly mapping: Mapping;
  readonly address: bigint;
  /** As the device's side takes it. */
  readonly handle: number;
  /** As MEM_ALLOC gave them back. */
  readonly flags: bigint;
}

/** MEM_ALLOC and its mmap. */
export function allocate(kernel: Kernel, fd: number, flags: bigint, pages = 1): Allocated {
  const count = BigInt(pages);
  const { out } = mustCall(kernel, fd, ioctls.MEM_ALLOC, {
    in: { va_pages: count, commit_pages: count, flags },
  });
  const mapping = map(kernel, fd, pages * PAGE, out.gpu_va);
  const { address } = mapping;
  return { mapping, address, handle: Number(address), flags: out.flags ?? 0n };
}

/** MEM_IMPORT of a descriptor: the result, and what came back. */
export function importFd(
  kernel: Kernel,
  fd: number,
  dmaBuf: number,
  asked: { flags?: bigint; type?: number; padding?: number } = {},
): { result: number; out: { flags: bigint; gpu_va: bigint; va_pages: bigint } } {
  const word = new Uint8Array(4);
  new DataView(word.buffer).setInt32(0, dmaBuf, true);
  const { flags = ALL, type = 2, padding = 0 } = asked;
  const { result, values } = call(kernel, fd, ioctls.MEM_IMPORT, {
    in: { flags, phandle: { bytes: word }, type, padding },
  });
  const { flags: got = 0n, gpu_va = 0n, va_pages = 0n } = values.out;
  return { result, out: { flags: got, gpu_va, va_pages } };
}

/** A dma-buf imported and mapped by its cookie. */
export function imported(kernel: Kernel, fd: number, dmaBuf: number): Allocated {
  const { result, out } = importFd(kernel, fd, dmaBuf);
  must(result, "MEM_IMPORT");
  const mapping = map(kernel, fd, Number(out.va_pages) * PAGE, out.gpu_va);
  const { address } = mapping;
  return { mapping, address, handle: Number(address), flags: out.flags };
}

/** MEM_SYNC as text. */
export function syncOutcome(
  kernel: Kernel,
  fd: number,
  type: number,
  handle: bigint,
  user_addr: bigint,
  size: number | bigint,
): string {
  const values = { handle, user_addr, size: BigInt(size), type };
  return outcome(call(kernel, fd, ioctls.MEM_SYNC, values).result);
}

/** MEM_QUERY: the value, or the errno's name. */
export function query(kernel: Kernel, fd: number, gpu_addr: bigint, what: bigint): bigint | string {
  const { result, values } = call(kernel, fd, ioctls.MEM_QUERY, { in: { gpu_addr, query: what } });
  return result < 0 ? outcome(result) : values.out.value ?? 0n;
}
