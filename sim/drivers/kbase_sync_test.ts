/** kbase: MEM_SYNC over the caches, and dma-bufs that come in. */
import { assertEquals } from "@std/assert";
import { MAP_SHARED, O_CLOEXEC, O_RDONLY } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
import {
  allocateHeap,
  beginJob,
  bytesOf,
  deviceRead,
  deviceSide,
  deviceWrite,
  endJob,
  kernelOf,
  kernelWith,
  map,
  mapOutcome,
  openNode,
} from "../_test_kit.ts";
import {
  ALL,
  allocate,
  CACHED,
  context,
  CPU_RD,
  CPU_WR,
  CSYNC,
  FIRST_COOKIE,
  GPU_EX,
  GPU_RD,
  GPU_WR,
  imported,
  importFd,
  MSYNC,
  PAGE,
  query,
  syncOutcome,
} from "./_kbase_test_kit.ts";

const LINE = 32;

function fill(mapping: Mapping, value: number, offset = 0, length = mapping.length): void {
  mapping.write(offset, new Uint8Array(length).fill(value));
}

function read(kernel: Kernel, fd: number, handle: number, offset: number, length = 1): number[] {
  return [...deviceRead(kernel, fd, handle, offset, length)];
}

Deno.test("a cached write is stale to the GPU until MSYNC has its very lines, of 32 bytes", () => {
  const { kernel, fd } = context();
  const { mapping, address, handle } = allocate(kernel, fd, ALL | CACHED);
  fill(mapping, 0xaa, 0, 4 * LINE);
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, address + 32n, LINE), "ok");
  assertEquals(
    [0, 1, 2, 3].map((line) => read(kernel, fd, handle, line * LINE)[0]),
    [0, 0xaa, 0, 0],
  );
  assertEquals(deviceSide(kernel).stale(fd, handle, 0, 4 * LINE), [
    { offset: 0, length: LINE },
    { offset: 2 * LINE, length: 2 * LINE },
  ]);
  // One byte takes its line along.
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, address + 95n, 1), "ok");
  assertEquals(read(kernel, fd, handle, 2 * LINE), [0xaa]);
});

Deno.test("the CPU reads what it read before until CSYNC; a line beside stays stale", () => {
  const { kernel, fd } = context();
  const { mapping, address, handle } = allocate(kernel, fd, ALL | CACHED);
  assertEquals([...bytesOf(mapping, 0, 2 * LINE)], new Array(2 * LINE).fill(0));
  deviceWrite(kernel, fd, handle, 0, 1);
  deviceWrite(kernel, fd, handle, LINE, 2);
  assertEquals([...bytesOf(mapping, 0, 1)], [0]);
  assertEquals(syncOutcome(kernel, fd, CSYNC, address, address, LINE), "ok");
  assertEquals([bytesOf(mapping, 0, 1)[0], bytesOf(mapping, LINE, 1)[0]], [1, 0]);
});

Deno.test("CSYNC drops dirty lines that it covers, and cleans those that it covers in part", () => {
  const { kernel, fd } = context();
  const { mapping, address, handle } = allocate(kernel, fd, ALL | CACHED);
  fill(mapping, 0xaa, 0, 3 * LINE);
  assertEquals(syncOutcome(kernel, fd, CSYNC, address, address + 16n, 2 * LINE), "ok");
  // The first and the last line are covered by half: written back; the middle one is lost.
  assertEquals([0, LINE, 2 * LINE].map((at) => bytesOf(mapping, at, 1)[0]), [0xaa, 0, 0xaa]);
  assertEquals(read(kernel, fd, handle, 0), [0xaa]);
});

Deno.test("write-combined memory is seen at once; MEM_SYNC of it looks at no address", () => {
  const { kernel, fd } = context();
  const { mapping, address, handle } = allocate(kernel, fd, ALL);
  fill(mapping, 0xaa, 0, 4);
  assertEquals(read(kernel, fd, handle, 0), [0xaa]);
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, 0n, 1n << 40n), "ok");
  const books = deviceSide(kernel).books(fd, handle);
  assertEquals(typeof books === "object" && [books.bytesAsked, books.linesTouched], [0, 0]);
});

