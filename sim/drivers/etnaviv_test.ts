import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/constants.ts";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
import { etnaviv } from "../../ffi/uapi/etnaviv.ts";
import {
  beginJob,
  booksOf,
  bytesOf,
  createPanthor,
  deviceRead,
  deviceWrite,
  dmaBufSync,
  endJob,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapPanthor,
  mustCall,
  openNode,
  outcome,
  READ_WRITE,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const { ioctls, constants } = etnaviv;
const CACHED = constants.ETNA_BO_CACHED;
const WC = constants.ETNA_BO_WC;
const READ = constants.ETNA_PREP_READ;
const WRITE = constants.ETNA_PREP_WRITE;
const NOSYNC = constants.ETNA_PREP_NOSYNC;
const BYTES = 8192;

function open(): { kernel: Kernel; fd: number } {
  const kernel = kernelOf("qemu-arm64@7.2");
  return { kernel, fd: openNode(kernel, "/dev/dri/renderD134") };
}
function create(kernel: Kernel, fd: number, flags: number): number {
  return mustCall(kernel, fd, ioctls.GEM_NEW, { size: BigInt(BYTES), flags }).handle;
}
function mapBo(kernel: Kernel, fd: number, handle: number): Mapping {
  return map(kernel, fd, BYTES, mustCall(kernel, fd, ioctls.GEM_INFO, { handle }).offset);
}
function prep(kernel: Kernel, fd: number, handle: number, op: number): string {
  return outcome(call(kernel, fd, ioctls.GEM_CPU_PREP, { handle, op }).result);
}

Deno.test("CPU_FINI cleans the whole of a cached buffer, CPU_PREP for reading drops its lines", () => {
  const { kernel, fd } = open();
  const handle = create(kernel, fd, CACHED);
  const view = mapBo(kernel, fd, handle);
  view.write(0, new Uint8Array([1, 2]));
  view.write(4096, new Uint8Array([3]));
  assertEquals([...deviceRead(kernel, fd, handle, 0, 2)], [0, 0]);
  assertEquals(prep(kernel, fd, handle, WRITE), "ok");
  assertEquals([...deviceRead(kernel, fd, handle, 0, 2)], [0, 0]);
  mustCall(kernel, fd, ioctls.GEM_CPU_FINI, { handle });
  assertEquals([...deviceRead(kernel, fd, handle, 0, 2)], [1, 2]);
  assertEquals([...deviceRead(kernel, fd, handle, 4096, 1)], [3]);
  deviceWrite(kernel, fd, handle, 0, 9);
  assertEquals([...bytesOf(view, 0, 1)], [1]);
  assertEquals(prep(kernel, fd, handle, READ | WRITE), "ok");
  assertEquals([...bytesOf(view, 0, 1)], [9]);
});

Deno.test("CPU_PREP for reading discards what the CPU wrote anywhere in the buffer", () => {
  const { kernel, fd } = open();
  const handle = create(kernel, fd, CACHED);
  const view = mapBo(kernel, fd, handle);
  view.write(4096, new Uint8Array([3]));
  assertEquals(prep(kernel, fd, handle, READ), "ok");
  assertEquals([...bytesOf(view, 4096, 1)], [0]);
  assertEquals(booksOf(kernel, fd, handle).dirtyBytesDiscarded, 1);
});

Deno.test("begin and end of a cached buffer's dma-buf touch no cache: nobody can sync it", () => {
  const { kernel, fd } = open();
  const handle = create(kernel, fd, CACHED);
  const db = exportFd(kernel, fd, handle);
  const other = openNode(kernel, "/dev/dri/renderD129");
  const imported = importHandle(kernel, other, db);
  const view = map(kernel, db, BYTES);
  assertEquals(dmaBufSync(kernel, db, SYNC_READ | SYNC_WRITE), 0);
  view.write(0, new Uint8Array([7]));
  assertEquals(dmaBufSync(kernel, db, SYNC_READ | SYNC_WRITE | SYNC_END), 0);
  assertEquals([...deviceRead(kernel, other, imported, 0, 1)], [0]);
});

Deno.test("an import counts as write-combined: prep and fini leave its exporter's lines alone", () => {
  const { kernel, fd } = open();
  const panthor = openNode(kernel, "/dev/dri/renderD131");
  const cached = createPanthor(kernel, panthor, BYTES, 2);
  const view = mapPanthor(kernel, panthor, cached, BYTES);
  const handle = importHandle(kernel, fd, exportFd(kernel, panthor, cached));
  view.write(0, new Uint8Array([7]));
  const { linesTouched } = booksOf(kernel, fd, handle);
  assertEquals(prep(kernel, fd, handle, READ | WRITE), "ok");
  mustCall(kernel, fd, ioctls.GEM_CPU_FINI, { handle });
  assertEquals(booksOf(kernel, fd, handle).linesTouched, linesTouched);
  assertEquals([...deviceRead(kernel, fd, handle, 0, 1)], [0]);
});

Deno.test("CPU_PREP of a busy buffer is EBUSY with NOSYNC, ETIMEDOUT after its deadline", () => {
  const { kernel, fd } = open();
  const handle = create(kernel, fd, WC);
  beginJob(kernel, fd, handle, "read");
  assertEquals(prep(kernel, fd, handle, READ | NOSYNC), "ok");
  assertEquals(prep(kernel, fd, handle, WRITE | NOSYNC), "EBUSY");
  assertEquals(prep(kernel, fd, handle, WRITE), "ETIMEDOUT");
  const wait = (flags: number): string =>
    outcome(call(kernel, fd, ioctls.GEM_WAIT, { handle, flags }).result);
  assertEquals([wait(1), wait(0)], ["EBUSY", "ETIMEDOUT"]);
  endJob(kernel, fd, handle);
  assertEquals([prep(kernel, fd, handle, WRITE), wait(1), wait(0)], ["ok", "ok", "ok"]);
});

Deno.test("a private mapping is made, and not touched", () => {
  const { kernel, fd } = open();
  const db = exportFd(kernel, fd, create(kernel, fd, WC));
  const mapping = kernel.mmap(BYTES, READ_WRITE, MAP_PRIVATE, db, 0n, "copied");
  if (typeof mapping === "number") throw new Error(outcome(mapping));
  assertEquals(mapping.prot, PROT_READ | PROT_WRITE);
  assertEquals(mapping.write(0, new Uint8Array(1)), 0);
});
