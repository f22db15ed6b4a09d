/**
 * What the tests hold the memory against: the same rules written a second time, as plainly as they
 * can be. One object a line, one byte at a time, arrays of numbers, nothing shared with the real one
 * but the names of the books.
 *
 * @module
 */
import { newBooks, type OpenBooks } from "./books.ts";
import type { Coherency, Evictor } from "./cache_model.ts";

interface Line {
  data: number[];
  dirty: boolean;
  written: boolean[];
}

/** A device's own cache during a job. */
export class NaiveJob {
  readonly coherency: Coherency;
  readonly lines = new Map<number, { data: number[]; written: boolean[] }>();

  constructor(coherency: Coherency) {
    this.coherency = coherency;
  }
}

export class NaiveMemory {
  readonly ram: number[];
  readonly lines = new Map<number, Line>();
  readonly jobs: NaiveJob[] = [];
  readonly books: OpenBooks = newBooks();
  readonly #lineBytes: number;
  readonly #pageBytes: number;
  readonly #evictor: Evictor | null;
  readonly #pages = new Set<number>();

  constructor(bytes: number, lineBytes: number, pageBytes: number, evictor: Evictor | null) {
    this.ram = new Array<number>(bytes).fill(0);
    this.#lineBytes = lineBytes;
    this.#pageBytes = pageBytes;
    this.#evictor = evictor;
  }

