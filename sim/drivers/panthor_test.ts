import { assert, assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { decode, encode, encodeArray } from "../../ffi/struct.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import {
  booksOf,
  bytesOf,
  createDumb,
  createPanthor,
  deviceRead,
  deviceSide,
  dmaBufSync,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mapPanthor,
  must,
  mustCall,
  openNode,
  outcome,
  panthorOffset,
  panthorSync,
  staleRanges,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const { ioctls, structs } = panthor;
const NO_MMAP = 1;
const WB_MMAP = 2;

function gpuOf(kernel: Kernel): number {
  return openNode(kernel, "/dev/dri/renderD128");
}

Deno.test("BO_CREATE refuses in its order, and rounds the size to pages", () => {
  type Values = Parameters<typeof call<typeof ioctls.BO_CREATE.struct.fields>>[3];
  const cases: [string, Values, string, string][] = [
    ["size 0", { size: 0n }, "EINVAL", "EINVAL"],
    ["pad", { size: 1n, pad: 1 }, "EINVAL", "EINVAL"],
    ["unknown flag", { size: 1n, flags: 4 }, "EINVAL", "EINVAL"],
    ["cached", { size: 1n, flags: WB_MMAP }, "EINVAL", "ok"],
    ["cached without a map", { size: 1n, flags: 3 }, "EINVAL", "EINVAL"],
    ["unknown VM", { size: 1n, exclusive_vm_id: 1 }, "EINVAL", "EINVAL"],
    ["no map", { size: 1n, flags: NO_MMAP }, "ok", "ok"],
    ["wraps to nothing", { size: (1n << 64n) - 1n }, "ENOSPC", "ENOSPC"],
    ["more than a file", { size: (1n << 63n) + 1n }, "EINVAL", "EINVAL"],
    ["more than offsets", { size: (1n << 40n) + 1n }, "ENOSPC", "ENOSPC"],
    ["all offsets, of which the firmware has some", { size: 1n << 40n }, "ENOSPC", "ENOSPC"],
    ["64 GiB, allocated at once in 6.12", { size: 1n << 36n }, "ENOMEM", "ok"],
  ];
  for (const [index, board] of ["panthor@6.12", "panthor@7.2"].entries()) {
    const kernel = kernelOf(board);
    const fd = gpuOf(kernel);
    for (const [what, values, ...wanted] of cases) {
      const { result } = call(kernel, fd, ioctls.BO_CREATE, values);
      assertEquals(outcome(result), wanted[index], `${board}: ${what}`);
    }
    const { values } = call(kernel, fd, ioctls.BO_CREATE, { size: 4097n });
    assertEquals(values.size, 8192n);
  }
});

Deno.test("BO_MMAP_OFFSET refuses in its order; NO_MMAP is EPERM, in 6.12 the mmap's EINVAL", () => {
  for (const board of ["panthor@6.12", "panthor@7.2"]) {
    const kernel = kernelOf(board);
    const fd = gpuOf(kernel);
    const handle = createPanthor(kernel, fd, 4096);
    const hidden = createPanthor(kernel, fd, 4096, NO_MMAP);
    const offset = (values: { handle: number; pad?: number }): string =>
      outcome(call(kernel, fd, ioctls.BO_MMAP_OFFSET, values).result);
    const old = board.endsWith("6.12");
    assertEquals(offset({ handle: 99, pad: 1 }), "EINVAL");
    assertEquals(offset({ handle: 99 }), "ENOENT");
    assertEquals(offset({ handle }), "ok");
    assertEquals(offset({ handle: hidden }), old ? "ok" : "EPERM");
    if (old) {
      assertEquals(
        mapOutcome(kernel, fd, 4096, panthorOffset(kernel, fd, hidden)),
        "EINVAL",
      );
    }
    // Through the dma-buf it maps since the offset ioctl refuses.
    const dmaBufFd = exportFd(kernel, fd, hidden);
    assertEquals(mapOutcome(kernel, dmaBufFd, 4096, 0n), old ? "EINVAL" : "ok");
  }
});

Deno.test("BO_SYNC refuses op by op in its order, and earlier ops stay done", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const vgem = openNode(kernel, "/dev/dri/card2");
  const handle = createPanthor(kernel, fd, 8192, WB_MMAP);
  const combined = createPanthor(kernel, fd, 8192);
  const imported = importHandle(
    kernel,
    fd,
    exportFd(kernel, vgem, createDumb(kernel, vgem, 64, 32)),
  );
  type Op = Parameters<typeof encode<typeof structs.drm_panthor_bo_sync_op.fields>>[1];
  const top = (1n << 64n) - 1n;
  const cases: [string, Op, string][] = [
    ["unknown handle", { handle: 99, type: 9, offset: top, size: 2n }, "ENOENT"],
    ["wrapping range", { handle, type: 9, offset: top, size: 2n }, "EINVAL"],
    ["past the end", { handle, type: 0, offset: 8192n, size: 1n }, "EINVAL"],
    ["one byte too long", { handle, type: 0, offset: 1n, size: 8192n }, "EINVAL"],
    ["imported", { handle: imported, type: 0, offset: 0n, size: 64n }, "EINVAL"],
    ["type 2", { handle, type: 2, offset: 0n, size: 64n }, "EINVAL"],
    ["type 2, write-combined", { handle: combined, type: 2 }, "EINVAL"],
    ["write-combined", { handle: combined, type: 0, offset: 0n, size: 64n }, "ok"],
    ["nothing at the end", { handle, type: 0, offset: 8192n, size: 0n }, "ok"],
    ["nothing", { handle, type: 1 }, "ok"],
    ["without pages", { handle, type: 1, offset: 0n, size: 8192n }, "ok"],
    ["any alignment", { handle, type: 1, offset: 3n, size: 5n }, "ok"],
  ];
  for (const [what, op, wanted] of cases) {
    const array = encodeArray(structs.drm_panthor_bo_sync_op, [op ?? {}]);
    const ops = { stride: 24, count: 1, array };
    assertEquals(outcome(call(kernel, fd, ioctls.BO_SYNC, { ops }).result), wanted, what);
  }
  const mapping = mapPanthor(kernel, fd, handle, 8192);
  mapping.fill(0, 8192, 1);
  const result = panthorSync(
    kernel,
    fd,
    { handle, offset: 0, size: 64 },
    { handle, offset: 8192, size: 64 },
    { handle, offset: 64, size: 64 },
  );
  assertEquals(outcome(result), "EINVAL");
  assertEquals(staleRanges(kernel, fd, handle, 0, 8192), ["64..8192"]);
});

