import { assert, assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, PROT_READ, SEEK_END } from "../../ffi/constants.ts";
import type { Kernel, Mapping } from "../../ffi/kernel.ts";
import { type encode, encodeArray } from "../../ffi/struct.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import {
  booksOf,
  createDumb,
  createPanfrost,
  deviceRead,
  dmaBufSync,
  exportFd,
  importHandle,
  importOutcome,
  kernelOf,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
  staleRanges,
  SYNC_READ,
} from "../_test_kit.ts";

const { ioctls, structs, constants } = panfrost;
const NOEXEC = 1;
const HEAP = 2;
const WB_MMAP = 4;

function gpuOf(kernel: Kernel): number {
  return openNode(kernel, "/dev/dri/renderD128");
}
function offsetOf(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, ioctls.MMAP_BO, { handle }).offset;
}
function mapBo(kernel: Kernel, fd: number, handle: number, length: number): Mapping {
  return map(kernel, fd, length, offsetOf(kernel, fd, handle));
}
type Op = Parameters<typeof encode<typeof structs.drm_panfrost_bo_sync_op.fields>>[1];
function sync(kernel: Kernel, fd: number, ...list: NonNullable<Op>[]): number {
  const ops = encodeArray(structs.drm_panfrost_bo_sync_op, list);
  return call(kernel, fd, ioctls.SYNC_BO, { ops, op_count: list.length }).result;
}

Deno.test("CREATE_BO refuses in its order; cached buffers came with 1.6", () => {
  type Values = Parameters<typeof call<typeof ioctls.CREATE_BO.struct.fields>>[3];
  const cases: [string, Values, string, string][] = [
    ["size 0", { size: 0 }, "EINVAL", "EINVAL"],
    ["pad", { size: 1, pad: 1 }, "EINVAL", "EINVAL"],
    ["unknown flag", { size: 1, flags: 8 }, "EINVAL", "EINVAL"],
    ["executable heap", { size: 1, flags: HEAP }, "EINVAL", "EINVAL"],
    ["cached heap", { size: 1, flags: HEAP | NOEXEC | WB_MMAP }, "EINVAL", "EINVAL"],
    ["cached", { size: 1, flags: WB_MMAP }, "EINVAL", "ok"],
    ["heap", { size: 1, flags: HEAP | NOEXEC }, "ok", "ok"],
    ["more than the GPU addresses", { size: 0xffff_ffff, flags: NOEXEC }, "ENOSPC", "ENOSPC"],
    ["plain", { size: 1 }, "ok", "ok"],
  ];
  for (const [index, board] of ["panfrost@6.12", "panfrost@7.2"].entries()) {
    const kernel = kernelOf(board);
    const fd = gpuOf(kernel);
    for (const [what, values, ...wanted] of cases) {
      const { result } = call(kernel, fd, ioctls.CREATE_BO, values);
      assertEquals(outcome(result), wanted[index], `${board}: ${what}`);
    }
  }
});

Deno.test("buffers get GPU addresses from 32 MiB on, per open file", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const other = gpuOf(kernel);
  const create = (file: number, size: number): bigint =>
    mustCall(kernel, file, ioctls.CREATE_BO, { size, flags: NOEXEC }).offset;
  assertEquals(create(fd, 4096), 0x200_0000n);
  assertEquals(create(fd, 4096), 0x200_1000n);
  assertEquals(create(fd, 2 << 20), 0x220_0000n); // large ones at 2 MiB
  assertEquals(create(other, 4096), 0x200_0000n);
  const offset = (handle: number): string =>
    outcome(call(kernel, fd, ioctls.GET_BO_OFFSET, { handle }).result);
  assertEquals([offset(1), offset(99)], ["ok", "ENOENT"]);
  mustCall(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: 1 });
  assertEquals(create(fd, 4096), 0x200_0000n);
});

Deno.test("MMAP_BO refuses flags, an unknown handle, a heap, in that order", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const handle = createPanfrost(kernel, fd, 4096);
  const heap = createPanfrost(kernel, fd, 4096, HEAP | NOEXEC);
  const cases: [{ handle: number; flags?: number }, string][] = [
    [{ handle: 99, flags: 1 }, "EINVAL"],
    [{ handle: 99 }, "ENOENT"],
    [{ handle: heap }, "EINVAL"],
    [{ handle }, "ok"],
  ];
  for (const [values, wanted] of cases) {
    assertEquals(outcome(call(kernel, fd, ioctls.MMAP_BO, values).result), wanted);
  }
  const at = offsetOf(kernel, fd, handle);
  assertEquals(mapOutcome(kernel, fd, 4096, at, PROT_READ, MAP_PRIVATE), "EINVAL");
});

