import { assertEquals } from "@std/assert";
import { MAP_PRIVATE } from "../../ffi/constants.ts";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import {
  beginJob,
  booksOf,
  bytesOf,
  createDumb,
  createPanthor,
  deviceRead,
  deviceWrite,
  dmaBufSync,
  endJob,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mapPanthor,
  mustCall,
  openNode,
  outcome,
  panthorSync,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

/** Bytes of the dumb buffers here: two pages. */
const BYTES = 8192;

/** A device's handle on a buffer. */
interface Side {
  readonly fd: number;
  readonly handle: number;
}

interface Bench {
  readonly kernel: Kernel;
  /** The complex exporter's own handle. */
  readonly own: Side;
  /** Its dma-buf. */
  readonly db: number;
  /** A mapping of that. */
  readonly mapping: Mapping;
}

function bench(): Bench {
  const kernel = kernelOf("complex-exporter");
  const fd = openNode(kernel, "/dev/dri/card0");
  const handle = createDumb(kernel, fd, 64, 32);
  const db = exportFd(kernel, fd, handle);
  return { kernel, own: { fd, handle }, db, mapping: map(kernel, db, BYTES) };
}

function imported({ kernel, db }: Bench, node: string): Side {
  const fd = openNode(kernel, node);
  return { fd, handle: importHandle(kernel, fd, db) };
}

const GPU = "/dev/dri/renderD128";
const DISPLAY = "/dev/dri/card2";
/** vgem keeps its imports mapped, as nearly all drivers do. */
const KEEPS = "/dev/dri/renderD129";

Deno.test("the complex exporter needs no begin and end for accesses that overlap no job", () => {
  for (const node of [null, GPU, DISPLAY]) {
    const at = bench();
    const { kernel, mapping } = at;
    const { fd, handle } = node === null ? at.own : imported(at, node);
    const second = map(kernel, at.db, BYTES);
    for (let round = 1; round <= 3; round++) {
      mapping.fill(100, 8, round);
      assertEquals(bytesOf(second, 100, 1), new Uint8Array([round]), "another mapping");
      beginJob(kernel, fd, handle);
      assertEquals(deviceRead(kernel, fd, handle, 100, 2), new Uint8Array([round, round]));
      deviceWrite(kernel, fd, handle, 102, 100 + round);
      endJob(kernel, fd, handle);
      assertEquals(bytesOf(mapping, 101, 2), new Uint8Array([round, 100 + round]));
      assertEquals(bytesOf(second, 101, 2), new Uint8Array([round, 100 + round]));
    }
    const books = booksOf(kernel, fd, handle);
    assertEquals([books.staleBytesReadByCpu, books.staleBytesReadByDevice], [0, 0]);
    assertEquals([books.dirtyBytesDiscarded, books.bytesAsked], [0, 0]);
  }
});

Deno.test("an access of the device outside a job maps and unmaps like a job", () => {
  const at = bench();
  const { kernel, mapping } = at;
  const { fd, handle } = imported(at, GPU);
  mapping.fill(0, 4, 1);
  assertEquals(deviceRead(kernel, fd, handle, 0, 1), new Uint8Array([1]));
  deviceWrite(kernel, fd, handle, 0, 2);
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([2, 1]));
  mapping.write(0, new Uint8Array([3]));
  assertEquals(deviceRead(kernel, fd, handle, 0, 1), new Uint8Array([3]));
  mapping.write(1, new Uint8Array([4]));
  assertEquals(deviceRead(kernel, fd, handle, 0, 2), new Uint8Array([3, 4]));
  mapping.fill(2, 1, 5);
  assertEquals(deviceRead(kernel, fd, handle, 0, 3), new Uint8Array([3, 4, 5]));
});

Deno.test("a CPU access during a job faults and gets what RAM has, the result only after the job", () => {
  const at = bench();
  const { kernel, mapping } = at;
  const { fd, handle } = imported(at, GPU);
  mapping.fill(0, 4, 1);
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 9, 9);
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([1, 1]));
  const during = booksOf(kernel, fd, handle);
  assertEquals([during.staleBytesReadByCpu, during.staleBytesHeldByJobs], [2, 2]);
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 3), new Uint8Array([9, 9, 1]));
});