Deno.test("BO_SYNC's array has a count, a stride and a tail to get wrong", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 4096, WB_MMAP);
  const op = encode(structs.drm_panthor_bo_sync_op, { handle, size: 64n }).bytes;
  const wide = new Uint8Array(32);
  wide.set(op);
  const tail = wide.slice();
  tail[31] = 1;
  const cases: [string, number, number, Uint8Array<ArrayBuffer> | null, string][] = [
    ["count 0 before anything else", 0, 0, null, "ok"],
    ["stride too small", 23, 1, null, "EINVAL"],
    ["too many", 24, 0xffff_ffff, null, "ENOMEM"],
    ["NULL", 24, 1, null, "EFAULT"],
    ["short memory", 24, 2, op, "EFAULT"],
    ["longer elements", 32, 1, wide, "ok"],
    ["longer elements with something new", 32, 1, tail, "E2BIG"],
    ["longer elements in short memory", 32, 1, op, "EFAULT"],
    ["good", 24, 1, op, "ok"],
  ];
  for (const [what, stride, count, bytes, wanted] of cases) {
    const ops = { stride, count, array: bytes === null ? 0n : { bytes } };
    assertEquals(outcome(call(kernel, fd, ioctls.BO_SYNC, { ops }).result), wanted, what);
  }
});