Deno.test("a heap exports and maps through its dma-buf, but nobody can attach to it", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const display = openNode(kernel, "/dev/dri/card1");
  const heap = createPanfrost(kernel, fd, 4096, HEAP | NOEXEC);
  const dmaBufFd = exportFd(kernel, fd, heap);
  assertEquals(kernel.lseek(dmaBufFd, 0n, SEEK_END), 2n << 20n);
  assertEquals(mapOutcome(kernel, dmaBufFd, 2 << 20, 0n), "ok");
  assertEquals(importOutcome(kernel, display, dmaBufFd), "EINVAL");
});

Deno.test("SYNC_BO refuses op by op in its order, in 32 bits", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const vgem = openNode(kernel, "/dev/dri/card2");
  const handle = createPanfrost(kernel, fd, 8192, WB_MMAP);
  const combined = createPanfrost(kernel, fd, 8192);
  const imported = importHandle(
    kernel,
    fd,
    exportFd(kernel, vgem, createDumb(kernel, vgem, 64, 32)),
  );
  const cases: [string, NonNullable<Op>, string][] = [
    ["unknown handle", { handle: 99, type: 9, offset: 0xffff_ffff, size: 2 }, "ENOENT"],
    ["wrapping range", { handle, type: 9, offset: 0xffff_ffff, size: 2 }, "EINVAL"],
    ["past the end", { handle, offset: 8192, size: 1 }, "EINVAL"],
    ["imported", { handle: imported, offset: 0, size: 64 }, "EINVAL"],
    ["type 2", { handle, type: 2, size: 64 }, "EINVAL"],
    ["type 2, write-combined", { handle: combined, type: 2 }, "EINVAL"],
    ["write-combined", { handle: combined, size: 64 }, "ok"],
    ["nothing at the end", { handle, offset: 8192 }, "ok"],
    ["without pages", { handle, type: 1, size: 8192 }, "ok"],
  ];
  for (const [what, op, wanted] of cases) {
    assertEquals(outcome(sync(kernel, fd, op)), wanted, what);
  }
  const raw = (values: Parameters<typeof call<typeof ioctls.SYNC_BO.struct.fields>>[3]): string =>
    outcome(call(kernel, fd, ioctls.SYNC_BO, values).result);
  assertEquals(raw({ pad: 1 }), "EINVAL");
  assertEquals(raw({ op_count: 0, ops: 0x1000n }), "ok");
  assertEquals(raw({ op_count: 0xffff_ffff }), "ENOMEM");
  assertEquals(raw({ op_count: 1, ops: 0n }), "EFAULT");
  const old = kernelOf("panfrost@6.12");
  assertEquals(outcome(old.ioctl(gpuOf(old), ioctls.SYNC_BO.code, 0n)), "EINVAL");
});

Deno.test("SYNC_BO cleans exactly its ranges, several in one call", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const handle = createPanfrost(kernel, fd, 8192, WB_MMAP);
  mapBo(kernel, fd, handle, 8192).fill(0, 8192, 1);
  assertEquals(sync(kernel, fd, { handle, size: 64 }, { handle, offset: 4096, size: 1 }), 0);
  assertEquals(staleRanges(kernel, fd, handle, 0, 8192), ["64..4096", "4160..8192"]);
  assertEquals(booksOf(kernel, fd, handle).bytesCarriedAlong, 63);
});

