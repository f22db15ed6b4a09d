/**
 * The memory against an independent, naive model (`_naive_memory.ts`): whatever is done in whatever
 * order, what everybody reads, RAM, the lines' states and the books are the same.
 */
import { assert, assertEquals } from "@std/assert";
import { Clock } from "../clock.ts";
import { NaiveJob, NaiveMemory } from "./_naive_memory.ts";
import { AnonymousMemory } from "./anonymous_memory.ts";
import { countBits, hasBit } from "./bitmap.ts";
import { type CacheModel, type Coherency, seededEvictor } from "./cache_model.ts";
import { JobCache } from "./job_cache.ts";

/** A small generator of numbers below `n` (numerical recipes' LCG). */
function random(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * n);
  };
}

interface Options {
  readonly seed: number;
  readonly lineBytes: number;
  readonly pageBytes: number;
  readonly pages: number;
  readonly steps: number;
  /** The devices that have jobs. */
  readonly devices: readonly Coherency[];
  /** One dirty line in so many leaves the cache early; 0: none. */
  readonly evictOneIn: number;
  /** Only what loses no byte, and after it every reader gets what was written last. */
  readonly lossless: boolean;
}

/** One of the two that do the same. */
interface Both {
  readonly real: JobCache;
  readonly naive: NaiveJob;
}

/** Does random operations on both and compares. */
function compare(options: Options): void {
  const { seed, lineBytes, pageBytes, pages, devices, evictOneIn, lossless } = options;
  const next = random(seed);
  const bytes = pages * pageBytes;
  const evictor = () => evictOneIn === 0 ? null : seededEvictor(seed, evictOneIn);
  const model: CacheModel = {
    lineBytes,
    pageBytes,
    selfSnooping: false,
    evictor: evictor(),
    clock: new Clock(),
  };
  const memory = new AnonymousMemory(model, bytes);
  const naive = new NaiveMemory(bytes, lineBytes, pageBytes, evictor());
  const jobs = new Map<number, Both>();
  const last = new Uint8Array(bytes);
  const start = model.clock.now;

  for (let step = 0; step < options.steps; step++) {
    const at = `seed ${seed}, step ${step}`;
    const offset = next(bytes);
    const length = next(8) === 0
      ? next(bytes - offset + 1)
      : Math.min(next(3 * lineBytes), bytes - offset);
    const value = next(250) + 1;
    const range = Array.from({ length }, (_, i) => offset + i);
    const written = new Uint8Array(length).fill(value);
    const read = new Uint8Array(length);
    const device = next(devices.length);
    const coherent = next(2) === 0;
    const job = jobs.get(device);
    const wrote = (): void => void last.fill(value, offset, offset + length);
    const sees = (wanted: number[]): void => {
      assertEquals([...read], wanted, at);
      if (lossless) assertEquals(read, last.slice(offset, offset + length), `newest, ${at}`);
    };
    switch (next(lossless ? 8 : 14)) {
      case 0:
        memory.writeCpu("write-back", offset, written);
        naive.cpuWrite(offset, length, value);
        wrote();
        break;
      case 1:
        memory.readCpu("write-back", offset, read);
        sees(range.map((byte) => naive.cpuRead(byte)));
        break;
      case 2:
        memory.clean(offset, length);
        naive.maintain(offset, length, "clean");
        break;
      case 3:
        memory.cleanInvalidate(offset, length);
        naive.maintain(offset, length, "both");
        break;
      case 4:
        if (jobs.size > 0) break;
        memory.move("existing");
        naive.move();
        break;
      case 5:
        if (job === undefined) {
          const coherency = devices[device] ?? "none";
          const both = { real: new JobCache(memory, coherency), naive: new NaiveJob(coherency) };
          naive.jobs.push(both.naive);
          jobs.set(device, both);
        } else {
          job.real.end();
          naive.jobEnd(job.naive);
          jobs.delete(device);
        }
        break;
      case 6:
        if (job === undefined) break;
        job.real.read(offset, read);
        sees(range.map((byte) => naive.jobRead(job.naive, byte)));
        break;
      case 7:
        if (job === undefined) break;
        job.real.write(offset, written);
        range.forEach((byte) => naive.jobWrite(job.naive, byte, value));
        wrote();
        break;
      case 8:
        memory.invalidate(offset, length);
        naive.maintain(offset, length, "invalidate");
        break;
      case 9:
        memory.writeDevice(coherent, offset, written);
        range.forEach((byte) => naive.deviceWrite(byte, value, coherent));
        break;
      case 10:
        memory.readDevice(coherent, offset, read);
        sees(range.map((byte) => naive.deviceRead(byte, coherent)));
        break;
      case 11:
        memory.writeCpu("write-combined", offset, written);
        range.forEach((byte) => naive.ramWrite(byte, value));
        break;
      case 12:
        memory.readCpu("uncached", offset, read);
        sees(range.map((byte) => naive.pastRead(byte)));
        break;
      default:
        memory.fillCpu("write-back", offset, length, value);
        naive.cpuWrite(offset, length, value);
    }
    if (step % 5 === 0) checkStates(memory, naive, options, at);
  }
  checkStates(memory, naive, options, `seed ${seed}, at the end`);
  assertEquals(memory.books, naive.books, `books, seed ${seed}`);
  assertEquals(model.clock.now - start, BigInt(naive.books.nanoseconds), `time, seed ${seed}`);
  const stale = memory.stale(0, bytes).reduce((sum, range) => sum + range.length, 0);
  const different = naive.ram.filter((value, at) => naive.snooped(at) !== value).length;
  assertEquals(stale, different, `stale, seed ${seed}`);
}

