import { assertEquals } from "@std/assert";
import { call } from "../ffi/call.ts";
import { POLLIN, POLLOUT } from "../ffi/constants.ts";
import type { Kernel, Mapping } from "../ffi/kernel.ts";
import { dmaBuf } from "../ffi/uapi/dma_buf.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { panfrost } from "../ffi/uapi/panfrost.ts";
import {
  beginJob,
  booksOf,
  bytesOf,
  createDumb,
  createPanfrost,
  createPanthor,
  deviceRead,
  deviceSide,
  deviceWrite,
  dmaBufSync,
  endJob,
  exportFd,
  importHandle,
  kernelOf,
  kernelWith,
  map,
  mapPanthor,
  mustCall,
  openNode,
  outcome,
  panthorSync,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "./_test_kit.ts";

const WB_MMAP = 2;

interface Bench {
  readonly kernel: Kernel;
  readonly fd: number;
  readonly handle: number;
  readonly mapping: Mapping;
}

/** One panthor buffer of 8 KiB, mapped. */
function bench(kernel: Kernel, flags = 0): Bench {
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const handle = createPanthor(kernel, fd, 8192, flags);
  return { kernel, fd, handle, mapping: mapPanthor(kernel, fd, handle, 8192) };
}

Deno.test("what a job writes stays in the device's cache until the job ends", () => {
  const { kernel, fd, handle, mapping } = bench(kernelOf("panthor"));
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 4090, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  assertEquals(deviceRead(kernel, fd, handle, 4094, 3), new Uint8Array([5, 6, 7]));
  assertEquals(bytesOf(mapping, 4094, 3), new Uint8Array([0, 0, 0]));
  const during = booksOf(kernel, fd, handle);
  assertEquals([during.staleBytesReadByCpu, during.staleBytesHeldByJobs], [3, 3]);
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 4094, 3), new Uint8Array([5, 6, 7]));
  const after = booksOf(kernel, fd, handle);
  assertEquals([after.staleBytesReadByCpu, after.staleBytesReadByDevice], [3, 0]);
});

Deno.test("what a job has read stays as it was, line by line, until the job ends", () => {
  const { kernel, fd, handle, mapping } = bench(kernelOf("panthor"));
  beginJob(kernel, fd, handle, "read");
  deviceRead(kernel, fd, handle, 10, 1);
  mapping.fill(0, 128, 9);
  assertEquals(deviceRead(kernel, fd, handle, 63, 2), new Uint8Array([0, 9]));
  assertEquals(booksOf(kernel, fd, handle).staleBytesReadByDevice, 1);
  endJob(kernel, fd, handle);
  assertEquals(deviceRead(kernel, fd, handle, 63, 2), new Uint8Array([9, 9]));
});

Deno.test("a job writes back the bytes that it wrote, and leaves the rest of their lines", () => {
  const { kernel, fd, handle, mapping } = bench(kernelOf("panthor"));
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 8, 1, 1);
  deviceWrite(kernel, fd, handle, 12, 2);
  mapping.fill(0, 64, 7);
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 6, 8), new Uint8Array([7, 7, 1, 1, 7, 7, 2, 7].slice(0, 8)));
});

Deno.test("on a board that is not coherent a job's result is stale to a cached map until synced", () => {
  const { kernel, fd, handle, mapping } = bench(kernelOf("panthor"), WB_MMAP);
  bytesOf(mapping, 0, 64);
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 5, 6);
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([0, 0]));
  const books = booksOf(kernel, fd, handle);
  assertEquals([books.staleBytesReadByCpu, books.staleBytesHeldByJobs], [2, 0]);
  panthorSync(kernel, fd, { handle, type: 1, offset: 0, size: 2 });
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([5, 6]));
});

Deno.test("an IO-coherent job sees the CPU's cache, and the CPU its result at the end alone", () => {
  const { kernel, fd, handle, mapping } = bench(kernelOf("panthor-coherent"));
  mapping.fill(0, 64, 3);
  beginJob(kernel, fd, handle);
  assertEquals(deviceRead(kernel, fd, handle, 0, 2), new Uint8Array([3, 3]));
  deviceWrite(kernel, fd, handle, 1, 4);
  assertEquals(bytesOf(mapping, 0, 3), new Uint8Array([3, 3, 3]));
  mapping.fill(2, 1, 8);
  assertEquals(deviceRead(kernel, fd, handle, 0, 3), new Uint8Array([3, 4, 3]));
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 4), new Uint8Array([3, 4, 8, 3]));
  const books = booksOf(kernel, fd, handle);
  assertEquals(books.staleBytesReadByCpu, 1);
  assertEquals(books.staleBytesReadByDevice, 1);
  assertEquals(books.linesTouched, 0);
});