Deno.test("a cached write is stale to the device until exactly its bytes are synced", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 16_384, WB_MMAP);
  const mapping = mapPanthor(kernel, fd, handle, 16_384);
  mapping.fill(0, 16_384, 0xaa);
  assertEquals(deviceRead(kernel, fd, handle, 256, 64), new Uint8Array(64));
  assertEquals(panthorSync(kernel, fd, { handle, offset: 256, size: 64 }), 0);
  assertEquals(deviceRead(kernel, fd, handle, 256, 64), new Uint8Array(64).fill(0xaa));
  assertEquals(staleRanges(kernel, fd, handle, 0, 16_384), ["0..256", "320..16384"]);
  // A range across two lines takes both along, whole.
  assertEquals(panthorSync(kernel, fd, { handle, offset: 100, size: 64 }), 0);
  assertEquals(staleRanges(kernel, fd, handle, 0, 16_384), ["0..64", "192..256", "320..16384"]);
  const books = booksOf(kernel, fd, handle);
  assertEquals(
    [books.bytesAsked, books.linesTouched, books.linesCleaned, books.bytesCarriedAlong],
    [128, 3, 3, 64],
  );
  assertEquals(books.staleBytesReadByDevice, 64);
  // One line short: exactly that line stays.
  assertEquals(panthorSync(kernel, fd, { handle, offset: 0, size: 16_384 - 64 }), 0);
  assertEquals(staleRanges(kernel, fd, handle, 0, 16_384), ["16320..16384"]);
});

Deno.test("the CPU sees the device's write after flush-and-invalidate, not after a flush", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 4096, WB_MMAP);
  const mapping = mapPanthor(kernel, fd, handle, 4096);
  bytesOf(mapping, 0, 128);
  deviceSide(kernel).write(fd, handle, 0, new Uint8Array(64).fill(5));
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([0, 0]));
  panthorSync(kernel, fd, { handle, offset: 0, size: 64 });
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([0, 0]));
  panthorSync(kernel, fd, { handle, type: 1, offset: 0, size: 64 });
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([5, 5]));
  assertEquals(booksOf(kernel, fd, handle).staleBytesReadByCpu, 4);
});

Deno.test("write-combined writes are seen at once, and syncing them touches no line", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 4096);
  mapPanthor(kernel, fd, handle, 4096).fill(0, 4096, 3);
  assertEquals(deviceRead(kernel, fd, handle, 0, 2), new Uint8Array([3, 3]));
  assertEquals(panthorSync(kernel, fd, { handle, offset: 0, size: 64 }), 0);
  const books = booksOf(kernel, fd, handle);
  assertEquals([books.bytesAsked, books.linesTouched], [64, 0]);
});

Deno.test("the hooks of a write-combined buffer visit every line, in vain, once a device has it", () => {
  const kernel = kernelOf("panthor-unbound");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 8192);
  const db = exportFd(kernel, fd, handle);
  const begin = (): number[] => {
    const before = booksOf(kernel, fd, handle);
    dmaBufSync(kernel, db, SYNC_READ);
    const { linesTouched, linesInVain, bytesAsked } = booksOf(kernel, fd, handle);
    return [
      bytesAsked - before.bytesAsked,
      linesTouched - before.linesTouched,
      linesInVain - before.linesInVain,
    ];
  };
  const mapping = mapPanthor(kernel, fd, handle, 8192);
  assertEquals(begin(), [0, 0, 0], "nothing is mapped for a device");
  // The first touch maps a write-combined buffer for the device.
  mapping.fill(0, 1, 1);
  assertEquals(begin(), [8192, 128, 128]);
});