Deno.test("MEM_SYNC refuses in its order", () => {
  const { kernel, fd } = context();
  const { mapping, address } = allocate(kernel, fd, ALL | CACHED, 2);
  const bytes = 2 * PAGE;
  const rows: readonly [string, string, number, bigint, bigint, number | bigint][] = [
    ["ok", "all", MSYNC, address, address, bytes],
    ["ok", "a handle inside", MSYNC, address + 4096n, address, 1],
    ["EINVAL", "a handle between pages", MSYNC, address + 1n, address, 1],
    ["EINVAL", "no type", 0, address, address, 1],
    ["EINVAL", "both types", 3, address, address, 1],
    ["EINVAL", "no region", MSYNC, 0n, address, 1],
    ["EINVAL", "a cookie", MSYNC, FIRST_COOKIE, address, 1],
    ["EINVAL", "no mapping", MSYNC, address, 0n, 1],
    ["EINVAL", "no bytes", MSYNC, address, address + 64n, 0],
    ["EINVAL", "a byte too many", MSYNC, address, address, bytes + 1],
    ["EINVAL", "before it", MSYNC, address, address - 1n, 1],
    ["EINVAL", "behind it", MSYNC, address, address + BigInt(bytes), 1],
    ["EINVAL", "a size that wraps", MSYNC, address, address + 64n, (1n << 64n) - 1n],
  ];
  for (const [expected, what, type, handle, at, size] of rows) {
    assertEquals(syncOutcome(kernel, fd, type, handle, at, size), expected, what);
  }
  mapping.unmap();
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, address, 1), "EINVAL");
});

Deno.test("the address gives an offset, the handle says whose bytes: another mapping does as well", () => {
  const { kernel, fd } = context();
  const one = allocate(kernel, fd, ALL | CACHED);
  const other = allocate(kernel, fd, ALL | CACHED, 2);
  const again = map(kernel, fd, PAGE, one.address);
  fill(one.mapping, 1, 0, 64);
  assertEquals(syncOutcome(kernel, fd, MSYNC, one.address, again.address + 32n, 32), "ok");
  assertEquals(read(kernel, fd, one.handle, 32), [1]);
  assertEquals(syncOutcome(kernel, fd, MSYNC, one.address, other.address, 32), "ok");
  assertEquals(read(kernel, fd, one.handle, 0), [1]);
  // An offset that the one has and the other has not.
  const far = other.address + BigInt(PAGE);
  assertEquals(syncOutcome(kernel, fd, MSYNC, one.address, far, 32), "EINVAL");
  // Memory of the process that is not kbase's.
  const heap = map(kernel, allocateHeap(kernel, PAGE), PAGE);
  assertEquals(syncOutcome(kernel, fd, MSYNC, one.address, heap.address, 32), "EINVAL");
  assertEquals(
    syncOutcome(kernel, context(kernel).fd, MSYNC, one.address, one.address, 1),
    "EINVAL",
  );
});

Deno.test("coherency is a buffer's: without COHERENT_SYSTEM a coherent GPU does not snoop", () => {
  const { kernel, fd } = context(kernelWith("kbase", { coherency: "io-coherent" }));
  const snooped = allocate(kernel, fd, ALL | CACHED | 0x400n);
  const plain = allocate(kernel, fd, ALL | CACHED);
  for (const { mapping } of [snooped, plain]) fill(mapping, 5, 0, 4);
  assertEquals(read(kernel, fd, snooped.handle, 0), [5]);
  assertEquals(read(kernel, fd, plain.handle, 0), [0]);
  // The DMA API knows the device for coherent, and does nothing.
  assertEquals(syncOutcome(kernel, fd, MSYNC, plain.address, plain.address, 4), "ok");
  assertEquals(read(kernel, fd, plain.handle, 0), [0]);
});

Deno.test("a job's writes stay in the GPU's cache until it ends, and closing the file ends it", () => {
  const { kernel, fd } = context();
  const { mapping, handle } = allocate(kernel, fd, ALL);
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 3);
  assertEquals([...bytesOf(mapping, 0, 1)], [0]);
  assertEquals(deviceSide(kernel).begin(fd, handle, "write"), -errno.EBUSY);
  endJob(kernel, fd, handle);
  assertEquals([...bytesOf(mapping, 0, 1)], [3]);
});

Deno.test("MEM_IMPORT says ENOMEM to all that it does not like, and gives zeros", () => {
  const { kernel, fd } = context();
  const heap = allocateHeap(kernel, PAGE);
  const rows: readonly [string, Parameters<typeof importFd>[2], Parameters<typeof importFd>[3]][] =
    [
      ["no descriptor", 99, {}],
      ["no dma-buf", openNode(kernel, "/dev/null"), {}],
      ["no flags for the GPU", heap, { flags: CPU_RD | CPU_WR }],
      ["executable", heap, { flags: ALL | GPU_EX }],
      ["growing", heap, { flags: ALL | 0x200n }],
      ["protected, and read by the CPU", heap, { flags: ALL | 0x1_0000n }],
      ["coherency that is not there", heap, { flags: ALL | 0x8000n }],
      ["an unknown bit", heap, { flags: ALL | 1n << 31n }],
      ["an unknown type", heap, { type: 1 }],
    ];
  for (const [what, dmaBuf, asked] of rows) {
    const { result, out } = importFd(kernel, fd, dmaBuf, asked);
    assertEquals([result, out.gpu_va, out.va_pages], [-errno.ENOMEM, 0n, 0n], what);
  }
});