Deno.test("QUERY_BO_INFO is put together from what the buffer is", () => {
  const kernel = kernelOf("qemu-arm64");
  const plain = openNode(kernel, "/dev/dri/renderD129");
  const coherent = openNode(kernel, "/dev/dri/renderD130");
  const query = (fd: number, handle: number): [number, number] => {
    const values = mustCall(kernel, fd, ioctls.QUERY_BO_INFO, { handle, pad: 7 });
    assertEquals(values.pad, 0);
    return [values.create_flags, values.extra_flags];
  };
  const flags = [0, NOEXEC, WB_MMAP, HEAP | NOEXEC];
  const told = (fd: number): number[] =>
    flags.map((flag) => query(fd, createPanfrost(kernel, fd, 4096, flag))[0]);
  assertEquals(told(plain), flags);
  assertEquals(told(coherent), [WB_MMAP, WB_MMAP | NOEXEC, WB_MMAP, 7]);
  const fd = exportFd(kernel, plain, createPanfrost(kernel, plain, 4096, WB_MMAP));
  assertEquals(query(coherent, importHandle(kernel, coherent, fd)), [0, 1]);
  const unknown = call(kernel, plain, ioctls.QUERY_BO_INFO, { handle: 99 });
  assertEquals(outcome(unknown.result), "ENOENT");
});

Deno.test("an import is called so in debugfs, and a buffer without a label is not", () => {
  const kernel = kernelOf("qemu-arm64@7.2");
  const fd = openNode(kernel, "/dev/dri/renderD129");
  createPanfrost(kernel, fd, 4096);
  const other = openNode(kernel, "/dev/dri/renderD130");
  importHandle(kernel, fd, exportFd(kernel, other, createPanfrost(kernel, other, 4096)));
  const text = String(kernel.readText("/sys/kernel/debug/dri/129/gems"));
  assertEquals(text.split("GEM PRIME buffer").length - 1, 1);
});

Deno.test("cached buffers export, with hooks since 1.6 and without before", () => {
  for (const [board, name] of [["panfrost@6.12", "drm"], ["panfrost@7.2", "panfrost"]] as const) {
    const kernel = kernelOf(board);
    const fd = gpuOf(kernel);
    const cached = board.endsWith("7.2") ? WB_MMAP : 0;
    const handle = createPanfrost(kernel, fd, 4096, cached);
    const dmaBufFd = exportFd(kernel, fd, handle);
    assert(
      String(kernel.readText(`/proc/self/fdinfo/${dmaBufFd}`)).includes(`exp_name:\t${name}\n`),
    );
    mapBo(kernel, fd, handle, 4096).fill(0, 64, 1);
    assertEquals(dmaBufSync(kernel, dmaBufFd, SYNC_READ), 0);
    const { dirtyBytesDiscarded } = booksOf(kernel, fd, handle);
    assertEquals(dirtyBytesDiscarded, cached === 0 ? 0 : 64);
  }
});

Deno.test("a coherent panfrost's buffers are cached and never stale", () => {
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, "/dev/dri/renderD130");
  const handle = createPanfrost(kernel, fd, 4096);
  mapBo(kernel, fd, handle, 4096).fill(0, 64, 1);
  assertEquals(staleRanges(kernel, fd, handle, 0, 4096), []);
  assertEquals(deviceRead(kernel, fd, handle, 0, 1), new Uint8Array([1]));
});

Deno.test("GET_PARAM tells registers, and since 1.6 the selected coherency", () => {
  const param = (kernel: Kernel, fd: number, number: number, pad = 0): string => {
    const { result, values } = call(kernel, fd, ioctls.GET_PARAM, { param: number, pad });
    return result < 0 ? outcome(result) : String(values.value);
  };
  const kernel = kernelOf("qemu-arm64");
  const plain = openNode(kernel, "/dev/dri/renderD129");
  const coherent = openNode(kernel, "/dev/dri/renderD130");
  const selected = constants.DRM_PANFROST_PARAM_SELECTED_COHERENCY;
  assertEquals(param(kernel, plain, constants.DRM_PANFROST_PARAM_GPU_PROD_ID), String(0x7212));
  assertEquals([param(kernel, plain, selected), param(kernel, coherent, selected)], ["31", "0"]);
  assertEquals([param(kernel, plain, 99), param(kernel, plain, 0, 1)], ["EINVAL", "EINVAL"]);
  const old = kernelOf("panfrost@6.12");
  assertEquals(param(old, gpuOf(old), selected), "EINVAL");
  assertEquals(param(old, gpuOf(old), 0), String(0x860));
});

