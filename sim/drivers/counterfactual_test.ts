// What the threads warned of, beside what panthor does.
import { assertEquals } from "@std/assert";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
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
  kernelOf,
  mapPanthor,
  openNode,
  outcome,
  panthorSync,
  staleRanges,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const WB_MMAP = 2;
const MIB = 1 << 20;
const LARGE = 64 * MIB;

interface Bench {
  readonly kernel: Kernel;
  readonly fd: number;
  readonly handle: number;
  readonly mapping: Mapping;
  readonly db: number;
}

function bench(board: string, bytes: number): Bench {
  const kernel = kernelOf(board);
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const handle = createPanthor(kernel, fd, bytes, WB_MMAP);
  const mapping = mapPanthor(kernel, fd, handle, bytes);
  return { kernel, fd, handle, mapping, db: exportFd(kernel, fd, handle) };
}

/** Nanoseconds of the virtual clock that a call takes, `now()` itself included. */
function timed(kernel: Kernel, act: () => unknown): bigint {
  const start = kernel.now();
  act();
  return kernel.now() - start;
}

Deno.test("64 B of 64 MiB: exact is one line, a hint is the whole buffer, in books and in time", () => {
  const cases = [["panthor", 1, 2_010n], ["range-is-a-hint", LARGE / 64, 10_487_760n]] as const;
  for (const [board, lines, nanoseconds] of cases) {
    const { kernel, fd, handle, mapping } = bench(board, LARGE);
    mapping.fill(0, 64, 1);
    const sync = (): number => panthorSync(kernel, fd, { handle, offset: 0, size: 64 });
    assertEquals(timed(kernel, sync), nanoseconds, board);
    const books = booksOf(kernel, fd, handle);
    assertEquals([books.bytesAsked, books.linesTouched, books.linesCleaned], [64, lines, 1], board);
    assertEquals(books.nanoseconds, lines * 10);
  }
});

Deno.test("a range that is a hint cleans and invalidates what was not asked for", () => {
  const { kernel, fd, handle, mapping } = bench("range-is-a-hint", 8192);
  mapping.fill(0, 8192, 1);
  panthorSync(kernel, fd, { handle, offset: 0, size: 64 });
  assertEquals(staleRanges(kernel, fd, handle, 0, 8192), []);
  const exact = bench("panthor", 8192);
  exact.mapping.fill(0, 8192, 1);
  panthorSync(exact.kernel, exact.fd, { handle: exact.handle, offset: 0, size: 64 });
  assertEquals(staleRanges(exact.kernel, exact.fd, exact.handle, 0, 8192), ["64..8192"]);
});

Deno.test("a range that is a hint is checked, and of no bytes is nothing, as panthor has it", () => {
  const { kernel, fd, handle } = bench("range-is-a-hint", 4096);
  assertEquals(outcome(panthorSync(kernel, fd, { handle, offset: 4095, size: 2 })), "EINVAL");
  assertEquals(outcome(panthorSync(kernel, fd, { handle, offset: 0, size: 0 })), "ok");
  assertEquals(booksOf(kernel, fd, handle).linesTouched, 0);
});

Deno.test("a begin that migrates moves the whole buffer, and the device's next job moves it back", () => {
  const { kernel, fd, handle, db } = bench("begin-migrates", LARGE);
  const moved = (): number => booksOf(kernel, fd, handle).pagesMoved / (LARGE / 4096);
  const begin = timed(kernel, () => dmaBufSync(kernel, db, SYNC_READ));
  // 64 MiB at 4 bytes a nanosecond, and the lines that panthor's own hook visits.
  assertEquals(begin, BigInt(LARGE / 4 + LARGE / 64 * 10) + 2000n);
  assertEquals(moved(), 1);
  dmaBufSync(kernel, db, SYNC_READ | SYNC_END);
  dmaBufSync(kernel, db, SYNC_READ);
  assertEquals(moved(), 1, "it is there already");
  beginJob(kernel, fd, handle);
  assertEquals(moved(), 2);
  endJob(kernel, fd, handle);
  dmaBufSync(kernel, db, SYNC_READ | SYNC_WRITE);
  assertEquals(moved(), 3);
});

Deno.test("a begin for writing alone does not migrate, and panthor's never does", () => {
  for (const board of ["begin-migrates", "panthor"]) {
    const { kernel, fd, handle, db } = bench(board, 8192);
    dmaBufSync(kernel, db, board === "panthor" ? SYNC_READ : SYNC_WRITE);
    assertEquals(booksOf(kernel, fd, handle).pagesMoved, 0, board);
  }
});

Deno.test("the contents survive migration, the device's and what the CPU's cache had left", () => {
  const { kernel, fd, handle, mapping, db } = bench("begin-migrates", 8192);
  mapping.fill(0, 4, 1);
  panthorSync(kernel, fd, { handle, offset: 0, size: 4 });
  deviceWrite(kernel, fd, handle, 4096, 2);
  dmaBufSync(kernel, db, SYNC_READ);
  assertEquals([bytesOf(mapping, 0, 1)[0], bytesOf(mapping, 4096, 1)[0]], [1, 2]);
  mapping.fill(1, 1, 3);
  assertEquals(deviceRead(kernel, fd, handle, 0, 2), new Uint8Array([1, 3]), "moved back");
});

Deno.test("a begin that migrates cannot while a job has the buffer: a signal has to end the wait", () => {
  const { kernel, fd, handle, db } = bench("begin-migrates", 8192);
  beginJob(kernel, fd, handle, "read");
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_READ)), "EINTR");
  assertEquals(booksOf(kernel, fd, handle).pagesMoved, 0);
  endJob(kernel, fd, handle);
  assertEquals(outcome(dmaBufSync(kernel, db, SYNC_READ)), "ok");
  assertEquals(booksOf(kernel, fd, handle).pagesMoved, 2);
});

Deno.test("a cached dma-buf without hooks is cleaned by no end, with them it is", () => {
  const stale = (board: string): string[] => {
    const { kernel, fd, handle, mapping, db } = bench(board, 4096);
    mapping.fill(0, 64, 1);
    dmaBufSync(kernel, db, SYNC_WRITE);
    dmaBufSync(kernel, db, SYNC_WRITE | SYNC_END);
    return staleRanges(kernel, fd, handle, 0, 4096);
  };
  assertEquals(stale("export-without-hooks"), ["0..64"]);
  assertEquals(stale("panthor"), []);
});
