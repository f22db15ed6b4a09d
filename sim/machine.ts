import type { Clock } from "./clock.ts";
import type { FdTable } from "./fd_table.ts";
import type { CacheModel } from "./memory/cache_model.ts";
import type { Release } from "./release.ts";

/** What the parts of one simulated kernel share. */
export interface Machine {
  readonly release: Release;
  readonly arch: "x86_64" | "aarch64";
  readonly model: CacheModel;
  readonly clock: Clock;
  readonly fds: FdTable;
  /** The caller's user id; 0 may everything. */
  readonly uid: number;
  /** RAM, in bytes: what cannot be allocated lazily is ENOMEM beyond it. */
  readonly memoryBytes: bigint;
  /** The one inode of all files that have no file system (anon_inode_inode). */
  readonly anonymousInode: bigint;
  /** A new inode number. */
  newInode(): bigint;
  /** The next DRM client's number. */
  newClientId(): number;
}

/** kvmalloc_array() gives no more bytes than this, nor more than there is RAM. */
export function mostAllocated(machine: Machine): number {
  return Math.min(0x7fff_ffff, Number(machine.memoryBytes));
}

/** PAGE_ALIGN() in 64 bits: what does not fit wraps to 0, as in the kernel. */
export function pageAlign(bytes: bigint, pageBytes: number): bigint {
  const page = BigInt(pageBytes);
  return BigInt.asUintN(64, (bytes + page - 1n) / page * page);
}