Deno.test("the first touch of a cached buffer does not map it for the device", () => {
  const kernel = kernelOf("panthor-unbound");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 8192, WB_MMAP);
  mapPanthor(kernel, fd, handle, 8192).fill(0, 1, 1);
  dmaBufSync(kernel, exportFd(kernel, fd, handle), SYNC_READ);
  assertEquals(booksOf(kernel, fd, handle).linesTouched, 0);
});

Deno.test("on a coherent board nothing is ever stale, and syncing touches no line", () => {
  const kernel = kernelOf("panthor-coherent");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 4096, WB_MMAP);
  const mapping = mapPanthor(kernel, fd, handle, 4096);
  mapping.fill(0, 4096, 3);
  assertEquals(staleRanges(kernel, fd, handle, 0, 4096), []);
  assertEquals(deviceRead(kernel, fd, handle, 0, 2), new Uint8Array([3, 3]));
  deviceSide(kernel).write(fd, handle, 0, new Uint8Array([7]));
  assertEquals(bytesOf(mapping, 0, 2), new Uint8Array([7, 3]));
  assertEquals(panthorSync(kernel, fd, { handle, offset: 0, size: 64 }), 0);
  assertEquals(booksOf(kernel, fd, handle).linesTouched, 0);
});

Deno.test("whole-buffer begin for reading destroys another sub-allocation's unflushed writes", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 8192, WB_MMAP);
  const dmaBufFd = exportFd(kernel, fd, handle);
  const mapping = mapPanthor(kernel, fd, handle, 8192);
  mapping.fill(4096, 4096, 9); // one user's half, not flushed yet
  assertEquals(dmaBufSync(kernel, dmaBufFd, SYNC_READ), 0); // the other user reads its half
  assertEquals(bytesOf(mapping, 4096, 1), new Uint8Array([0]));
  assertEquals(booksOf(kernel, fd, handle).dirtyBytesDiscarded, 4096);
  // Begin for writing, and end, lose nothing.
  mapping.fill(4096, 4096, 9);
  assertEquals(dmaBufSync(kernel, dmaBufFd, SYNC_WRITE), 0);
  assertEquals(dmaBufSync(kernel, dmaBufFd, SYNC_WRITE | SYNC_END), 0);
  assertEquals(deviceRead(kernel, fd, handle, 4096, 1), new Uint8Array([9]));
});

Deno.test("a buffer that is bound on demand is cleaned whole by its first sync", () => {
  const board = kernelOf("panthor-unbound");
  const fd = gpuOf(board);
  const handle = createPanthor(board, fd, 8192, WB_MMAP);
  mapPanthor(board, fd, handle, 8192).fill(0, 8192, 1);
  assertEquals(panthorSync(board, fd, { handle, offset: 0, size: 64 }), 0);
  assertEquals(staleRanges(board, fd, handle, 0, 8192), []);
});

Deno.test("BO_QUERY_INFO tells the literal flags, and imports of foreign devices, panthor's too", () => {
  const kernel = kernelOf("qemu-arm64");
  const a = openNode(kernel, "/dev/dri/renderD131");
  const b = openNode(kernel, "/dev/dri/renderD132"); // dma-coherent
  const query = (fd: number, handle: number): [number, number] => {
    const values = mustCall(kernel, fd, ioctls.BO_QUERY_INFO, { handle, pad: 7, extra_flags: 9 });
    assertEquals(values.pad, 0);
    return [values.create_flags, values.extra_flags];
  };
  const cached = createPanthor(kernel, a, 4096, WB_MMAP);
  assertEquals(query(a, cached), [WB_MMAP, 0]);
  assertEquals(query(b, createPanthor(kernel, b, 4096)), [0, 0]);
  const fd = exportFd(kernel, a, cached);
  const other = openNode(kernel, "/dev/dri/renderD131");
  assertEquals(query(other, importHandle(kernel, other, fd)), [WB_MMAP, 0]);
  const foreign = importHandle(kernel, b, fd);
  assertEquals(query(b, foreign), [0, 1]);
  assertEquals(outcome(panthorSync(kernel, b, { handle: foreign, offset: 0, size: 64 })), "EINVAL");
  const unknown = call(kernel, a, ioctls.BO_QUERY_INFO, { handle: 99 });
  assertEquals(outcome(unknown.result), "ENOENT");
});

