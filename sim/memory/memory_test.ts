import { assertEquals } from "@std/assert";
import { Clock } from "../clock.ts";
import { AnonymousMemory } from "./anonymous_memory.ts";
import { type CacheModel, seededEvictor } from "./cache_model.ts";
import { syncForCpu, syncForDevice } from "./dma_sync.ts";
import type { Memory } from "./memory.ts";
import { PrivateMemory } from "./private_memory.ts";
import { SplicedMemory } from "./spliced_memory.ts";

const arm: CacheModel = {
  lineBytes: 64,
  pageBytes: 4096,
  selfSnooping: false,
  evictor: null,
  clock: new Clock(),
};

function bytes(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}
function cpu(memory: Memory, offset: number, length: number): number[] {
  const into = new Uint8Array(length);
  memory.readCpu("write-back", offset, into);
  return [...into];
}
function device(memory: Memory, offset: number, length: number, coherent = false): number[] {
  const into = new Uint8Array(length);
  memory.readDevice(coherent, offset, into);
  return [...into];
}
function stale(memory: Memory): string[] {
  return memory.stale(0, memory.bytes).map(({ offset, length }) => `${offset}..${offset + length}`);
}

Deno.test("a write-back write stays in the cache until its lines are cleaned", () => {
  const memory = new AnonymousMemory(arm, 8192);
  memory.writeCpu("write-back", 100, bytes(10, 7));
  assertEquals(device(memory, 100, 10), new Array(10).fill(0));
  assertEquals(stale(memory), ["100..110"]);
  memory.clean(100, 10);
  assertEquals(device(memory, 100, 10), new Array(10).fill(7));
  assertEquals(stale(memory), []);
});

Deno.test("clean() writes back exactly the lines that the range touches", () => {
  const memory = new AnonymousMemory(arm, 8192);
  memory.writeCpu("write-back", 0, bytes(8192, 1));
  // From the last byte of line 0 to the first of line 65, over a page's end.
  memory.clean(63, 64 * 64 + 2);
  assertEquals(stale(memory), [`${66 * 64}..8192`]);
  assertEquals(memory.books.linesTouched, 66);
  assertEquals(memory.books.linesCleaned, 66);
  assertEquals(memory.books.bytesCarriedAlong, 63 + 63);
  assertEquals(memory.books.linesInVain, 0);
});

Deno.test("clean() of lines that are not dirty is in vain and carries nothing along", () => {
  const memory = new AnonymousMemory(arm, 1 << 36);
  memory.clean(100, 64);
  assertEquals(memory.books, {
    bytesAsked: 0,
    linesTouched: 2,
    linesCleaned: 0,
    linesInvalidated: 0,
    dirtyBytesDiscarded: 0,
    bytesCarriedAlong: 0,
    linesInVain: 2,
    staleBytesReadByDevice: 0,
    staleBytesReadByCpu: 0,
    staleBytesHeldByJobs: 0,
    faults: 0,
    pagesShotDown: 0,
    pagesMoved: 0,
    nanoseconds: 20,
  });
});

Deno.test("write-combined writes reach RAM at once, on arm64 past a cached copy", () => {
  const memory = new AnonymousMemory(arm, 4096);
  cpu(memory, 0, 64);
  memory.writeCpu("write-combined", 0, bytes(4, 9));
  assertEquals(device(memory, 0, 4), [9, 9, 9, 9]);
  assertEquals(cpu(memory, 0, 4), [0, 0, 0, 0]);
  assertEquals(memory.books.staleBytesReadByCpu, 4);
});

Deno.test("on a self-snooping processor write-combined accesses see and update the caches", () => {
  const memory = new AnonymousMemory({ ...arm, selfSnooping: true }, 4096);
  memory.writeCpu("write-back", 0, bytes(4, 5));
  const into = new Uint8Array(4);
  memory.readCpu("write-combined", 0, into);
  assertEquals([...into], [5, 5, 5, 5]);
  memory.writeCpu("write-combined", 0, bytes(2, 9));
  assertEquals(cpu(memory, 0, 4), [9, 9, 5, 5]);
});

Deno.test("invalidate() discards whole dirty lines and cleans partly covered ones first", () => {
  const memory = new AnonymousMemory(arm, 4096);
  memory.writeCpu("write-back", 0, bytes(256, 3));
  memory.invalidate(32, 192); // half of line 0, lines 1 and 2, half of line 3
  assertEquals(device(memory, 0, 64), new Array(64).fill(3));
  assertEquals(device(memory, 64, 128), new Array(128).fill(0));
  assertEquals(device(memory, 192, 64), new Array(64).fill(3));
  assertEquals(cpu(memory, 64, 4), [0, 0, 0, 0]);
  assertEquals(memory.books.dirtyBytesDiscarded, 128);
  assertEquals(memory.books.linesInvalidated, 4);
  assertEquals(memory.books.linesCleaned, 2);
  assertEquals(memory.books.bytesCarriedAlong, 64);
});

