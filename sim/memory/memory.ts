import type { ByteRange } from "../../ffi/kernel.ts";
import { newBooks, type OpenBooks } from "./books.ts";
import type { CacheModel, Caching } from "./cache_model.ts";
import { BYTES_MOVED_PER_NANOSECOND, LINE_NANOSECONDS } from "./costs.ts";
import type { Page, Visit } from "./page.ts";
import { forEachPart } from "./parts.ts";

/**
 * The memory of one buffer: physical pages, the CPU caches' lines of them, and the books. Offsets
 * and lengths are bytes from the buffer's start; callers keep them inside `bytes`.
 *
 * CPU accesses through a write-back map go through cache lines; write-combined and uncached ones
 * go to RAM. Maintenance works on whole lines. The cost of every operation follows the pages and
 * lines of its range that exist, not the buffer's size.
 */
export abstract class Memory {
  readonly books: OpenBooks = newBooks();
  readonly model: CacheModel;

  constructor(model: CacheModel) {
    this.model = model;
  }

  /** The size in bytes. */
  abstract readonly bytes: number;
  /** Whether any page is allocated. */
  abstract readonly populated: boolean;
  /** The page, or null while nothing has touched it. */
  abstract peek(index: number): Page | null;
  /** The page, allocated and zeroed on first touch. */
  abstract page(index: number): Page;
  /** Indexes of allocated pages from `first` up to `end` (not included), ascending. */
  abstract touchedPages(first: number, end: number): number[];

  /** A CPU read. */
  readCpu(caching: Caching, offset: number, into: Uint8Array): void {
    forEachPart(this.model.pageBytes, offset, into.length, (index, from, length, done) => {
      const part = into.subarray(done, done + length);
      const page = this.page(index);
      if (caching === "write-back") page.readCached(from, part);
      else if (this.model.selfSnooping) {
        page.snoopJobs(from, from + length, false);
        page.readSnooping(from, part);
      } else part.set(page.ram.subarray(from, from + length));
      const older = page.olderBytes(from, part, null);
      this.books.staleBytesReadByCpu += older.count;
      this.books.staleBytesHeldByJobs += older.inJobs;
    });
  }

  /** A CPU write. */
  writeCpu(caching: Caching, offset: number, bytes: Uint8Array): void {
    forEachPart(this.model.pageBytes, offset, bytes.length, (index, from, length, done) => {
      const part = bytes.subarray(done, done + length);
      const page = this.page(index);
      if (caching === "write-back") {
        page.writeCached(from, part);
        this.#evict(page, from, from + length);
      } else {
        if (this.model.selfSnooping) {
          page.snoopOut(from, from + length);
          page.snoopJobs(from, from + length, true);
        }
        page.writeRam(from, part);
      }
    });
  }

  /** A CPU write of one value (0..255) to a range. */
  fillCpu(caching: Caching, offset: number, length: number, value: number): void {
    const chunk = new Uint8Array(Math.min(length, this.model.pageBytes)).fill(value);
    forEachPart(this.model.pageBytes, offset, length, (index, from, part) => {
      this.writeCpu(caching, index * this.model.pageBytes + from, chunk.subarray(0, part));
    });
  }

  /**
   * A device's read past its own cache. A coherent device's bus snoops the CPU caches; any other
   * sees RAM alone, and the books count what it missed.
   */
  readDevice(coherent: boolean, offset: number, into: Uint8Array): void {
    forEachPart(this.model.pageBytes, offset, into.length, (index, from, length, done) => {
      const page = this.peek(index);
      if (page === null) return;
      const part = into.subarray(done, done + length);
      if (coherent) {
        page.snoopJobs(from, from + length, false);
        page.readSnooping(from, part);
      } else part.set(page.ram.subarray(from, from + length));
      const older = page.olderBytes(from, part, null);
      this.books.staleBytesReadByDevice += older.count;
      this.books.staleBytesHeldByJobs += older.inJobs;
    });
  }

  /** A device's write: to RAM; a coherent device's also takes the lines out of the CPU caches. */
  writeDevice(coherent: boolean, offset: number, bytes: Uint8Array): void {
    forEachPart(this.model.pageBytes, offset, bytes.length, (index, from, length, done) => {
      const page = this.page(index);
      if (coherent) {
        page.snoopOut(from, from + length);
        page.snoopJobs(from, from + length, true);
      }
      page.writeRam(from, bytes.subarray(done, done + length));
    });
  }

  /** Books bytes that a caller asked to sync, also where there turns out to be nothing to do. */
  ask(bytes: number): void {
    this.books.bytesAsked += bytes;
  }

  /** Books pages that were copied to other ones, with the time that it took. */
  protected bookMoved(pages: number): void {
    this.books.pagesMoved += pages;
    this.#spend(pages * this.model.pageBytes / BYTES_MOVED_PER_NANOSECOND);
  }