Deno.test("calls that came later are EINVAL on the older driver", () => {
  const kernel = kernelOf("panthor@6.12");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 4096);
  for (
    const name of ["BO_SYNC", "BO_QUERY_INFO", "BO_SET_LABEL", "SET_USER_MMIO_OFFSET"] as const
  ) {
    assertEquals(outcome(kernel.ioctl(fd, ioctls[name].code, 0n)), "EINVAL", name);
  }
  assertEquals(handle, 1);
});

Deno.test("BO_SET_LABEL refuses in its order", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const handle = createPanthor(kernel, fd, 4096);
  const text = (length: number): { bytes: Uint8Array<ArrayBuffer> } => {
    const bytes = new Uint8Array(length + 1).fill(0x61);
    bytes[length] = 0;
    return { bytes };
  };
  const cases: [
    string,
    Parameters<typeof call<typeof ioctls.BO_SET_LABEL.struct.fields>>[3],
    string,
  ][] = [
    ["pad", { handle: 99, pad: 1 }, "EINVAL"],
    ["unknown handle", { handle: 99, label: 0x1000n }, "ENOENT"],
    ["bad address", { handle, label: 0x1000n }, "EFAULT"],
    ["too long", { handle, label: text(4096) }, "E2BIG"],
    ["just short enough", { handle, label: text(4095) }, "ok"],
    ["NULL clears", { handle, label: 0n }, "ok"],
  ];
  for (const [what, values, wanted] of cases) {
    assertEquals(outcome(call(kernel, fd, ioctls.BO_SET_LABEL, values).result), wanted, what);
  }
});

Deno.test("VMs are numbered from 1, at most 32 a file, and make buffers private to them", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const create = (flags: number, range = 0n): string =>
    outcome(call(kernel, fd, ioctls.VM_CREATE, { flags, user_va_range: range }).result);
  assertEquals(create(1), "EINVAL");
  assertEquals(create(0, 1n << 48n), "EINVAL");
  const vm = mustCall(kernel, fd, ioctls.VM_CREATE);
  assertEquals([vm.id, vm.user_va_range], [1, 1n << 47n]);
  for (let id = 2; id <= 32; id++) assertEquals(create(0), "ok");
  assertEquals(create(0), "EBUSY");
  const handle = createPanthor(kernel, fd, 4096, WB_MMAP, 1);
  const exported = call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags: 2 });
  assertEquals(outcome(exported.result), "EINVAL");
  const destroy = (values: { id: number; pad?: number }): string =>
    outcome(call(kernel, fd, ioctls.VM_DESTROY, values).result);
  assertEquals(
    [destroy({ id: 1, pad: 1 }), destroy({ id: 99 }), destroy({ id: 1 }), destroy({ id: 1 })],
    ["EINVAL", "EINVAL", "ok", "EINVAL"],
  );
  // The buffer stays private to the VM that is gone.
  const again = call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags: 2 });
  assertEquals(outcome(again.result), "EINVAL");
});

