import { anyBit, clearBits, countBits, forEachBit, hasBit, newBitmap, setBits } from "./bitmap.ts";
import type { Coherency } from "./cache_model.ts";
import type { Page } from "./page.ts";

/**
 * What a device's own cache holds of one page during a job: lines absent, clean, or with bytes that
 * the job wrote. Offsets are bytes inside the page; ranges are half-open and not empty.
 *
 * A write-back writes the bytes that the job wrote and no others of the line: the bus has a strobe
 * for each byte, and two writers of different bytes do not race in the memory model of Vulkan,
 * whatever lines the bytes lie in. A CPU's cache, whose write-back is the whole line, is in
 * `page.ts`.
 */
export class JobPage {
  readonly coherency: Coherency;
  readonly #page: Page;
  readonly #lineShift: number;
  readonly #data: Uint8Array<ArrayBuffer>;
  /** One bit a line. */
  readonly #present: Uint32Array<ArrayBuffer>;
  /** One bit a byte: the job wrote it and RAM has not got it yet. Its line is present. */
  readonly #written: Uint32Array<ArrayBuffer>;

  constructor(page: Page, lineShift: number, coherency: Coherency) {
    const bytes = page.ram.length;
    this.coherency = coherency;
    this.#page = page;
    this.#lineShift = lineShift;
    this.#data = new Uint8Array(bytes);
    this.#present = newBitmap(bytes >>> lineShift);
    this.#written = newBitmap(bytes);
  }

  /** Whether it holds a byte that RAM has not got yet. */
  wrote(at: number): boolean {
    return hasBit(this.#written, at);
  }
  /** A byte of it; only of a present line it means anything. */
  byte(at: number): number {
    return this.#data[at] ?? 0;
  }

  #lines(from: number, to: number): [first: number, end: number] {
    return [from >>> this.#lineShift, ((to - 1) >>> this.#lineShift) + 1];
  }

  /** Brings the range's absent lines in, as the device's bus sees them. */
  #fill(from: number, to: number): void {
    const [first, end] = this.#lines(from, to);
    if (countBits(this.#present, first, end) === end - first) return;
    for (let line = first; line < end; line++) {
      if (hasBit(this.#present, line)) continue;
      const start = line << this.#lineShift;
      const stop = start + (1 << this.#lineShift);
      const into = this.#data.subarray(start, stop);
      if (this.coherency === "none") into.set(this.#page.ram.subarray(start, stop));
      else {
        this.#page.snoopJobs(start, stop, false, this);
        this.#page.readSnooping(start, into);
      }
    }
    setBits(this.#present, first, end);
  }

  /** The job reads: lines that are not there come in, the others stay as they are. */
  read(from: number, into: Uint8Array): void {
    const to = from + into.length;
    this.#fill(from, to);
    into.set(this.#data.subarray(from, to));
  }

  /** The job writes into its cache. */
  write(from: number, bytes: Uint8Array): void {
    const to = from + bytes.length;
    this.#fill(from, to);
    if (this.coherency === "full") {
      // Ownership of the lines: nobody else has them any more.
      this.#page.snoopOut(from, to);
      this.#page.snoopJobs(from, to, true, this);
    }
    this.#data.set(bytes, from);
    setBits(this.#written, from, to);
    this.#page.overtaken(from, to);
  }

  /** Writes what the job wrote in the range's lines back to RAM. */
  writeBack(from: number, to: number): void {
    const [first, end] = this.#lines(from, to);
    const start = first << this.#lineShift;
    const stop = end << this.#lineShift;
    if (!anyBit(this.#written, start, stop)) return;
    let run = start;
    let runEnd = start;
    const flush = (): void => {
      if (runEnd === run) return;
      // A coherent bus takes the lines out of the CPU's caches; nothing of them is lost.
      if (this.coherency !== "none") this.#page.snoopOut(run, runEnd);
      this.#page.writeRam(run, this.#data.subarray(run, runEnd));
    };
    forEachBit(this.#written, start, stop, (at) => {
      if (at !== runEnd) {
        flush();
        run = at;
      }
      runEnd = at + 1;
    });
    flush();
    clearBits(this.#written, start, stop);
  }

  /** Another's coherent access: what the job wrote goes to RAM; `drop` takes the lines too. */
  snooped(from: number, to: number, drop: boolean): void {
    this.writeBack(from, to);
    if (drop) clearBits(this.#present, ...this.#lines(from, to));
  }

  /** The lines' states as bitmaps, for checks: they are not to be changed. */
  get states(): { readonly present: Uint32Array; readonly written: Uint32Array } {
    return { present: this.#present, written: this.#written };
  }
}
