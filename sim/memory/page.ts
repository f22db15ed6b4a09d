import { anyBit, clearBits, countBits, forEachBit, hasBit, newBitmap, setBits } from "./bitmap.ts";

/** What a cache remembers of one page; absent until a write-back access touches the page. */
interface CachedPage {
  /** The lines' data, at the same offsets as in RAM; only present lines mean anything. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** One bit a line: the line is in the cache. */
  readonly present: Uint32Array<ArrayBuffer>;
  /** One bit a line: the line holds writes that RAM has not. A dirty line is present. */
  readonly dirty: Uint32Array<ArrayBuffer>;
  /** One bit a byte: the CPU wrote it into the line, and neither a write-back nor a device write followed. */
  readonly written: Uint32Array<ArrayBuffer>;
}

/** What a visit of lines by a maintenance operation did. Counts are of lines, or bytes where said. */
export interface Visit {
  cleaned: number;
  dropped: number;
  /** Bytes that the CPU had written and that went away with their lines. */
  bytesDiscarded: number;
}

/**
 * One physical page: its RAM, and the CPU cache's copy of its lines. All offsets are bytes inside
 * the page; ranges are half-open and not empty. There is no object per line: states are bitmaps and
 * the cached data is one page-sized array.
 */
export class Page {
  readonly ram: Uint8Array<ArrayBuffer>;
  readonly #lineShift: number;
  #cache: CachedPage | null = null;
  /** RAM was written past the cache, so a present line may be older than RAM. */
  #ramMayBeNewer = false;

  constructor(pageBytes: number, lineShift: number) {
    this.ram = new Uint8Array(pageBytes);
    this.#lineShift = lineShift;
  }