Deno.test("a CPU write during a job goes over what the device wrote in the same line", () => {
  const at = bench();
  const { kernel, mapping } = at;
  const { fd, handle } = imported(at, GPU);
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 9, 9);
  deviceWrite(kernel, fd, handle, 64, 9, 9);
  mapping.fill(1, 1, 5);
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 3), new Uint8Array([0, 5, 0]));
  assertEquals(bytesOf(mapping, 64, 2), new Uint8Array([9, 9]));
});

Deno.test("the books show faults, shoot-downs and pages that moved", () => {
  const at = bench();
  const { kernel, mapping } = at;
  const { fd, handle } = imported(at, GPU);
  const counts = (): number[] => {
    const { faults, pagesShotDown, pagesMoved, linesTouched } = booksOf(kernel, fd, handle);
    return [faults, pagesShotDown, pagesMoved, linesTouched];
  };
  // A fault invalidates the 64 lines of its page.
  mapping.fill(4090, 10, 1);
  assertEquals(counts(), [2, 0, 0, 128]);
  mapping.fill(0, 10, 1);
  assertEquals(counts(), [2, 0, 0, 128]);
  // Mapping for the device takes both pages away, cleans them, and they move.
  beginJob(kernel, fd, handle);
  assertEquals(counts(), [2, 2, 2, 256]);
  endJob(kernel, fd, handle);
  assertEquals(counts(), [2, 2, 2, 256]);
  bytesOf(mapping, 0, 1);
  assertEquals(counts(), [3, 2, 2, 320]);
  beginJob(kernel, fd, handle);
  assertEquals(counts(), [3, 3, 4, 384]);
});

Deno.test("pages do not move while a device has them mapped", () => {
  const at = bench();
  const { kernel, mapping } = at;
  const gpu = imported(at, GPU);
  const display = imported(at, DISPLAY);
  mapping.fill(0, 4, 1);
  beginJob(kernel, gpu.fd, gpu.handle, "read");
  beginJob(kernel, display.fd, display.handle, "read");
  assertEquals(booksOf(kernel, gpu.fd, gpu.handle).pagesMoved, 1);
  endJob(kernel, gpu.fd, gpu.handle);
  beginJob(kernel, gpu.fd, gpu.handle, "read");
  assertEquals(booksOf(kernel, gpu.fd, gpu.handle).pagesMoved, 1);
  endJob(kernel, gpu.fd, gpu.handle);
  endJob(kernel, display.fd, display.handle);
  beginJob(kernel, gpu.fd, gpu.handle, "read");
  assertEquals(booksOf(kernel, gpu.fd, gpu.handle).pagesMoved, 2);
  assertEquals(deviceRead(kernel, gpu.fd, gpu.handle, 0, 1), new Uint8Array([1]));
});

Deno.test("a fault discards nothing that the CPU wrote through another mapping, or one that is gone", () => {
  const { kernel, own, db, mapping } = bench();
  mapping.fill(0, 4, 1);
  const second = map(kernel, db, BYTES);
  assertEquals(bytesOf(second, 0, 1), new Uint8Array([1]));
  mapping.unmap();
  second.unmap();
  assertEquals(bytesOf(map(kernel, db, BYTES), 0, 1), new Uint8Array([1]));
  assertEquals(booksOf(kernel, own.fd, own.handle).faults, 3);
});

Deno.test("an importer that keeps its mapping makes the complex exporter blind: stale without begin", () => {
  const at = bench();
  const { kernel, db, mapping } = at;
  mapping.fill(0, 4, 1);
  const { fd, handle } = imported(at, KEEPS);
  // The import mapped it, once: what was written before is seen.
  assertEquals(deviceRead(kernel, fd, handle, 0, 1), new Uint8Array([1]));
  assertEquals(bytesOf(mapping, 0, 1), new Uint8Array([1]));
  beginJob(kernel, fd, handle);
  deviceWrite(kernel, fd, handle, 0, 7);
  endJob(kernel, fd, handle);
  assertEquals(bytesOf(mapping, 0, 1), new Uint8Array([1]), "stale");
  mapping.fill(64, 1, 5);
  assertEquals(deviceRead(kernel, fd, handle, 64, 1), new Uint8Array([0]), "stale");
  // Begin and end act as the device's mapping exists, and discard nothing.
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_READ)), "ok");
  assertEquals(bytesOf(mapping, 0, 1), new Uint8Array([7]));
  assertEquals(deviceRead(kernel, fd, handle, 64, 1), new Uint8Array([5]));
  mapping.fill(128, 1, 6);
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_WRITE | SYNC_END)), "ok");
  assertEquals(deviceRead(kernel, fd, handle, 128, 1), new Uint8Array([6]));
});

