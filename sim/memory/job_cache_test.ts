import { assertEquals } from "@std/assert";
import { Clock } from "../clock.ts";
import { AnonymousMemory } from "./anonymous_memory.ts";
import type { CacheModel, Coherency } from "./cache_model.ts";
import { JobCache } from "./job_cache.ts";

const arm: CacheModel = {
  lineBytes: 64,
  pageBytes: 4096,
  selfSnooping: false,
  evictor: null,
  clock: new Clock(),
};

Deno.test("after its end a job's cache holds no line of any page", () => {
  const memory = new AnonymousMemory(arm, 3 * 4096);
  const job = new JobCache(memory, "none");
  job.write(4000, new Uint8Array(200).fill(1));
  job.read(8190, new Uint8Array(10));
  const held = (): number[] => [0, 1, 2].map((index) => memory.peek(index)?.jobs.length ?? 0);
  assertEquals(held(), [1, 1, 1]);
  job.end();
  assertEquals(held(), [0, 0, 0]);
  assertEquals(memory.page(0).ram.subarray(3998, 4002), new Uint8Array([0, 0, 1, 1]));
  // It is empty: what it had read before is fetched anew.
  memory.writeDevice(false, 4000, new Uint8Array([5]));
  const read = new Uint8Array(1);
  job.read(4000, read);
  assertEquals([...read], [5]);
});

Deno.test("a device's write past its cache takes the lines of a fully coherent job, and of no other", () => {
  const read = (coherency: Coherency): number[] => {
    const memory = new AnonymousMemory(arm, 4096);
    const job = new JobCache(memory, coherency);
    job.write(0, new Uint8Array([1, 1]));
    memory.writeDevice(true, 1, new Uint8Array([2]));
    const into = new Uint8Array(2);
    job.read(0, into);
    return [...into];
  };
  assertEquals([read("none"), read("io-coherent"), read("full")], [[1, 1], [1, 1], [1, 2]]);
});

Deno.test("a byte is not stale where a job wrote the value that everybody sees anyway", () => {
  const memory = new AnonymousMemory(arm, 4096);
  memory.writeDevice(false, 0, new Uint8Array([7, 7]));
  new JobCache(memory, "none").write(0, new Uint8Array([7, 8]));
  memory.readCpu("uncached", 0, new Uint8Array(2));
  assertEquals([memory.books.staleBytesReadByCpu, memory.books.staleBytesHeldByJobs], [1, 1]);
});

Deno.test("bytes that two jobs wrote are neither's: reading one's own or the other's is not stale", () => {
  const memory = new AnonymousMemory(arm, 4096);
  const [a, b] = [new JobCache(memory, "none"), new JobCache(memory, "none")];
  a.write(0, new Uint8Array([1]));
  b.write(0, new Uint8Array([2]));
  a.read(0, new Uint8Array(1));
  b.read(0, new Uint8Array(1));
  assertEquals(memory.books.staleBytesReadByDevice, 0);
  memory.readDevice(false, 0, new Uint8Array(1));
  assertEquals([memory.books.staleBytesReadByDevice, memory.books.staleBytesHeldByJobs], [1, 1]);
});