Deno.test("an import is cached, needs its mmap, and may have padding that the dma-buf has not", () => {
  const { kernel, fd } = context();
  const heap = allocateHeap(kernel, 2 * PAGE);
  const { result, out } = importFd(kernel, fd, heap, { padding: 1 });
  assertEquals([result, out.va_pages], [0, 3n]);
  assertEquals(out.flags, ALL | CACHED | 0x4000n);
  assertEquals(mapOutcome(kernel, fd, 2 * PAGE, out.gpu_va), "ENOMEM");
  const mapping = map(kernel, fd, 3 * PAGE, out.gpu_va);
  assertEquals(query(kernel, fd, mapping.address, 3n), ALL | CACHED);
  // The dma-buf's pages can be touched through it, the padding cannot.
  assertEquals(mapping.read(0, new Uint8Array(3 * PAGE)), 2 * PAGE);
  // Twice is twice: no handle is shared.
  assertEquals(importFd(kernel, fd, heap).out.gpu_va, FIRST_COOKIE);
});

Deno.test("a mapping at an import's address is the exporter's, from its start and with its rights", () => {
  const { kernel, fd } = context();
  const heap = allocateHeap(kernel, 2 * PAGE);
  const { address, mapping } = imported(kernel, fd, heap);
  const own = map(kernel, heap, 2 * PAGE);
  own.write(0, Uint8Array.of(4));
  const through = map(kernel, fd, PAGE, address);
  assertEquals([...bytesOf(through, 0, 1)], [4]);
  assertEquals(mapOutcome(kernel, fd, PAGE, address + 4096n), "EINVAL");
  assertEquals(mapOutcome(kernel, fd, 3 * PAGE, address), "ENOMEM");
  // kbase has forgotten it: no MEM_SYNC finds an address in it, nor needs to.
  assertEquals(kernel.readText("/proc/self/maps").toString().includes("/dmabuf:"), true);
  // The dma-buf's access mode is not asked, as the node's is that counts: a way around read-only.
  const readOnly = imported(kernel, fd, allocateHeap(kernel, PAGE, O_RDONLY | O_CLOEXEC));
  assertEquals(mapOutcome(kernel, fd, PAGE, readOnly.address), "ok");
  assertEquals(mapping.unmap(), 0);
  assertEquals(mapOutcome(kernel, fd, PAGE, address), "ENOMEM");
});

Deno.test("MEM_SYNC of an import is the dma-buf's begin and end: whole, whatever the range", () => {
  const { kernel, fd } = context();
  const heap = allocateHeap(kernel, 2 * PAGE);
  const { address, handle } = imported(kernel, fd, heap);
  const own = map(kernel, heap, 2 * PAGE);
  fill(own, 6, 0, 2 * PAGE);
  assertEquals(read(kernel, fd, handle, PAGE), [0]);
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, 0n, 0), "ok");
  assertEquals([read(kernel, fd, handle, 0), read(kernel, fd, handle, PAGE)], [[6], [6]]);
  deviceWrite(kernel, fd, handle, PAGE, 7);
  assertEquals([...bytesOf(own, PAGE, 1)], [6]);
  assertEquals(syncOutcome(kernel, fd, CSYNC, address, 0n, 0), "ok");
  assertEquals([...bytesOf(own, PAGE, 1)], [7]);
});

Deno.test("MEM_SYNC of an import that is mapped on demand is EINVAL between jobs", () => {
  const { kernel, fd } = context(kernelWith("kbase", { mapsImports: "per-job" }));
  const { address, handle, mapping } = imported(kernel, fd, allocateHeap(kernel, PAGE));
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, 0n, 0), "EINVAL");
  // Nor are there pages to touch.
  assertEquals(mapping.read(0, new Uint8Array(1)), 0);
  beginJob(kernel, fd, handle);
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, 0n, 0), "ok");
  endJob(kernel, fd, handle);
  assertEquals(syncOutcome(kernel, fd, MSYNC, address, 0n, 0), "EINVAL");
});

Deno.test("an import holds the dma-buf until its own mapping goes, or its cookie with the file", () => {
  const kernel = kernelOf("kbase");
  const { fd } = context(kernel);
  const heap = allocateHeap(kernel, PAGE);
  const count = (): string | undefined =>
    /count:\t(\d+)/.exec(String(kernel.readText(`/proc/self/fdinfo/${heap}`)))?.[1];
  assertEquals(count(), "1");
  const { mapping } = imported(kernel, fd, heap);
  assertEquals(count(), "2");
  mapping.unmap();
  assertEquals(count(), "1");
  // The tracking page keeps the file open: no mapping is left here that does.
  const other = openNode(kernel, "/dev/mali0");
  assertEquals(other >= 0, true);
  importFd(kernel, fd, heap, { flags: GPU_RD | GPU_WR });
  assertEquals(count(), "2");
  assertEquals(
    kernel.mmap(PAGE, 0, MAP_SHARED, fd, FIRST_COOKIE, "direct") instanceof Object,
    true,
  );
});
