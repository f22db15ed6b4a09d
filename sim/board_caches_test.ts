// What a board says of its caches is what its kernel does.
import { assertEquals, assertNotEquals } from "@std/assert";
import type { ByteRange } from "../ffi/kernel.ts";
import {
  beginJob,
  booksOf,
  createPanthor,
  deviceSide,
  deviceWrite,
  endJob,
  kernelWith,
  mapPanthor,
  openNode,
  panthorSync,
  staleRanges,
} from "./_test_kit.ts";
import { type Board, loadBoard } from "./board.ts";
import { openSimulatedKernel } from "./sim_kernel.ts";

const WB_MMAP = 2;
const GPU = "/dev/dri/renderD128";

/** What is stale for the device after 64 lines were written through a cached map. */
function staleAfterWrite(change: Partial<Board>): readonly ByteRange[] {
  const kernel = openSimulatedKernel({ ...loadBoard("panthor"), ...change });
  const fd = openNode(kernel, GPU);
  const handle = createPanthor(kernel, fd, 4096, WB_MMAP);
  mapPanthor(kernel, fd, handle, 4096).fill(0, 4096, 1);
  const stale = deviceSide(kernel).stale(fd, handle, 0, 4096);
  if (typeof stale === "number") throw new Error(`stale: ${stale}`);
  return stale;
}

Deno.test("without eviction every line that nothing flushed stays stale", () => {
  assertEquals(staleAfterWrite({}), [{ offset: 0, length: 4096 }]);
});

Deno.test("with eviction some lines leave early, whole ones, the same for a seed", () => {
  const seeded = (seed: number): readonly ByteRange[] =>
    staleAfterWrite({ eviction: { seed, oneIn: 4 } });
  const stale = seeded(1);
  const left = stale.reduce((sum, { length }) => sum + length, 0);
  assertEquals(stale.every(({ offset, length }) => offset % 64 === 0 && length % 64 === 0), true);
  // One in four of 64 lines, as the seed has it.
  assertEquals(left < 4096 && left > 2048, true, String(left));
  assertEquals(seeded(1), stale);
  assertNotEquals(seeded(2), stale);
  assertEquals(staleAfterWrite({ eviction: { seed: 1, oneIn: 1 } }), []);
});

Deno.test("the line size decides how far a flush of one byte reaches", () => {
  for (const lineBytes of [32, 64, 128]) {
    const kernel = openSimulatedKernel({ ...loadBoard("panthor"), lineBytes });
    const fd = openNode(kernel, GPU);
    const handle = createPanthor(kernel, fd, 4096, WB_MMAP);
    mapPanthor(kernel, fd, handle, 4096).fill(0, 4096, 1);
    panthorSync(kernel, fd, { handle, offset: 1024, size: 1 });
    assertEquals(staleRanges(kernel, fd, handle, 0, 4096), [
      "0..1024",
      `${1024 + lineBytes}..4096`,
    ]);
    assertEquals(booksOf(kernel, fd, handle).bytesCarriedAlong, lineBytes - 1);
    assertEquals(deviceSide(kernel).lineBytes, lineBytes);
  }
});

Deno.test("the page size rounds buffers, and flushes cross pages of any size", () => {
  for (const pageBytes of [4096, 16_384, 65_536]) {
    const kernel = openSimulatedKernel({ ...loadBoard("panthor"), pageBytes });
    assertEquals(kernel.identity.pageSize, pageBytes);
    const fd = openNode(kernel, GPU);
    const handle = createPanthor(kernel, fd, pageBytes + 1, WB_MMAP);
    const bytes = 2 * pageBytes;
    mapPanthor(kernel, fd, handle, bytes).fill(0, bytes, 1);
    panthorSync(kernel, fd, { handle, offset: pageBytes - 64, size: 128 });
    assertEquals(staleRanges(kernel, fd, handle, 0, bytes), [
      `0..${pageBytes - 64}`,
      `${pageBytes + 64}..${bytes}`,
    ]);
  }
});

Deno.test("sysfs and the device's side tell a device that snoops from one that does not", () => {
  for (const coherency of ["none", "io-coherent", "full"] as const) {
    const kernel = kernelWith("panthor", { coherency });
    const files = kernel.readDirectory("/sys/devices/platform/fb000000.gpu/of_node");
    assertEquals(Array.isArray(files) && files.includes("dma-coherent"), coherency !== "none");
    const fd = openNode(kernel, GPU);
    const handle = createPanthor(kernel, fd, 4096, WB_MMAP);
    const mapping = mapPanthor(kernel, fd, handle, 4096);
    mapping.fill(0, 64, 1);
    assertEquals(
      staleRanges(kernel, fd, handle, 0, 4096),
      coherency === "none" ? ["0..64"] : [],
    );
    // Whether the CPU sees the device's own cache is the difference between the other two.
    beginJob(kernel, fd, handle);
    deviceWrite(kernel, fd, handle, 0, 2);
    const into = new Uint8Array(1);
    mapping.read(0, into);
    assertEquals(into[0], coherency === "full" ? 2 : 1);
    endJob(kernel, fd, handle);
  }
});

Deno.test("64 GiB of buffer cost what is touched of them", () => {
  const kernel = openSimulatedKernel(loadBoard("panthor"));
  const fd = openNode(kernel, GPU);
  const bytes = 2 ** 36;
  const handle = createPanthor(kernel, fd, bytes, WB_MMAP);
  const mapping = mapPanthor(kernel, fd, handle, bytes);
  mapping.fill(bytes - 64, 64, 1);
  assertEquals(panthorSync(kernel, fd, { handle, offset: bytes - 64, size: 64 }), 0);
  const { linesTouched, linesCleaned, nanoseconds } = booksOf(kernel, fd, handle);
  assertEquals([linesTouched, linesCleaned, nanoseconds], [1, 1, 10]);
  assertEquals(staleRanges(kernel, fd, handle, 0, bytes), []);
});
