/**
 * kbase's memory as user space holds it. A 64-bit process has the CPU and the GPU at one address
 * (SAME_VA): MEM_ALLOC and MEM_IMPORT give a cookie, mmap(2) at the cookie makes the memory, and its
 * address is the buffer's GPU address from then on, the handle here. munmap(2) frees it.
 * Sources: mali_kbase_core_linux.c, mali_kbase_mem_linux.c of Arm's driver, r35p0.
 *
 * @module
 */
import { KernelRefusal } from "../errors.ts";
import { call } from "../ffi/call.ts";
import { MAP_SHARED, PROT_READ, PROT_WRITE } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type { Mapping } from "../ffi/kernel.ts";
import { kbase as uapi } from "../ffi/uapi/kbase.ts";
import type { OpenDevice } from "./driver.ts";

const { constants, ioctls } = uapi;
/** The mapping under this handle is that of the tracking page; 0 is never a GPU address. */
const TRACKING_PAGE = 0;
/** BASE_MEM_MAP_TRACKING_HANDLE, in pages. */
const TRACKING_OFFSET = 3n;

/** Memory that a call gave a cookie for. */
export interface Pending {
  /** What mmap(2) takes once. */
  readonly cookie: bigint;
  readonly pages: bigint;
  /** BASE_MEM_* as the kernel gave them back. */
  readonly flags: bigint;
}

/**
 * The page that lets a process allocate: kbase learns by its mapping whose memory is to be counted,
 * and answers EINVAL to MEM_ALLOC before (UK 1.18 of command stream GPUs asks for it no more).
 * @throws {KernelRefusal}
 */
export function mapTrackingPage({ kernel, fd, mappings, name }: OpenDevice): void {
  if (mappings.has(TRACKING_PAGE)) return;
  const { pageSize } = kernel.identity;
  const offset = TRACKING_OFFSET * BigInt(pageSize);
  // No access: the page is there to be counted.
  const page = kernel.mmap(pageSize, 0, MAP_SHARED, fd, offset, "direct");
  if (typeof page === "number") {
    throw new KernelRefusal("mmap", name, page, {
      reason: "the page by which kbase counts a process's memory cannot be mapped",
    });
  }
  mappings.set(TRACKING_PAGE, page);
}

/**
 * Makes pending memory a buffer; what cannot be mapped is freed.
 * @returns the buffer's GPU address
 * @throws {KernelRefusal}
 */
export function mapPending(device: OpenDevice, { cookie, pages, flags }: Pending): number {
  const { kernel, fd, mappings, name } = device;
  const has = (flag: number): boolean => (flags & BigInt(flag)) !== 0n;
  const prot = (has(constants.BASE_MEM_PROT_CPU_RD) ? PROT_READ : 0) |
    (has(constants.BASE_MEM_PROT_CPU_WR) ? PROT_WRITE : 0);
  const bytes = Number(pages) * kernel.identity.pageSize;
  const mapping = kernel.mmap(bytes, prot, MAP_SHARED, fd, cookie, "direct");
  if (typeof mapping === "number") {
    call(kernel, fd, ioctls.MEM_FREE, { gpu_addr: cookie });
    throw new KernelRefusal("mmap", name, mapping, {
      reason: mapping === -errno.ENOMEM ? "the GPU has no room at any free address" : undefined,
    });
  }
  const handle = Number(mapping.address);
  mappings.set(handle, mapping);
  return handle;
}

/** munmap(2) of a buffer's own mapping, which frees it: 0 or -errno. */
export function unmapBuffer({ mappings }: OpenDevice, handle: number): number {
  const mapping: Mapping | undefined = handle === TRACKING_PAGE ? undefined : mappings.get(handle);
  if (mapping === undefined) return -errno.EINVAL;
  const result = mapping.unmap();
  if (result === 0) mappings.delete(handle);
  return result;
}