Deno.test("a range inside one line is an edge at both ends", () => {
  const memory = new AnonymousMemory(arm, 4096);
  memory.writeCpu("write-back", 0, bytes(64, 3));
  memory.invalidate(16, 8);
  assertEquals(device(memory, 0, 64), new Array(64).fill(3));
  assertEquals(memory.books.linesTouched, 1);
  assertEquals(memory.books.bytesCarriedAlong, 56);
});

Deno.test("two writers in one line: the CPU's write-back overwrites the device's neighbour", () => {
  const memory = new AnonymousMemory(arm, 4096);
  memory.writeCpu("write-back", 0, bytes(32, 1));
  memory.writeDevice(false, 32, bytes(32, 2));
  memory.clean(0, 32);
  assertEquals(device(memory, 32, 32), new Array(32).fill(0));
});

Deno.test("a forgotten invalidate leaves the CPU with old bytes, and the books count them", () => {
  const memory = new AnonymousMemory(arm, 4096);
  cpu(memory, 0, 64);
  memory.writeDevice(false, 8, bytes(4, 6));
  assertEquals(cpu(memory, 0, 12), new Array(12).fill(0));
  assertEquals(memory.books.staleBytesReadByCpu, 4);
  memory.invalidate(0, 64);
  assertEquals(cpu(memory, 8, 4), [6, 6, 6, 6]);
});

Deno.test("device reads of bytes that the CPU holds newer are counted by value", () => {
  const memory = new AnonymousMemory(arm, 4096);
  memory.writeCpu("write-back", 0, bytes(8, 0)); // the value that RAM has
  memory.writeCpu("write-back", 8, bytes(8, 1));
  device(memory, 0, 64);
  assertEquals(memory.books.staleBytesReadByDevice, 8);
});

Deno.test("a coherent device sees dirty lines, and its writes take lines out", () => {
  const memory = new AnonymousMemory(arm, 4096);
  memory.writeCpu("write-back", 0, bytes(64, 1));
  assertEquals(device(memory, 0, 4, true), [1, 1, 1, 1]);
  memory.writeDevice(true, 0, bytes(4, 2));
  assertEquals(cpu(memory, 0, 8), [2, 2, 2, 2, 1, 1, 1, 1]);
  assertEquals(memory.books.staleBytesReadByCpu, 0);
});

Deno.test("sync follows arm64's directions", () => {
  const dirty = (): AnonymousMemory => {
    const memory = new AnonymousMemory(arm, 4096);
    memory.writeCpu("write-back", 0, bytes(64, 1));
    return memory;
  };
  const toCpu = (direction: "to-device" | "from-device" | "bidirectional"): number => {
    const memory = dirty();
    syncForCpu(memory, false, direction, 0, 64);
    return memory.books.dirtyBytesDiscarded;
  };
  assertEquals(toCpu("to-device"), 0);
  assertEquals(toCpu("from-device"), 64);
  assertEquals(toCpu("bidirectional"), 64);
  const memory = dirty();
  syncForDevice(memory, true, 0, 64);
  assertEquals(memory.books.linesTouched, 0);
  syncForDevice(memory, false, 0, 64);
  assertEquals(memory.books.linesCleaned, 1);
});

Deno.test("64 GiB that nobody touches cost no page, and a sync of one line touches one", () => {
  const memory = new AnonymousMemory(arm, 2 ** 36);
  memory.clean(0, 2 ** 36);
  assertEquals(memory.touchedPages(0, 2 ** 24), []);
  memory.writeCpu("write-back", 2 ** 35, bytes(64, 1));
  memory.clean(2 ** 35, 64);
  assertEquals(memory.touchedPages(0, 2 ** 24), [2 ** 23]);
  assertEquals(device(memory, 2 ** 35, 1), [1]);
});

/** Counts the pages that operations look at. */
class CountingMemory extends AnonymousMemory {
  visited = 0;
  override peek(index: number): ReturnType<AnonymousMemory["peek"]> {
    this.visited++;
    return super.peek(index);
  }
  override touchedPages(first: number, end: number): number[] {
    this.visited += end - first;
    return super.touchedPages(first, end);
  }
}

Deno.test("what a flush visits follows its range, not the buffer: lines, pages, and time", () => {
  const flushed = (bytes: number, offset: number, length: number): number[] => {
    const clock = new Clock();
    const memory = new CountingMemory({ ...arm, clock }, bytes);
    for (let page = 0; page < Math.min(bytes, 2 ** 26); page += 4096) {
      memory.writeCpu("write-back", page, new Uint8Array(4096).fill(1));
    }
    memory.visited = 0;
    const start = clock.now;
    memory.clean(offset, length);
    return [memory.books.linesTouched, memory.visited, Number(clock.now - start)];
  };
  for (const bytes of [4096, 2 ** 36]) {
    assertEquals(flushed(bytes, 128, 64), [1, 2, 10]);
    assertEquals(flushed(bytes, 100, 64), [2, 2, 20]);
    assertEquals(flushed(bytes, 0, 4096), [64, 2, 640]);
  }
  assertEquals(flushed(2 ** 36, 4096, 64 * 4096), [64 * 64, 128, 40_960]);
});