Deno.test("begin and end of the complex exporter do nothing while no device has it mapped", () => {
  const { kernel, own, db, mapping } = bench();
  mapping.fill(0, 4, 1);
  const before = booksOf(kernel, own.fd, own.handle);
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_READ)), "ok");
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_READ | SYNC_END)), "ok");
  assertEquals(booksOf(kernel, own.fd, own.handle), before);
});

Deno.test("the complex exporter's buffers map through its node and its dma-buf, at offsets too", () => {
  const { kernel, own, db, mapping } = bench();
  mapping.fill(4096, 4, 3);
  assertEquals(bytesOf(map(kernel, db, 4096, 4096n), 0, 1), new Uint8Array([3]));
  const { offset } = mustCall(kernel, own.fd, drm.ioctls.MODE_MAP_DUMB, { handle: own.handle });
  assertEquals(bytesOf(map(kernel, own.fd, BYTES, offset), 4096, 1), new Uint8Array([3]));
  assertEquals(mapOutcome(kernel, db, 4096, 0n, undefined, MAP_PRIVATE), "EINVAL");
  const { name_len } = mustCall(kernel, own.fd, drm.ioctls.VERSION);
  assertEquals(name_len, BigInt("complex".length));
});

Deno.test("the plain kinds: uncached is never stale, cached only by its own driver's maintenance", () => {
  const kernel = kernelOf("complex-exporter");
  const display = openNode(kernel, DISPLAY);
  const gpu = openNode(kernel, GPU);
  const dumb = createDumb(kernel, display);
  const uncached = map(kernel, exportFd(kernel, display, dumb), 4096);
  const cached = createPanthor(kernel, gpu, 4096, 2);
  const wb = mapPanthor(kernel, gpu, cached, 4096);
  // Exported back to the same driver: an import of its own is the same buffer.
  const again = openNode(kernel, GPU);
  const same = importHandle(kernel, again, exportFd(kernel, gpu, cached));

  uncached.fill(0, 4, 1);
  assertEquals(deviceRead(kernel, display, dumb, 0, 1), new Uint8Array([1]));
  deviceWrite(kernel, display, dumb, 0, 2);
  assertEquals(bytesOf(uncached, 0, 1), new Uint8Array([2]));

  wb.fill(0, 4, 1);
  assertEquals(deviceRead(kernel, again, same, 0, 1), new Uint8Array([0]));
  assertEquals(panthorSync(kernel, again, { handle: same, offset: 0, size: 4 }), 0);
  assertEquals(deviceRead(kernel, again, same, 0, 1), new Uint8Array([1]));
  deviceWrite(kernel, again, same, 0, 2);
  assertEquals(bytesOf(wb, 0, 1), new Uint8Array([1]));
  assertEquals(panthorSync(kernel, again, { handle: same, type: 1, offset: 0, size: 4 }), 0);
  assertEquals(bytesOf(wb, 0, 1), new Uint8Array([2]));
});

Deno.test("a device that maps around jobs is there for other exporters' hooks while its job runs", () => {
  const kernel = kernelOf("complex-exporter");
  const gpu = openNode(kernel, GPU);
  const own = createPanthor(kernel, gpu, 4096, 2);
  const db = exportFd(kernel, gpu, own);
  const display = openNode(kernel, DISPLAY);
  const handle = importHandle(kernel, display, db);
  const asked = (): number => {
    const before = booksOf(kernel, gpu, own).bytesAsked;
    dmaBufSync(kernel, db, SYNC_READ | SYNC_END);
    return booksOf(kernel, gpu, own).bytesAsked - before;
  };
  // panthor's hooks act on its own mapping, and on the display's while it has a job.
  assertEquals(asked(), 4096);
  beginJob(kernel, display, handle, "read");
  assertEquals(asked(), 8192);
  endJob(kernel, display, handle);
  assertEquals(asked(), 4096);
});