Deno.test("MADVISE refuses to give up a shared buffer", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const handle = createPanfrost(kernel, fd, 4096);
  const advise = (madv: number, bo = handle): string => {
    const { result, values } = call(kernel, fd, ioctls.MADVISE, { handle: bo, madv });
    return result < 0 ? outcome(result) : `retained ${values.retained}`;
  };
  assertEquals([advise(1, 99), advise(1), advise(0)], ["ENOENT", "retained 1", "retained 1"]);
  const other = gpuOf(kernel);
  importHandle(kernel, other, exportFd(kernel, fd, handle));
  assertEquals([advise(1), advise(0)], ["EINVAL", "retained 1"]);
});

Deno.test("WAIT_BO tells idle, busy and timed out apart; a job keeps its buffers busy", () => {
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, "/dev/dri/renderD129");
  const handle = createPanfrost(kernel, fd, 4096);
  const wait = (timeout: bigint, values: { handle?: number; pad?: number } = {}): string =>
    outcome(call(kernel, fd, ioctls.WAIT_BO, { handle, timeout_ns: timeout, ...values }).result);
  assertEquals(wait(0n, { handle: 99, pad: 1 }), "EINVAL");
  assertEquals(wait(0n, { handle: 99 }), "ENOENT");
  assertEquals(wait(0n), "ok");
  const [words, one, nine] = [handle, 1, 9].map((word) => ({
    bytes: new Uint8Array(new Uint32Array([word]).buffer),
  }));
  assert(words !== undefined && one !== undefined && nine !== undefined);
  mustCall(kernel, fd, drm.ioctls.SYNCOBJ_CREATE);
  const submit = (values: Parameters<typeof call<typeof ioctls.SUBMIT.struct.fields>>[3]): string =>
    outcome(call(kernel, fd, ioctls.SUBMIT, values).result);
  const job = { jc: 0x200_0000n, bo_handles: words, bo_handle_count: 1 };
  const cases: [string, Parameters<typeof submit>[0], string][] = [
    ["no job chain", { ...job, jc: 0n }, "EINVAL"],
    ["unknown requirements", { ...job, requirements: 8 }, "EINVAL"],
    ["unknown out_sync", { ...job, out_sync: 7 }, "ENODEV"],
    ["unknown context", { ...job, jm_ctx_handle: 7 }, "EINVAL"],
    ["unknown in_sync", { ...job, in_syncs: nine, in_sync_count: 1 }, "ENOENT"],
    ["too many in_syncs", { ...job, in_syncs: words, in_sync_count: 0xffff_ffff }, "ENOMEM"],
    ["an in_sync without a fence", { ...job, in_syncs: one, in_sync_count: 1 }, "EINVAL"],
    ["bad handles", { ...job, bo_handles: 0n }, "EFAULT"],
    ["unknown buffer", { ...job, bo_handles: nine }, "ENOENT"],
    ["pad", { ...job, pad: 1 }, "EINVAL"],
    ["good", job, "ok"],
  ];
  for (const [what, values, wanted] of cases) assertEquals(submit(values), wanted, what);
  assertEquals(wait(0n), "EBUSY");
  const before = kernel.now();
  assertEquals(wait(before + 100_000_000n), "ETIMEDOUT");
  assertEquals((kernel.now() - before) / 1_000_000n, 100n);
  assertEquals(wait((1n << 63n) - 1n), "ok");
  // Busy for half a second in all, as the driver without a GPU behind it.
  assertEquals((kernel.now() - before) / 1_000_000n, 499n);
});

Deno.test("labels and performance counters answer as the driver does", () => {
  const kernel = kernelOf("panfrost");
  const fd = gpuOf(kernel);
  const handle = createPanfrost(kernel, fd, 4096);
  const label = { handle, label: { bytes: new TextEncoder().encode("vertices\0") } };
  assertEquals(outcome(call(kernel, fd, ioctls.SET_LABEL_BO, label).result), "ok");
  const padded = call(kernel, fd, ioctls.SET_LABEL_BO, { ...label, pad: 1 });
  assertEquals(outcome(padded.result), "EINVAL");
  const unknown = call(kernel, fd, ioctls.SET_LABEL_BO, { ...label, handle: 99 });
  assertEquals(outcome(unknown.result), "ENOENT");
  const bad = { handle, label: 0x1000n };
  assertEquals(outcome(call(kernel, fd, ioctls.SET_LABEL_BO, bad).result), "EFAULT");
  assertEquals(outcome(call(kernel, fd, ioctls.PERFCNT_ENABLE).result), "ENOSYS");
});