  #lineOf(at: number): number {
    return Math.floor(at / this.#lineBytes);
  }
  #in(at: number): number {
    return at % this.#lineBytes;
  }
  #touch(at: number): void {
    this.#pages.add(Math.floor(at / this.#pageBytes));
  }
  #false(): boolean[] {
    return new Array<boolean>(this.#lineBytes).fill(false);
  }

  /** What a snooping reader sees. */
  snooped(at: number): number {
    return this.lines.get(this.#lineOf(at))?.data[this.#in(at)] ?? this.ram[at] ?? -1;
  }

  #cpuLine(at: number): Line {
    const index = this.#lineOf(at);
    let line = this.lines.get(index);
    if (line === undefined) {
      const start = index * this.#lineBytes;
      const data = this.ram.slice(start, start + this.#lineBytes);
      line = { data, dirty: false, written: this.#false() };
      this.lines.set(index, line);
    }
    return line;
  }

  #cleanLine(index: number): boolean {
    const line = this.lines.get(index);
    if (line?.dirty !== true) return false;
    line.data.forEach((value, i) => this.ram[index * this.#lineBytes + i] = value);
    line.written.fill(false);
    line.dirty = false;
    return true;
  }
  #snoopOut(index: number): void {
    this.#cleanLine(index);
    this.lines.delete(index);
  }

  /** Gives the bytes that jobs of fully coherent devices wrote in a line. */
  #snoopJobs(index: number, drop: boolean, own: NaiveJob | null): void {
    for (const job of this.jobs) {
      if (job === own || job.coherency !== "full") continue;
      this.#jobWriteBack(job, index);
      if (drop) job.lines.delete(index);
    }
  }
  #jobWriteBack(job: NaiveJob, index: number): void {
    const line = job.lines.get(index);
    line?.written.forEach((written, i) => {
      if (!written) return;
      if (job.coherency !== "none") this.#snoopOut(index);
      this.ramWrite(index * this.#lineBytes + i, line.data[i] ?? -1);
      line.written[i] = false;
    });
  }

  /** Books a byte that was read although a newer one was somewhere. */
  #judge(at: number, seen: number, by: "Cpu" | "Device", reader: NaiveJob | null): void {
    const index = this.#lineOf(at);
    const i = this.#in(at);
    const wrote = (job: NaiveJob): boolean => job.lines.get(index)?.written[i] === true;
    if (reader !== null && wrote(reader)) return;
    const line = this.lines.get(index);
    const inJobs = this.jobs.filter((job) => job !== reader && wrote(job));
    const byCpu = line?.written[i] === true;
    const newest = byCpu
      ? [line.data[i]]
      : inJobs.length > 0
      ? inJobs.map((job) => job.lines.get(index)?.data[i])
      : [this.ram[at]];
    if (newest.includes(seen)) return;
    this.books[`staleBytesReadBy${by}`]++;
    if (!byCpu && inJobs.length > 0) this.books.staleBytesHeldByJobs++;
  }

  cpuRead(at: number): number {
    this.#touch(at);
    this.#snoopJobs(this.#lineOf(at), false, null);
    const value = this.#cpuLine(at).data[this.#in(at)] ?? -1;
    this.#judge(at, value, "Cpu", null);
    return value;
  }
  cpuWrite(offset: number, length: number, value: number): void {
    for (let at = offset; at < offset + length; at++) {
      this.#touch(at);
      this.#snoopJobs(this.#lineOf(at), true, null);
      const line = this.#cpuLine(at);
      line.data[this.#in(at)] = value;
      line.written[this.#in(at)] = true;
      line.dirty = true;
    }
    if (this.#evictor === null || length === 0) return;
    for (let n = this.#lineOf(offset); n <= this.#lineOf(offset + length - 1); n++) {
      if (this.#evictor.next()) this.#snoopOut(n);
    }
  }
  /** Past the cache, as a write-combined or uncached map does on arm64. */
  pastRead(at: number): number {
    this.#touch(at);
    const value = this.ram[at] ?? -1;
    this.#judge(at, value, "Cpu", null);
    return value;
  }
  ramWrite(at: number, value: number): void {
    this.#touch(at);
    this.ram[at] = value;
    const line = this.lines.get(this.#lineOf(at));
    if (line !== undefined) line.written[this.#in(at)] = false;
  }

  deviceRead(at: number, coherent: boolean): number {
    // A page that nobody has touched is not made for it.
    if (!this.#pages.has(Math.floor(at / this.#pageBytes))) return 0;
    if (coherent) this.#snoopJobs(this.#lineOf(at), false, null);
    const value = coherent ? this.snooped(at) : this.ram[at] ?? -1;
    this.#judge(at, value, "Device", null);
    return value;
  }
  deviceWrite(at: number, value: number, coherent: boolean): void {
    if (coherent) {
      this.#snoopOut(this.#lineOf(at));
      this.#snoopJobs(this.#lineOf(at), true, null);
    }
    this.ramWrite(at, value);
  }

  #jobLine(job: NaiveJob, at: number): { data: number[]; written: boolean[] } {
    this.#touch(at);
    const index = this.#lineOf(at);
    let line = job.lines.get(index);
    if (line === undefined) {
      if (job.coherency !== "none") this.#snoopJobs(index, false, job);
      const start = index * this.#lineBytes;
      const data = Array.from(
        { length: this.#lineBytes },
        (_, i) => job.coherency === "none" ? this.ram[start + i] ?? -1 : this.snooped(start + i),
      );
      line = { data, written: this.#false() };
      job.lines.set(index, line);
    }
    return line;
  }
  jobRead(job: NaiveJob, at: number): number {
    const value = this.#jobLine(job, at).data[this.#in(at)] ?? -1;
    this.#judge(at, value, "Device", job);
    return value;
  }
  jobWrite(job: NaiveJob, at: number, value: number): void {
    const line = this.#jobLine(job, at);
    if (job.coherency === "full") {
      this.#snoopOut(this.#lineOf(at));
      this.#snoopJobs(this.#lineOf(at), true, job);
    }
    line.data[this.#in(at)] = value;
    line.written[this.#in(at)] = true;
    const cached = this.lines.get(this.#lineOf(at));
    if (cached !== undefined) cached.written[this.#in(at)] = false;
  }
  jobEnd(job: NaiveJob): void {
    for (const index of job.lines.keys()) this.#jobWriteBack(job, index);
    this.jobs.splice(this.jobs.indexOf(job), 1);
  }

  maintain(offset: number, length: number, kind: "clean" | "invalidate" | "both"): void {
    if (length === 0) return;
    const end = offset + length;
    for (let n = this.#lineOf(offset); n * this.#lineBytes < end; n++) {
      const start = n * this.#lineBytes;
      const asked = Math.min(end, start + this.#lineBytes) - Math.max(offset, start);
      this.books.linesTouched++;
      this.books.nanoseconds += 10;
      const line = this.lines.get(n);
      let did = false;
      if (kind !== "invalidate" || asked < this.#lineBytes) {
        did = this.#cleanLine(n);
        if (did) this.books.linesCleaned++;
      }
      if (line !== undefined && kind !== "clean") {
        this.books.dirtyBytesDiscarded += line.written.filter((written) => written).length;
        this.lines.delete(n);
        this.books.linesInvalidated++;
        did = true;
      }
      if (did) this.books.bytesCarriedAlong += this.#lineBytes - asked;
      else this.books.linesInVain++;
    }
  }

  move(): void {
    for (const index of [...this.lines.keys()]) this.#snoopOut(index);
    this.books.pagesMoved += this.#pages.size;
    this.books.nanoseconds += this.#pages.size * this.#pageBytes / 4;
  }
}