/** RAM and each line's state; no line in two states. */
function checkStates(
  memory: AnonymousMemory,
  naive: NaiveMemory,
  { lineBytes, pageBytes, pages, lossless }: Options,
  at: string,
): void {
  for (let index = 0; index < pages; index++) {
    const page = memory.peek(index);
    const base = index * pageBytes;
    const ram = page?.ram ?? new Uint8Array(pageBytes);
    assert(ram.every((byte, i) => byte === naive.ram[base + i]), `RAM of page ${index}, ${at}`);
    const { states = null, jobs = [] } = page ?? {};
    for (let line = 0; line < pageBytes / lineBytes; line++) {
      const [from, to] = [line * lineBytes, (line + 1) * lineBytes];
      const present = states !== null && hasBit(states.present, line);
      const dirty = states !== null && hasBit(states.dirty, line);
      const written = states === null ? 0 : countBits(states.written, from, to);
      const wanted = naive.lines.get(base / lineBytes + line);
      assertEquals([present, dirty], [wanted !== undefined, wanted?.dirty ?? false], at);
      assert(present || !dirty, `line ${line} is dirty and absent, ${at}`);
      assert(dirty || written === 0, `line ${line} is clean and written, ${at}`);
      const owners = jobs.filter(({ states: held }) => {
        const holds = countBits(held.written, from, to) > 0;
        assert(!holds || hasBit(held.present, line), `a job wrote an absent line, ${at}`);
        return holds;
      });
      // Under full coherency a line has one owner.
      if (lossless) assert(owners.length + (dirty ? 1 : 0) <= 1, `two owners, ${at}`);
    }
  }
}

const mixed: readonly Coherency[] = ["none", "none", "io-coherent", "full"];

for (const lineBytes of [32, 64, 128] as const) {
  for (const evictOneIn of [0, 3]) {
    const evicting = evictOneIn === 0 ? "without eviction" : "with lines that leave early";
    Deno.test(`memory with lines of ${lineBytes} bytes, ${evicting}, is the naive model after any operations`, () => {
      for (let seed = 1; seed <= 40; seed++) {
        compare({
          seed,
          lineBytes,
          pageBytes: 256,
          pages: 3,
          steps: 80,
          devices: mixed,
          evictOneIn,
          lossless: false,
        });
      }
    });
  }
}

for (const pageBytes of [4096, 16_384, 65_536] as const) {
  Deno.test(`memory with pages of ${pageBytes} bytes is the naive model after any operations`, () => {
    for (let seed = 100; seed < 103; seed++) {
      compare({
        seed,
        lineBytes: 64,
        pageBytes,
        pages: 2,
        steps: 12,
        devices: mixed,
        evictOneIn: 4,
        lossless: false,
      });
    }
  });
}

Deno.test("no byte is lost, and full coherency gives everybody what was written last", () => {
  for (let seed = 1; seed <= 100; seed++) {
    compare({
      seed,
      lineBytes: 64,
      pageBytes: 512,
      pages: 2,
      steps: 80,
      devices: ["full", "full"],
      evictOneIn: seed % 2 === 0 ? 3 : 0,
      lossless: true,
    });
  }
});