Deno.test("a fully coherent job and the CPU see each other's writes at once", () => {
  const { kernel, fd, handle, mapping } = bench(kernelWith("panthor", { coherency: "full" }));
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 1, 2, 3);
  assertEquals(bytesOf(mapping, 0, 3), new Uint8Array([1, 2, 3]));
  mapping.fill(1, 1, 9);
  assertEquals(deviceRead(kernel, fd, handle, 0, 3), new Uint8Array([1, 9, 3]));
  deviceWrite(kernel, fd, handle, 2, 8);
  assertEquals(bytesOf(mapping, 0, 3), new Uint8Array([1, 9, 8]));
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 3), new Uint8Array([1, 9, 8]));
  const books = booksOf(kernel, fd, handle);
  assertEquals([books.staleBytesReadByCpu, books.staleBytesReadByDevice], [0, 0]);
});

Deno.test("another device sees a job's bytes only after its end, and the books tell whose they were", () => {
  const kernel = kernelOf("panthor");
  const { fd, handle } = bench(kernel);
  const card = openNode(kernel, "/dev/dri/card1");
  const imported = importHandle(kernel, card, exportFd(kernel, fd, handle));
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 1, 2);
  assertEquals(deviceRead(kernel, card, imported, 0, 2), new Uint8Array([0, 0]));
  // Both have a job on it now: nothing makes one wait for the other.
  beginJob(kernel, card, imported, "read");
  assertEquals(deviceRead(kernel, card, imported, 0, 2), new Uint8Array([0, 0]));
  const books = booksOf(kernel, fd, handle);
  assertEquals([books.staleBytesReadByDevice, books.staleBytesHeldByJobs], [4, 4]);
  endJob(kernel, fd, handle);
  assertEquals(deviceRead(kernel, card, imported, 0, 2), new Uint8Array([0, 0]));
  endJob(kernel, card, imported);
  assertEquals(deviceRead(kernel, card, imported, 0, 2), new Uint8Array([1, 2]));
});

Deno.test("poll and exported sync_files see a job's fence, a reader's or a writer's", () => {
  const kernel = kernelOf("panthor");
  const { fd, handle } = bench(kernel);
  const db = exportFd(kernel, fd, handle);
  const ready = (descriptor: number): number => {
    const entry = { fd: descriptor, events: POLLIN | POLLOUT, revents: 0 };
    kernel.poll([entry], 0);
    return entry.revents;
  };
  const { EXPORT_SYNC_FILE } = dmaBuf.ioctls;
  const cases = [["read", POLLIN, POLLIN], ["write", 0, 0]] as const;
  for (const [access, wanted, forReaders] of cases) {
    beginJob(kernel, fd, handle, access);
    assertEquals(ready(db), wanted, access);
    const reader = mustCall(kernel, db, EXPORT_SYNC_FILE, { flags: SYNC_READ }).fd;
    const writer = mustCall(kernel, db, EXPORT_SYNC_FILE, { flags: SYNC_WRITE }).fd;
    assertEquals([ready(reader), ready(writer)], [forReaders, 0], access);
    endJob(kernel, fd, handle);
    assertEquals([ready(db), ready(reader), ready(writer)], [POLLIN | POLLOUT, POLLIN, POLLIN]);
  }
});

Deno.test("the signal of a job's fence comes after its cache was written back", () => {
  const kernel = kernelOf("panthor");
  const { fd, handle, mapping } = bench(kernel);
  const db = exportFd(kernel, fd, handle);
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 1);
  const start = kernel.now();
  assertEquals(kernel.poll([{ fd: db, events: POLLIN, revents: 0 }], 40), 0);
  assertEquals(kernel.now() - start, 40_000_000n + 2000n);
  endJob(kernel, fd, handle);
  assertEquals(kernel.poll([{ fd: db, events: POLLIN, revents: 0 }], 40), 1);
  assertEquals(bytesOf(mapping, 0, 1), new Uint8Array([1]));
});

