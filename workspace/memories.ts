/**
 * Identities of memory: which handles and dma-bufs are the same memory.
 *
 * A handle number is reused after it was closed, and a buffer has no inode before its first export:
 * neither can be the identity. Each memory gets a number of its own when it is first seen.
 *
 * @module
 */
import type { Journal } from "./journal.ts";

/** A handle of an open file. */
interface Holder {
  readonly name: string;
}

/** The identities of one workspace. */
export class Memories {
  readonly #journal: Journal;
  readonly #byHandle = new Map<string, string>();
  readonly #byInode = new Map<bigint, string>();
  #count = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  #next(): string {
    this.#count++;
    return `memory${this.#count}`;
  }

  /** The memory behind a handle. */
  ofHandle(device: Holder, handle: number): string {
    const key = `${device.name}/${handle}`;
    const known = this.#byHandle.get(key);
    if (known !== undefined) return known;
    const memory = this.#next();
    this.#byHandle.set(key, memory);
    return memory;
  }

  /** The memory of a dma-buf. */
  ofInode(inode: bigint): string {
    const known = this.#byInode.get(inode);
    if (known !== undefined) return known;
    const memory = this.#next();
    this.#byInode.set(inode, memory);
    return memory;
  }

  /** Notes that a handle and a dma-buf are one memory. */
  same(device: Holder, handle: number, inode: bigint): string {
    const key = `${device.name}/${handle}`;
    const handles = this.#byHandle.get(key);
    const dmaBufs = this.#byInode.get(inode);
    const memory = handles ?? dmaBufs ?? this.#next();
    this.#byHandle.set(key, memory);
    this.#byInode.set(inode, memory);
    // Both had been seen, each by itself: a descriptor from elsewhere turns out to be ours.
    if (dmaBufs !== undefined && dmaBufs !== memory) this.#journal.rename(dmaBufs, memory);
    return memory;
  }

  /** The handle was closed: its number may come to mean other memory. */
  forgetHandle(device: Holder, handle: number): void {
    this.#byHandle.delete(`${device.name}/${handle}`);
  }
}