  #spend(nanoseconds: number): void {
    this.books.nanoseconds += nanoseconds;
    this.model.clock.advance(BigInt(nanoseconds));
  }

  /** Writes the dirty lines of a range back (arm64 dcache_clean_poc: to the line, both ends). */
  clean(offset: number, length: number): void {
    this.#maintain(offset, length, (page, from, to, visit) => page.clean(from, to, visit));
  }

  /** Writes the dirty lines of a range back and drops all its lines (dcache_clean_inval_poc). */
  cleanInvalidate(offset: number, length: number): void {
    this.#maintain(offset, length, (page, from, to, visit) => {
      page.clean(from, to, visit);
      page.invalidate(from, to, visit);
    });
  }

  /**
   * Drops the lines of a range; dirty ones are lost. A line that the range covers only in part is
   * cleaned first, so that its neighbours survive: arm64 dcache_inval_poc does so for the first
   * and the last line (arch/arm64/mm/cache.S).
   */
  invalidate(offset: number, length: number): void {
    const { lineBytes } = this.model;
    this.#maintain(offset, length, (page, from, to, visit) => {
      if (from % lineBytes !== 0 || to % lineBytes !== 0) page.clean(from, to, visit);
      page.invalidate(from, to, visit);
    });
  }

  /** Ranges of a range whose bytes the CPU's caches hold differently from RAM, ascending. */
  stale(offset: number, length: number): ByteRange[] {
    return this.#differences(offset, length, false);
  }

  /** Those of them that the CPU wrote last: what a device would read too old. */
  staleForDevice(offset: number, length: number): ByteRange[] {
    return this.#differences(offset, length, true);
  }

  #differences(offset: number, length: number, newer: boolean): ByteRange[] {
    const ranges: { offset: number; length: number }[] = [];
    const { pageBytes } = this.model;
    const end = offset + length;
    for (const index of this.#touchedIn(offset, end)) {
      const base = index * pageBytes;
      const from = Math.max(offset - base, 0);
      const to = Math.min(end - base, pageBytes);
      this.peek(index)?.forEachDifference(from, to, newer, (at) => {
        const last = ranges.at(-1);
        if (last !== undefined && last.offset + last.length === base + at) last.length++;
        else ranges.push({ offset: base + at, length: 1 });
      });
    }
    return ranges;
  }

  #touchedIn(offset: number, end: number): number[] {
    const { pageBytes } = this.model;
    return end > offset
      ? this.touchedPages(Math.floor(offset / pageBytes), Math.ceil(end / pageBytes))
      : [];
  }

  #evict(page: Page, from: number, to: number): void {
    const { evictor, lineBytes } = this.model;
    if (evictor === null) return;
    for (const line of page.dirtyLines(from, to)) {
      if (evictor.next()) page.snoopOut(line * lineBytes, (line + 1) * lineBytes);
    }
  }

  #maintain(
    offset: number,
    length: number,
    act: (page: Page, from: number, to: number, visit: Visit) => void,
  ): void {
    if (length === 0) return;
    const { pageBytes, lineBytes } = this.model;
    const end = offset + length;
    const firstLine = Math.floor(offset / lineBytes);
    const endLine = Math.ceil(end / lineBytes);
    let acted = 0;
    let carried = 0;
    for (const index of this.#touchedIn(offset, end)) {
      const page = this.peek(index);
      if (page === null) continue;
      const base = index * pageBytes;
      const from = Math.max(offset - base, 0);
      const to = Math.min(end - base, pageBytes);
      for (const [a, b] of this.#edgesAndMiddle(from, to)) {
        const visit: Visit = { cleaned: 0, dropped: 0, bytesDiscarded: 0 };
        act(page, a, b, visit);
        this.books.linesCleaned += visit.cleaned;
        this.books.linesInvalidated += visit.dropped;
        this.books.dirtyBytesDiscarded += visit.bytesDiscarded;
        const changed = Math.max(visit.cleaned, visit.dropped);
        acted += changed;
        // Only an edge part is shorter than its lines; what moved with it was not asked for.
        if (changed > 0 && (b - a) % lineBytes !== 0) carried += lineBytes - ((b - a) % lineBytes);
      }
    }
    this.books.linesTouched += endLine - firstLine;
    this.books.linesInVain += endLine - firstLine - acted;
    this.books.bytesCarriedAlong += carried;
    this.#spend((endLine - firstLine) * LINE_NANOSECONDS);
  }

  /** A page's part of a range as its first line if partly covered, the whole lines, the last. */
  #edgesAndMiddle(from: number, to: number): [number, number][] {
    const { lineBytes } = this.model;
    const up = Math.min(Math.ceil(from / lineBytes) * lineBytes, to);
    const down = Math.max(Math.floor(to / lineBytes) * lineBytes, up);
    const parts: [number, number][] = [];
    if (from < up) parts.push([from, up]);
    if (up < down) parts.push([up, down]);
    if (down < to) parts.push([down, to]);
    return parts;
  }
}
