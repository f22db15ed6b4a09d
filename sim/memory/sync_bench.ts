// What a flush of 64 bytes costs in a small buffer and in a huge one: the same.
import { Clock } from "../clock.ts";
import { AnonymousMemory } from "./anonymous_memory.ts";
import type { CacheModel } from "./cache_model.ts";

const model: CacheModel = {
  lineBytes: 64,
  pageBytes: 4096,
  selfSnooping: false,
  evictor: null,
  clock: new Clock(),
};
const LINE = new Uint8Array(64).fill(1);
const MIDDLE = 2 ** 35;

/** Measures a write of one line at `at` and a flush from there, `touched` pages being in use. */
function bench(name: string, bytes: number, at: number, touched: number, length = 64): void {
  const memory = new AnonymousMemory(model, bytes);
  for (let page = 0; page < touched; page++) memory.writeCpu("write-back", at + page * 4096, LINE);
  const flush = (): void => {
    memory.writeCpu("write-back", at, LINE);
    memory.clean(at, length);
  };
  // Compiled before the first is measured.
  for (let i = 0; i < 20_000; i++) flush();
  Deno.bench({ name, group: "flush", baseline: bytes === 4096, fn: flush });
}

bench("64 B of 4 KiB", 4096, 0, 1);
bench("64 B of 64 GiB, one page touched", 2 ** 36, MIDDLE, 1);
bench("64 B of 64 GiB, 16 MiB touched", 2 ** 36, MIDDLE, 4096);
bench("64 KiB of 64 GiB, 16 MiB touched", 2 ** 36, MIDDLE, 4096, 2 ** 16);
