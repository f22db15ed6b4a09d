import { Memory } from "./memory.ts";
import type { Page } from "./page.ts";

/** `pages` pages of `memory` from page `first` on. */
export interface Splice {
  readonly memory: Memory;
  readonly first: number;
  readonly pages: number;
}

/**
 * Pages of other memory side by side, as a udmabuf is made of memfds' pages. The pages, their cache
 * lines included, are the same; the books are its own.
 */
export class SplicedMemory extends Memory {
  readonly bytes: number;
  readonly #splices: readonly Splice[];

  /** @param splices at least one, all of the same board */
  constructor(first: Splice, ...rest: Splice[]) {
    super(first.memory.model);
    this.#splices = [first, ...rest];
    const pages = this.#splices.reduce((sum, splice) => sum + splice.pages, 0);
    this.bytes = pages * this.model.pageBytes;
  }

  #find(index: number): { memory: Memory; index: number } {
    let start = 0;
    for (const splice of this.#splices) {
      if (index < start + splice.pages) {
        return { memory: splice.memory, index: splice.first + index - start };
      }
      start += splice.pages;
    }
    throw new RangeError(`Page ${index} lies outside the ${start} pages spliced`);
  }

  override get populated(): boolean {
    return this.#splices.some(({ memory }) => memory.populated);
  }

  override peek(index: number): Page | null {
    const at = this.#find(index);
    return at.memory.peek(at.index);
  }

  override page(index: number): Page {
    const at = this.#find(index);
    return at.memory.page(at.index);
  }

  override touchedPages(first: number, end: number): number[] {
    const indexes: number[] = [];
    let start = 0;
    for (const { memory, first: base, pages } of this.#splices) {
      const from = Math.max(first, start);
      const to = Math.min(end, start + pages);
      if (from < to) {
        const shift = start - base;
        for (const i of memory.touchedPages(from - shift, to - shift)) indexes.push(i + shift);
      }
      start += pages;
    }
    return indexes;
  }
}
