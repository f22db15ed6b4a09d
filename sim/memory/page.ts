import { anyBit, clearBits, countBits, forEachBit, hasBit, newBitmap, setBits } from "./bitmap.ts";
import type { JobPage } from "./job_page.ts";

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

/** Bytes that a reader got although newer ones were somewhere. */
export interface OlderBytes {
  readonly count: number;
  /** Those of them whose newer value only a device's job has, in its own cache. */
  readonly inJobs: number;
}

const NONE_OLDER: OlderBytes = { count: 0, inJobs: 0 };

/**
 * One physical page: its RAM, the CPU cache's copy of its lines, and the devices' own caches that
 * hold lines of it while a job runs. All offsets are bytes inside
 * the page; ranges are half-open and not empty. There is no object per line: states are bitmaps and
 * the cached data is one page-sized array.
 */
export class Page {
  readonly ram: Uint8Array<ArrayBuffer>;
  readonly #lineShift: number;
  #cache: CachedPage | null = null;
  /** RAM was written past the cache, so a present line may be older than RAM. */
  #ramMayBeNewer = false;
  #jobs: JobPage[] | null = null;

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

  /** A read through a write-back map: allocates the lines, copies out of them. */
  readCached(from: number, into: Uint8Array): void {
    const cache = this.#cached();
    const to = from + into.length;
    this.snoopJobs(from, to, false);
    this.#fill(cache, from, to);
    into.set(cache.data.subarray(from, to));
  }

  /** A write through a write-back map: read-for-ownership of the lines, then they are dirty. */
  writeCached(from: number, bytes: Uint8Array): void {
    const cache = this.#cached();
    const to = from + bytes.length;
    this.snoopJobs(from, to, true);
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
    this.overtaken(from, to);
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

  /** Somebody else wrote the range: those bytes are the newer ones, even under a dirty line. */
  overtaken(from: number, to: number): void {
    if (this.#cache !== null) clearBits(this.#cache.written, from, to);
  }

  /** Takes the range's lines out of the CPU's cache without losing a byte, as a coherent bus does. */
  snoopOut(from: number, to: number): void {
    const unbooked: Visit = { cleaned: 0, dropped: 0, bytesDiscarded: 0 };
    this.clean(from, to, unbooked);
    this.invalidate(from, to, unbooked);
  }

  /** A job's cache holds lines of the page from now on. */
  addJob(job: JobPage): void {
    (this.#jobs ??= []).push(job);
  }
  removeJob(job: JobPage): void {
    const left = this.#jobs?.filter((other) => other !== job) ?? [];
    this.#jobs = left.length === 0 ? null : left;
  }
  /** The jobs' caches that hold lines of the page. */
  get jobs(): readonly JobPage[] {
    return this.#jobs ?? [];
  }

  /**
   * A coherent access to the range: the caches of fully coherent devices give what they wrote.
   * @param drop the access is a write, and takes their lines
   * @param own whose access it is
   */
  snoopJobs(from: number, to: number, drop: boolean, own: JobPage | null = null): void {
    if (this.#jobs === null) return;
    for (const job of this.#jobs) {
      if (job !== own && job.coherency === "full") job.snooped(from, to, drop);
    }
  }

  /**
   * How many bytes of what was read at `from` were older than what somebody had, by value: the CPU's
   * cache where the CPU wrote last, else a running job's cache, else RAM. Where several jobs wrote a
   * byte, none is newer than the other; what the reader itself wrote is not counted.
   * @param reader the job that read, or null
   */
  olderBytes(from: number, seen: Uint8Array, reader: JobPage | null): OlderBytes {
    const cache = this.#cache;
    const others = this.#jobs?.filter((job) => job !== reader) ?? [];
    if (others.length === 0 && reader === null) {
      if (cache === null) return NONE_OLDER;
      const to = from + seen.length;
      const dirty = anyBit(cache.dirty, this.#firstLine(from), this.#endLine(to));
      if (!dirty && !this.#ramMayBeNewer) return NONE_OLDER;
    }
    let count = 0;
    let inJobs = 0;
    for (let i = 0; i < seen.length; i++) {
      const at = from + i;
      if (reader?.wrote(at) === true) continue;
      if (cache !== null && hasBit(cache.written, at)) {
        if (cache.data[at] !== seen[i]) count++;
        continue;
      }
      const holders = others.length === 0 ? others : others.filter((job) => job.wrote(at));
      const held = holders.length > 0;
      if (held ? holders.some((job) => job.byte(at) === seen[i]) : this.ram[at] === seen[i]) {
        continue;
      }
      count++;
      if (held) inJobs++;
    }
    return { count, inJobs };
  }

  /**
   * Calls `visit` for each byte of the range that the cache holds differently from RAM, ascending.
   * @param newer only those that the CPU wrote last: where the device did, RAM is the newer one
   */
  forEachDifference(
    from: number,
    to: number,
    newer: boolean,
    visit: (offset: number) => void,
  ): void {
    const cache = this.#cache;
    if (cache === null) return;
    forEachBit(cache.present, this.#firstLine(from), this.#endLine(to), (line) => {
      const end = Math.min((line + 1) << this.#lineShift, to);
      for (let i = Math.max(line << this.#lineShift, from); i < end; i++) {
        if (cache.data[i] !== this.ram[i] && (!newer || hasBit(cache.written, i))) visit(i);
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

  /** The lines' states as bitmaps, for checks: they are not to be changed. */
  get states(): Pick<CachedPage, "present" | "dirty" | "written"> | null {
    return this.#cache;
  }
}