Deno.test("DEV_QUERY tells its size, fills what fits, and zeroes the rest", () => {
  const type = structs.drm_panthor_gpu_info;
  for (
    const [board, size, coherency] of [
      ["panthor@6.12", 104, 0],
      ["panthor@7.2", 112, 31],
      ["panthor-coherent@7.2", 112, 0],
    ] as const
  ) {
    const kernel = kernelOf(board);
    const fd = gpuOf(kernel);
    assertEquals(mustCall(kernel, fd, ioctls.DEV_QUERY, { type: 0 }).size, size, board);
    const query = (length: number, bytes: Uint8Array<ArrayBuffer> | null): string =>
      outcome(
        call(kernel, fd, ioctls.DEV_QUERY, {
          type: 0,
          size: length,
          pointer: bytes === null ? 0x1000n : { bytes },
        }).result,
      );
    assertEquals(query(95, new Uint8Array(200)), "EINVAL");
    assertEquals(query(96, null), "EFAULT");
    const bytes = new Uint8Array(200).fill(0xee);
    assertEquals(query(128, bytes), "ok");
    const info = decode(type, { bytes });
    assertEquals([info.gpu_id, info.selected_coherency], [0xa867_0005, coherency]);
    assertEquals(
      bytes.slice(size, 130),
      new Uint8Array([...new Array(128 - size).fill(0), 0xee, 0xee]),
    );
    assertEquals(outcome(call(kernel, fd, ioctls.DEV_QUERY, { type: 99 }).result), "EINVAL");
  }
});

Deno.test("a synchronous bind gives a buffer its device mapping and refuses foreign ranges", () => {
  const kernel = kernelOf("panthor-unbound");
  const fd = gpuOf(kernel);
  const vm = mustCall(kernel, fd, ioctls.VM_CREATE).id;
  const handle = createPanthor(kernel, fd, 8192, WB_MMAP);
  const bind = (bo: number, size: bigint, offset = 0n, id = vm, flags = 0): string => {
    const array = encodeArray(structs.drm_panthor_vm_bind_op, [
      { bo_handle: bo, size, bo_offset: offset, va: 0x10_0000n, flags },
    ]);
    const ops = { stride: structs.drm_panthor_vm_bind_op.size, count: 1, array };
    return outcome(call(kernel, fd, ioctls.VM_BIND, { vm_id: id, ops }).result);
  };
  assertEquals(
    [bind(99, 4096n), bind(handle, 1n), bind(handle, 12288n), bind(handle, 8192n, 4096n)],
    ["EINVAL", "EINVAL", "EINVAL", "EINVAL"],
  );
  const others = mustCall(kernel, fd, ioctls.VM_CREATE).id;
  const exclusive = createPanthor(kernel, fd, 4096, 0, others);
  assertEquals([bind(exclusive, 4096n), bind(handle, 4096n, 0n, 99)], ["EINVAL", "EINVAL"]);
  const [unmap, unknown] = [0x1000_0000, 0x3000_0000];
  assertEquals(
    [bind(0, 4096n, 0n, vm, unmap), bind(handle, 4096n, 0n, vm, unmap)],
    ["ok", "EINVAL"],
  );
  assertEquals(bind(handle, 4096n, 0n, vm, unknown), "EINVAL");
  const state = (vm_id: number): string =>
    outcome(call(kernel, fd, ioctls.VM_GET_STATE, { vm_id }).result);
  assertEquals([state(99), state(vm)], ["EINVAL", "ok"]);
  assertEquals(bind(handle, 8192n), "ok");
  mapPanthor(kernel, fd, handle, 8192).fill(0, 8192, 1);
  panthorSync(kernel, fd, { handle, offset: 0, size: 64 });
  assertEquals(staleRanges(kernel, fd, handle, 0, 8192), ["64..8192"]);
});

Deno.test("syncing one line costs the same in a small buffer and in one of 64 GiB", () => {
  const kernel = kernelOf("panthor");
  const fd = gpuOf(kernel);
  const booksFor = (size: number): unknown => {
    const handle = createPanthor(kernel, fd, size, WB_MMAP);
    const mapping = map(kernel, fd, size, panthorOffset(kernel, fd, handle));
    mapping.write(size - 4096, new Uint8Array(64).fill(1));
    must(panthorSync(kernel, fd, { handle, offset: size - 4096, size: 64 }), "BO_SYNC");
    return booksOf(kernel, fd, handle);
  };
  const small = booksFor(4096);
  assertEquals(booksFor(2 ** 36), small);
  assert(small !== null);
});
