import { Memory } from "./memory.ts";
import { Page } from "./page.ts";

/**
 * A MAP_PRIVATE view: pages are shared until written, then copied (mm/memory.c do_wp_page). Used
 * for one mapping; its copies are plain process memory.
 */
export class PrivateMemory extends Memory {
  readonly #shared: Memory;
  readonly #copies = new Map<number, Page>();

  constructor(shared: Memory) {
    super(shared.model);
    this.#shared = shared;
  }

  override get bytes(): number {
    return this.#shared.bytes;
  }

  override get populated(): boolean {
    return this.#copies.size > 0 || this.#shared.populated;
  }

  override peek(index: number): Page | null {
    return this.#copies.get(index) ?? this.#shared.peek(index);
  }

  override page(index: number): Page {
    return this.#copies.get(index) ?? this.#shared.page(index);
  }

  override touchedPages(first: number, end: number): number[] {
    const indexes = new Set(this.#shared.touchedPages(first, end));
    for (const index of this.#copies.keys()) {
      if (index >= first && index < end) indexes.add(index);
    }
    return [...indexes].sort((a, b) => a - b);
  }

  /** Copies the pages of a range, as the first write to each does. */
  breakSharing(offset: number, length: number): void {
    const { pageBytes, lineBytes } = this.model;
    const end = Math.ceil((offset + length) / pageBytes);
    for (let index = Math.floor(offset / pageBytes); index < end; index++) {
      if (this.#copies.has(index)) continue;
      const copy = new Page(pageBytes, Math.log2(lineBytes));
      const content = new Uint8Array(pageBytes);
      this.#shared.peek(index)?.readSnooping(0, content);
      copy.writeRam(0, content);
      this.#copies.set(index, copy);
    }
  }
}
