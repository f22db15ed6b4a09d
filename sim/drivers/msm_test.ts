import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { msm } from "../../ffi/uapi/msm.ts";
import {
  beginJob,
  deviceRead,
  deviceWrite,
  dmaBufSync,
  endJob,
  exportFd,
  importHandle,
  kernelOf,
  kernelWith,
  map,
  mustCall,
  openNode,
  outcome,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const { ioctls, constants } = msm;
const CACHED = constants.MSM_BO_CACHED;
const WC = constants.MSM_BO_WC;
const NO_SHARE = constants.MSM_BO_NO_SHARE;
const READ = constants.MSM_PREP_READ;
const WRITE = constants.MSM_PREP_WRITE;
const NOSYNC = constants.MSM_PREP_NOSYNC;
const NODE = "/dev/dri/renderD136";
const BYTES = 8192;
const withGpu = { has_gpu: 1n, has_cached_coherent: 1n };

function create(kernel: Kernel, fd: number, flags: number): number {
  return mustCall(kernel, fd, ioctls.GEM_NEW, { size: BigInt(BYTES), flags }).handle;
}
function mapBo(kernel: Kernel, fd: number, handle: number): Mapping {
  return map(kernel, fd, BYTES, mustCall(kernel, fd, ioctls.GEM_INFO, { handle }).value);
}
function prep(kernel: Kernel, fd: number, handle: number, op: number, tv_nsec = 0n): string {
  const values = { handle, op, timeout: { tv_nsec } };
  return outcome(call(kernel, fd, ioctls.GEM_CPU_PREP, values).result);
}

Deno.test("CPU_PREP and CPU_FINI of a cached buffer do nothing to a cache", () => {
  const kernel = kernelOf("qemu-arm64@7.2");
  const fd = openNode(kernel, NODE);
  const handle = create(kernel, fd, CACHED);
  const view = mapBo(kernel, fd, handle);
  view.write(0, new Uint8Array([1, 2]));
  assertEquals(prep(kernel, fd, handle, WRITE), "ok");
  mustCall(kernel, fd, ioctls.GEM_CPU_FINI, { handle });
  assertEquals([...deviceRead(kernel, fd, handle, 0, 2)], [0, 0]);
  deviceWrite(kernel, fd, handle, 0, 9);
  assertEquals(prep(kernel, fd, handle, READ | WRITE), "ok");
  const seen = new Uint8Array(1);
  view.read(0, seen);
  assertEquals([...seen], [1]);
});

Deno.test("begin and end of a cached buffer's dma-buf do nothing to a cache either", () => {
  const kernel = kernelOf("qemu-arm64@7.2");
  const fd = openNode(kernel, NODE);
  const db = exportFd(kernel, fd, create(kernel, fd, CACHED));
  const other = openNode(kernel, "/dev/dri/renderD129");
  const imported = importHandle(kernel, other, db);
  const view = map(kernel, db, BYTES);
  assertEquals(dmaBufSync(kernel, db, SYNC_READ | SYNC_WRITE), 0);
  view.write(0, new Uint8Array([7]));
  assertEquals(dmaBufSync(kernel, db, SYNC_READ | SYNC_WRITE | SYNC_END), 0);
  assertEquals([...deviceRead(kernel, other, imported, 0, 1)], [0]);
});

Deno.test("an import is mapped write-combined, beside the exporter's cached lines", () => {
  const kernel = kernelOf("qemu-arm64@7.2");
  const exporter = openNode(kernel, "/dev/dri/renderD134");
  const made = 1 << 16; // ETNA_BO_CACHED
  const call = { size: BigInt(BYTES), flags: made };
  const handle = mustCall(kernel, exporter, ioctls.GEM_NEW, call).handle;
  const db = exportFd(kernel, exporter, handle);
  map(kernel, db, BYTES).write(0, new Uint8Array([7]));
  const fd = openNode(kernel, NODE);
  const seen = new Uint8Array(1);
  mapBo(kernel, fd, importHandle(kernel, fd, db)).read(0, seen);
  assertEquals([...seen], [0]);
});

Deno.test("CPU_PREP of a busy buffer is EBUSY without time, ETIMEDOUT with some", () => {
  const kernel = kernelOf("qemu-arm64@7.2");
  const fd = openNode(kernel, NODE);
  const handle = create(kernel, fd, WC);
  beginJob(kernel, fd, handle, "read");
  assertEquals(prep(kernel, fd, handle, READ | NOSYNC), "ok");
  assertEquals(prep(kernel, fd, handle, WRITE | NOSYNC), "EBUSY");
  assertEquals(prep(kernel, fd, handle, WRITE), "EBUSY");
  assertEquals(prep(kernel, fd, handle, WRITE, kernel.now() + 1_000_000n), "ETIMEDOUT");
  endJob(kernel, fd, handle);
  assertEquals(prep(kernel, fd, handle, WRITE), "ok");
});

Deno.test("NO_SHARE stays in its file's address space, once there is one", () => {
  const kernel = kernelWith("qemu-arm64@7.2", { registers: withGpu });
  const fd = openNode(kernel, NODE);
  const ask = (): string =>
    outcome(call(kernel, fd, ioctls.GEM_NEW, { size: 4096n, flags: WC | NO_SHARE }).result);
  assertEquals(ask(), "EFAULT"); // where the kernel follows a null pointer
  const info = constants.MSM_INFO_GET_IOVA;
  const other = create(kernel, fd, WC);
  const { value } = mustCall(kernel, fd, ioctls.GEM_INFO, { handle: other, info });
  assertEquals(mustCall(kernel, fd, ioctls.GEM_INFO, { handle: other, info }).value, value);
  const handle = create(kernel, fd, WC | NO_SHARE);
  const exported = call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags: 0 });
  assertEquals(outcome(exported.result), "EPERM");
});

Deno.test("a CACHED_COHERENT buffer is snooped, where the GPU has that", () => {
  const kernel = kernelWith("qemu-arm64@7.2", { registers: withGpu });
  const fd = openNode(kernel, NODE);
  const handle = create(kernel, fd, constants.MSM_BO_CACHED_COHERENT);
  mapBo(kernel, fd, handle).write(0, new Uint8Array([5]));
  assertEquals([...deviceRead(kernel, fd, handle, 0, 1)], [5]);
});
