import type { CacheModel } from "./cache_model.ts";
import { Memory } from "./memory.ts";
import { Page } from "./page.ts";

/** Memory of its own pages, allocated on first touch: 64 GiB that nobody touches cost nothing. */
export class AnonymousMemory extends Memory {
  #bytes: number;
  readonly #pages = new Map<number, Page>();
  readonly #lineShift: number;

  constructor(model: CacheModel, bytes: number) {
    super(model);
    this.#bytes = bytes;
    this.#lineShift = Math.log2(model.lineBytes);
  }

  override get bytes(): number {
    return this.#bytes;
  }

  override get populated(): boolean {
    return this.#pages.size > 0;
  }

  override peek(index: number): Page | null {
    return this.#pages.get(index) ?? null;
  }

  override page(index: number): Page {
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = new Page(this.model.pageBytes, this.#lineShift);
      this.#pages.set(index, page);
    }
    return page;
  }

  override touchedPages(first: number, end: number): number[] {
    const indexes: number[] = [];
    if (end - first <= this.#pages.size) {
      for (let i = first; i < end; i++) if (this.#pages.has(i)) indexes.push(i);
      return indexes;
    }
    for (const index of this.#pages.keys()) {
      if (index >= first && index < end) indexes.push(index);
    }
    return indexes.sort((a, b) => a - b);
  }

  /** Sets the size in bytes; pages beyond it are gone, and the rest of its last page reads 0. */
  resize(bytes: number): void {
    const { pageBytes } = this.model;
    if (bytes < this.#bytes) {
      const keep = Math.ceil(bytes / pageBytes);
      for (const index of [...this.#pages.keys()]) if (index >= keep) this.#pages.delete(index);
      const tail = bytes % pageBytes;
      const last = tail === 0 ? null : this.peek(keep - 1);
      if (last !== null) {
        const zeros = new Uint8Array(pageBytes - tail);
        last.writeCached(tail, zeros);
      }
    }
    this.#bytes = bytes;
  }

  /**
   * Copies pages to other physical pages, with what the CPU's caches held of them; their lines are
   * in no cache then. No job may hold lines of them.
   * @param booked pages to book: those that exist, or all of the buffer, where the new place has
   * to be filled as a whole
   */
  move(booked: "existing" | "all"): void {
    for (const [index, page] of this.#pages) {
      page.snoopOut(0, page.ram.length);
      const copy = new Page(this.model.pageBytes, this.#lineShift);
      copy.writeRam(0, page.ram);
      this.#pages.set(index, copy);
    }
    const all = Math.ceil(this.#bytes / this.model.pageBytes);
    this.bookMoved(booked === "all" ? all : this.#pages.size);
  }

  /** Drops every page's content: they read 0 when touched again. */
  purge(): void {
    this.#pages.clear();
  }
}
