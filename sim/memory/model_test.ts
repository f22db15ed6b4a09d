/**
 * The memory against an independent, naive model: one object a line, one byte at a time. Whatever is
 * done in whatever order, RAM, what the CPU sees, and the books are the same.
 */
import { assertEquals } from "@std/assert";
import { AnonymousMemory } from "./anonymous_memory.ts";
import { newBooks } from "./books.ts";
import type { CacheModel } from "./cache_model.ts";

interface Line {
  data: number[];
  dirty: boolean;
  written: boolean[];
}

class NaiveMemory {
  readonly ram: number[];
  readonly lines = new Map<number, Line>();
  readonly books = newBooks();
  readonly lineBytes: number;

  constructor(bytes: number, lineBytes: number) {
    this.ram = new Array<number>(bytes).fill(0);
    this.lineBytes = lineBytes;
  }
  #line(at: number): Line {
    const index = Math.floor(at / this.lineBytes);
    let line = this.lines.get(index);
    if (line === undefined) {
      const start = index * this.lineBytes;
      line = {
        data: this.ram.slice(start, start + this.lineBytes),
        dirty: false,
        written: new Array<boolean>(this.lineBytes).fill(false),
      };
      this.lines.set(index, line);
    }
    return line;
  }
  cpuRead(at: number): number {
    const line = this.#line(at);
    const i = at % this.lineBytes;
    const value = line.data[i] ?? -1;
    if (value !== this.ram[at] && line.written[i] !== true) this.books.staleBytesReadByCpu++;
    return value;
  }
  cpuWrite(at: number, value: number): void {
    const line = this.#line(at);
    line.data[at % this.lineBytes] = value;
    line.written[at % this.lineBytes] = true;
    line.dirty = true;
  }
  ramWrite(at: number, value: number): void {
    this.ram[at] = value;
    const line = this.lines.get(Math.floor(at / this.lineBytes));
    if (line !== undefined) line.written[at % this.lineBytes] = false;
  }
  deviceRead(at: number): number {
    const line = this.lines.get(Math.floor(at / this.lineBytes));
    const i = at % this.lineBytes;
    if (line?.written[i] === true && line.data[i] !== this.ram[at]) {
      this.books.staleBytesReadByDevice++;
    }
    return this.ram[at] ?? -1;
  }
  maintain(offset: number, length: number, kind: "clean" | "invalidate" | "both"): void {
    if (length === 0) return;
    const end = offset + length;
    for (let n = Math.floor(offset / this.lineBytes); n * this.lineBytes < end; n++) {
      const start = n * this.lineBytes;
      const asked = Math.min(end, start + this.lineBytes) - Math.max(offset, start);
      this.books.linesTouched++;
      const line = this.lines.get(n);
      const cleans = kind !== "invalidate" || asked < this.lineBytes;
      let did = false;
      if (line !== undefined && cleans && line.dirty) {
        line.data.forEach((value, i) => this.ram[start + i] = value);
        line.written.fill(false);
        line.dirty = false;
        this.books.linesCleaned++;
        did = true;
      }
      if (line !== undefined && kind !== "clean") {
        this.books.dirtyBytesDiscarded += line.written.filter((written) => written).length;
        this.lines.delete(n);
        this.books.linesInvalidated++;
        did = true;
      }
      if (did) this.books.bytesCarriedAlong += this.lineBytes - asked;
      else this.books.linesInVain++;
    }
  }
}

/** A small generator of numbers below `n` (numerical recipes' LCG). */
function random(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * n);
  };
}

for (const lineBytes of [32, 64, 128] as const) {
  Deno.test(`memory with lines of ${lineBytes} bytes is the naive model, after any operations`, () => {
    for (let seed = 1; seed <= 10; seed++) {
      const next = random(seed);
      const model: CacheModel = { lineBytes, pageBytes: 4096, selfSnooping: false, evictor: null };
      const bytes = 3 * 4096;
      const memory = new AnonymousMemory(model, bytes);
      const naive = new NaiveMemory(bytes, lineBytes);
      for (let step = 0; step < 50; step++) {
        const offset = next(bytes);
        const length = next(3) === 0
          ? next(bytes - offset + 1)
          : Math.min(next(200), bytes - offset);
        const value = next(4);
        const written = new Uint8Array(length).fill(value);
        const read = new Uint8Array(length);
        const range = Array.from({ length }, (_, i) => offset + i);
        switch (next(7)) {
          case 0:
            memory.writeCpu("write-back", offset, written);
            range.forEach((at) => naive.cpuWrite(at, value));
            break;
          case 1:
            memory.writeDevice(false, offset, written);
            range.forEach((at) => naive.ramWrite(at, value));
            break;
          case 2:
            memory.readCpu("write-back", offset, read);
            assertEquals([...read], range.map((at) => naive.cpuRead(at)));
            break;
          case 3:
            memory.readDevice(false, offset, read);
            assertEquals([...read], range.map((at) => naive.deviceRead(at)));
            break;
          case 4:
            memory.clean(offset, length);
            naive.maintain(offset, length, "clean");
            break;
          case 5:
            memory.invalidate(offset, length);
            naive.maintain(offset, length, "invalidate");
            break;
          default:
            memory.cleanInvalidate(offset, length);
            naive.maintain(offset, length, "both");
        }
      }
      assertEquals(memory.books, naive.books, `books, seed ${seed}`);
      const ram = new Uint8Array(bytes);
      memory.readDevice(true, 0, ram);
      const seen = naive.ram.map((value, at) =>
        naive.lines.get(Math.floor(at / lineBytes))?.data[at % lineBytes] ?? value
      );
      assertEquals([...ram], seen, `what a snooping reader sees, seed ${seed}`);
      const different = memory.stale(0, bytes).reduce((sum, { length }) => sum + length, 0);
      assertEquals(different, seen.filter((value, at) => value !== naive.ram[at]).length);
    }
  });
}