Deno.test("pages that move keep what RAM and the CPU's cache held, as other pages", () => {
  const memory = new AnonymousMemory(arm, 4 * 4096);
  memory.writeDevice(false, 0, bytes(64, 1));
  memory.writeCpu("write-back", 4096, bytes(64, 2));
  const before = [memory.peek(0), memory.peek(1)];
  memory.move("existing");
  assertEquals([memory.peek(0) === before[0], memory.peek(1) === before[1]], [false, false]);
  assertEquals(memory.peek(2), null);
  assertEquals(device(memory, 0, 2), [1, 1]);
  assertEquals(device(memory, 4096, 2), [2, 2]);
  assertEquals(cpu(memory, 4096, 2), [2, 2]);
  assertEquals([memory.books.pagesMoved, memory.books.nanoseconds], [2, 2 * 1024]);
  memory.move("all");
  assertEquals([memory.books.pagesMoved, memory.books.nanoseconds], [6, 6 * 1024]);
});

Deno.test("maps of every caching see one memory: uncached writes are seen past the cache at once", () => {
  const memory = new AnonymousMemory(arm, 4096);
  const past = (caching: "write-combined" | "uncached"): number[] => {
    const into = new Uint8Array(1);
    memory.readCpu(caching, 0, into);
    return [...into];
  };
  memory.writeCpu("uncached", 0, bytes(1, 1));
  assertEquals([past("write-combined"), past("uncached"), cpu(memory, 0, 1)], [[1], [1], [1]]);
  // The cached map writes: until its line is cleaned the others are behind, and the books say so.
  memory.writeCpu("write-back", 0, bytes(1, 2));
  assertEquals([past("write-combined"), past("uncached"), cpu(memory, 0, 1)], [[1], [1], [2]]);
  assertEquals(memory.books.staleBytesReadByCpu, 2);
  memory.clean(0, 1);
  assertEquals([past("write-combined"), past("uncached")], [[2], [2]]);
});

Deno.test("spliced memory is the pages it was made of, with books of its own", () => {
  const source = new AnonymousMemory(arm, 4 * 4096);
  const spliced = new SplicedMemory(
    { memory: source, first: 3, pages: 1 },
    { memory: source, first: 0, pages: 2 },
  );
  source.writeCpu("write-back", 3 * 4096, bytes(4, 8));
  assertEquals(cpu(spliced, 0, 4), [8, 8, 8, 8]);
  spliced.writeCpu("write-back", 2 * 4096 - 2, bytes(4, 5)); // over a splice's page end
  assertEquals(cpu(source, 4094, 4), [5, 5, 5, 5]);
  assertEquals(spliced.touchedPages(0, 3), [0, 1, 2]);
  spliced.clean(0, spliced.bytes);
  assertEquals(device(source, 3 * 4096, 1), [8]);
  assertEquals(source.books.linesTouched, 0);
});

Deno.test("private memory copies a page when it is written, and not before", () => {
  const shared = new AnonymousMemory(arm, 8192);
  const copy = new PrivateMemory(shared);
  shared.writeCpu("write-back", 0, bytes(4, 1));
  assertEquals(cpu(copy, 0, 4), [1, 1, 1, 1]);
  copy.breakSharing(0, 2);
  copy.writeCpu("write-back", 0, bytes(2, 2));
  shared.writeCpu("write-back", 2, bytes(2, 3));
  assertEquals(cpu(copy, 0, 4), [2, 2, 1, 1]);
  assertEquals(cpu(shared, 0, 4), [1, 1, 3, 3]);
});

Deno.test("shrinking memory forgets its pages and clears the rest of the last one", () => {
  const memory = new AnonymousMemory(arm, 8192);
  memory.writeCpu("write-back", 0, bytes(8192, 1));
  memory.resize(10);
  memory.resize(8192);
  assertEquals(cpu(memory, 8, 4), [1, 1, 0, 0]);
  assertEquals(cpu(memory, 4096, 1), [0]);
});

Deno.test("an evictor lets lines leak out early, the same ones for the same seed", () => {
  const run = (seed: number): string[] => {
    const memory = new AnonymousMemory({ ...arm, evictor: seededEvictor(seed, 4) }, 4096);
    memory.writeCpu("write-back", 0, bytes(4096, 1));
    return stale(memory);
  };
  assertEquals(run(1), run(1));
  const leaked = (seed: number): boolean => run(seed).join() !== "0..4096";
  assertEquals(leaked(1), true);
  assertEquals(run(1).length > 0, true);
});