Deno.test("SYNC START during a job is EINTR, as nobody else could end the job; END does not wait", () => {
  const kernel = kernelOf("panthor");
  const { fd, handle } = bench(kernel);
  const db = exportFd(kernel, fd, handle);
  beginJob(kernel, fd, handle, "read");
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_READ)), "ok");
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_WRITE)), "EINTR");
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_WRITE | SYNC_END)), "ok");
  endJob(kernel, fd, handle);
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_WRITE)), "ok");
});

Deno.test("panfrost's WAIT_BO says EBUSY or ETIMEDOUT while a job runs", () => {
  const kernel = kernelOf("panfrost");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const handle = createPanfrost(kernel, fd, 4096);
  const wait = (timeout_ns: bigint): string =>
    outcome(call(kernel, fd, panfrost.ioctls.WAIT_BO, { handle, timeout_ns }).result);
  beginJob(kernel, fd, handle, "read");
  assertEquals(wait(0n), "EBUSY");
  const until = kernel.now() + 30_000_000n;
  assertEquals(wait(until), "ETIMEDOUT");
  assertEquals(kernel.now() >= until, true);
  endJob(kernel, fd, handle);
  assertEquals(wait(0n), "ok");
});

Deno.test("a device has one job on a memory: a second is EBUSY, an end without one EINVAL", () => {
  const kernel = kernelOf("panthor");
  const { fd, handle } = bench(kernel);
  const side = deviceSide(kernel);
  const second = createPanthor(kernel, fd, 4096);
  const other = openNode(kernel, "/dev/dri/renderD128");
  const again = importHandle(kernel, other, exportFd(kernel, fd, handle));
  const null_ = openNode(kernel, "/dev/null");
  assertEquals(outcome(side.end(fd, handle)), "EINVAL");
  assertEquals(outcome(side.begin(fd, handle, "write")), "ok");
  assertEquals(outcome(side.begin(fd, handle, "read")), "EBUSY");
  assertEquals(outcome(side.begin(other, again, "read")), "EBUSY");
  assertEquals(outcome(side.begin(fd, second, "write")), "ok");
  assertEquals(outcome(side.end(fd, second)), "ok");
  assertEquals(outcome(side.end(fd, second)), "EINVAL");
  for (const act of [side.end, (node: number, bo: number) => side.begin(node, bo, "read")]) {
    assertEquals(outcome(act(99, handle)), "EBADF");
    assertEquals(outcome(act(null_, handle)), "ENOTTY");
    assertEquals(outcome(act(fd, 77)), "ENOENT");
  }
  assertEquals(outcome(side.end(other, again)), "ok");
});

Deno.test("a file that is closed ends its jobs; a handle that is closed does not", () => {
  const kernel = kernelOf("panthor");
  const card = openNode(kernel, "/dev/dri/card1");
  const handle = createDumb(kernel, card);
  const db = exportFd(kernel, card, handle);
  const node = openNode(kernel, "/dev/dri/renderD128");
  const imported = importHandle(kernel, node, db);
  const mapping = map(kernel, db, 4096);
  const idle = (): number => kernel.poll([{ fd: db, events: POLLOUT, revents: 0 }], 0);
  beginJob(kernel, node, imported);
  deviceWrite(kernel, node, imported, 0, 7);
  // GEM_CLOSE: jobs hold their buffers.
  assertEquals(
    outcome(call(kernel, node, drm.ioctls.GEM_CLOSE, { handle: imported }).result),
    "ok",
  );
  assertEquals([idle(), bytesOf(mapping, 0, 1)[0]], [0, 0]);
  kernel.close(node);
  assertEquals([idle(), bytesOf(mapping, 0, 1)[0]], [1, 7]);
});

Deno.test("a file that is closed leaves the jobs of other files alone", () => {
  const { kernel, fd, handle, mapping } = bench(kernelOf("panthor"));
  const other = openNode(kernel, "/dev/dri/renderD128");
  beginJob(kernel, other, createPanthor(kernel, other, 4096));
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 7);
  kernel.close(other);
  assertEquals(bytesOf(mapping, 0, 1), new Uint8Array([0]));
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 1), new Uint8Array([7]));
});
