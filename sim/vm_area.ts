import type { OpenFile } from "./file.ts";
import type { Caching } from "./memory/cache_model.ts";
import type { Memory } from "./memory/memory.ts";

/** What mmap(2) hands to a file. Bytes; `offset` and `length` are whole pages. */
export interface MapRequest {
  readonly length: number;
  readonly offset: bigint;
  /** Where it will lie in the caller's address space. */
  readonly address: bigint;
  readonly prot: number;
  /** MAP_SHARED, as opposed to MAP_PRIVATE. */
  readonly shared: boolean;
  /** PROT_WRITE may be had later by mprotect: VM_MAYWRITE. */
  readonly mayWrite: boolean;
}

/** A private mapping that could be written: is_cow_mapping() of include/linux/mm.h. */
export function isCopyOnWrite(request: MapRequest): boolean {
  return !request.shared && request.mayWrite;
}

/** A mapping as its file sets it up. Bytes. */
export interface VmArea {
  readonly memory: Memory;
  readonly caching: Caching;
  /** Where in the memory the mapping starts. */
  readonly start: number;
  /** The file that the mapping keeps open, and that /proc/self/maps names. */
  readonly file: OpenFile;
  /** The offset that /proc/self/maps shows. */
  readonly shownOffset: bigint;
  /**
   * Bytes from `offset` of the memory on that may be touched, at most `length`; the next one is
   * SIGBUS. Absent: up to the end of the memory.
   */
  accessible?(offset: number, length: number): number;
  /** Before an access to `offset` of the memory: what a fault handler does. */
  fault?(offset: number, length: number): void;
  /** Before a write to `offset` of the memory: what copy-on-write has to do. */
  beforeWrite?(offset: number, length: number): void;
  /** munmap: lets go of what the mapping holds, its file included. */
  close(): void;
}