  #cached(): CachedPage {
    if (this.#cache === null) {
      const bytes = this.ram.length;
      const lines = bytes >>> this.#lineShift;
      this.#cache = {
        data: new Uint8Array(bytes),
        present: newBitmap(lines),
        dirty: newBitmap(lines),
        written: newBitmap(bytes),
      };
    }
    return this.#cache;
  }

  #firstLine(from: number): number {
    return from >>> this.#lineShift;
  }
  #endLine(to: number): number {
    return ((to - 1) >>> this.#lineShift) + 1;
  }

  /** Brings the range's absent lines in, whole, from RAM. */
  #fill(cache: CachedPage, from: number, to: number): void {
    const first = this.#firstLine(from);
    const end = this.#endLine(to);
    const lineBytes = 1 << this.#lineShift;
    const present = countBits(cache.present, first, end);
    if (present === end - first) return;
    if (present === 0) {
      const start = first << this.#lineShift;
      cache.data.set(this.ram.subarray(start, end << this.#lineShift), start);
    } else {
      let absentFrom = first;
      const copy = (until: number): void => {
        if (until <= absentFrom) return;
        const start = absentFrom * lineBytes;
        cache.data.set(this.ram.subarray(start, until * lineBytes), start);
      };
      forEachBit(cache.present, first, end, (line) => {
        copy(line);
        absentFrom = line + 1;
      });
      copy(end);
    }
    setBits(cache.present, first, end);
  }

  /**
   * A read through a write-back map: allocates the lines, copies out of them.
   * @returns how many of the bytes were older than RAM's
   */
  readCached(from: number, into: Uint8Array): number {
    const cache = this.#cached();
    const to = from + into.length;
    this.#fill(cache, from, to);
    into.set(cache.data.subarray(from, to));
    if (!this.#ramMayBeNewer) return 0;
    let stale = 0;
    for (let i = from; i < to; i++) {
      if (cache.data[i] !== this.ram[i] && !hasBit(cache.written, i)) stale++;
    }
    return stale;
  }

  /** A write through a write-back map: read-for-ownership of the lines, then they are dirty. */
  writeCached(from: number, bytes: Uint8Array): void {
    const cache = this.#cached();
    const to = from + bytes.length;
    this.#fill(cache, from, to);
    cache.data.set(bytes, from);
    setBits(cache.dirty, this.#firstLine(from), this.#endLine(to));
    setBits(cache.written, from, to);
  }

  /** A write that does not go through the cache: a device's, or a write-combined map's. */
  writeRam(from: number, bytes: Uint8Array): void {
    this.ram.set(bytes, from);
    if (this.#cache === null) return;
    const to = from + bytes.length;
    // From now on RAM's bytes are the newer ones, even under a dirty line.
    clearBits(this.#cache.written, from, to);
    if (anyBit(this.#cache.present, this.#firstLine(from), this.#endLine(to))) {
      this.#ramMayBeNewer = true;
    }
  }

  #writeBack(cache: CachedPage, line: number): void {
    const start = line << this.#lineShift;
    const end = start + (1 << this.#lineShift);
    // The whole line goes back, as hardware does: what a device wrote beside it is overwritten.
    this.ram.set(cache.data.subarray(start, end), start);
    clearBits(cache.written, start, end);
  }

  /** Writes the range's dirty lines back; they stay in the cache, clean. */
  clean(from: number, to: number, visit: Visit): void {
    const cache = this.#cache;
    if (cache === null) return;
    const first = this.#firstLine(from);
    const end = this.#endLine(to);
    forEachBit(cache.dirty, first, end, (line) => {
      this.#writeBack(cache, line);
      visit.cleaned++;
    });
    clearBits(cache.dirty, first, end);
  }

  /** Drops the range's lines; dirty ones are lost. */
  invalidate(from: number, to: number, visit: Visit): void {
    const cache = this.#cache;
    if (cache === null) return;
    const first = this.#firstLine(from);
    const end = this.#endLine(to);
    const start = first << this.#lineShift;
    const stop = end << this.#lineShift;
    visit.dropped += countBits(cache.present, first, end);
    visit.bytesDiscarded += countBits(cache.written, start, stop);
    clearBits(cache.present, first, end);
    clearBits(cache.dirty, first, end);
    clearBits(cache.written, start, stop);
  }

  /** What a snooping reader sees: present lines from the cache, the rest from RAM. */
  readSnooping(from: number, into: Uint8Array): void {
    const to = from + into.length;
    into.set(this.ram.subarray(from, to));
    const cache = this.#cache;
    if (cache === null) return;
    forEachBit(cache.present, this.#firstLine(from), this.#endLine(to), (line) => {
      const start = Math.max(line << this.#lineShift, from);
      const end = Math.min((line + 1) << this.#lineShift, to);
      into.set(cache.data.subarray(start, end), start - from);
    });
  }

  /** Bytes of the range that the CPU wrote and that RAM does not hold yet, by value. */
  bytesNewerInCache(from: number, to: number): number {
    const cache = this.#cache;
    if (cache === null || !anyBit(cache.dirty, this.#firstLine(from), this.#endLine(to))) return 0;
    let count = 0;
    forEachBit(cache.written, from, to, (i) => {
      if (cache.data[i] !== this.ram[i]) count++;
    });
    return count;
  }

  /** Calls `visit` for each byte of the range that the cache holds differently from RAM, ascending. */
  forEachDifference(from: number, to: number, visit: (offset: number) => void): void {
    const cache = this.#cache;
    if (cache === null) return;
    forEachBit(cache.present, this.#firstLine(from), this.#endLine(to), (line) => {
      const end = Math.min((line + 1) << this.#lineShift, to);
      for (let i = Math.max(line << this.#lineShift, from); i < end; i++) {
        if (cache.data[i] !== this.ram[i]) visit(i);
      }
    });
  }

  /** The dirty lines of a range, ascending. */
  dirtyLines(from: number, to: number): number[] {
    const lines: number[] = [];
    if (this.#cache !== null) {
      forEachBit(
        this.#cache.dirty,
        this.#firstLine(from),
        this.#endLine(to),
        (line) => lines.push(line),
      );
    }
    return lines;
  }
}
