/** xe: what is bound, and what becomes of buffers that nobody needs. */
import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { xe } from "../../ffi/uapi/xe.ts";
import {
  bytesOf,
  createDumb,
  exportFd,
  importHandle,
  kernelOf,
  kernelWith,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
} from "../_test_kit.ts";

const { ioctls } = xe;
const MAP = 0;
const UNMAP = 1;
const PURGEABLE = 3;
const WILLNEED = 0;
const DONTNEED = 1;
const AT = 0x10_0000n;

type BindValues = Parameters<typeof call<typeof ioctls.VM_BIND.struct.fields>>[3];
type Op = NonNullable<NonNullable<NonNullable<BindValues>["_anonymous"]>["bind"]>;

/** An open file with a VM (1) and a buffer of two pages (1). */
function bench(kernel: Kernel = kernelOf("xe-laptop")): { kernel: Kernel; fd: number } {
  const fd = openNode(kernel, "/dev/dri/renderD128");
  mustCall(kernel, fd, ioctls.VM_CREATE);
  mustCall(kernel, fd, ioctls.GEM_CREATE, { size: 8192n, placement: 1, cpu_caching: 2 });
  return { kernel, fd };
}
/** Memory is short there. */
function shortOfMemory(): Kernel {
  return kernelWith("xe-laptop", { registers: { purges: 1n } });
}
function bind(kernel: Kernel, fd: number, op: Op = {}, more: BindValues = {}): string {
  const usual = { obj: 1, addr: AT, range: 8192n, op: MAP };
  const values = { vm_id: 1, num_binds: 1, _anonymous: { bind: { ...usual, ...op } }, ...more };
  return outcome(call(kernel, fd, ioctls.VM_BIND, values).result);
}
function unbind(kernel: Kernel, fd: number, addr = AT, range = 8192n, vm_id = 1): string {
  return bind(kernel, fd, { obj: 0, op: UNMAP, addr, range }, { vm_id });
}
function advise(kernel: Kernel, fd: number, val: number, range = 8192n, start = AT): string {
  const _anonymous = { purge_state_val: { val } };
  const values = { vm_id: 1, start, range, type: PURGEABLE, _anonymous };
  return outcome(call(kernel, fd, ioctls.MADVISE, values).result);
}
/** What mmap says of the buffer. */
function mapped(kernel: Kernel, fd: number, handle = 1): string {
  const { offset } = mustCall(kernel, fd, ioctls.GEM_MMAP_OFFSET, { handle });
  return mapOutcome(kernel, fd, 8192, offset);
}
/** What mmap and export say of it; one that was exported is needed for good. */
function reach(kernel: Kernel, fd: number, handle = 1): [string, string] {
  const { result } = call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags: 2 });
  return [mapped(kernel, fd, handle), outcome(result)];
}

Deno.test("VM_BIND refuses in its order", () => {
  const { kernel, fd } = bench();
  const wide = 1n << 48n;
  const cases: [string, Op, BindValues, string][] = [
    ["an unknown VM", { op: 9 }, { vm_id: 2 }, "EINVAL"],
    ["padding", {}, { pad2: 1 }, "EINVAL"],
    ["a reserved word", {}, { reserved: [1n] }, "EINVAL"],
    ["an extension", {}, { extensions: 1n }, "EINVAL"],
    ["an entry of no PAT table", { pat_index: 65_535 }, {}, "EINVAL"],
    ["one behind the last", { pat_index: 32, op: 4 }, {}, "EINVAL"],
    ["an unknown operation", { op: 5 }, {}, "EINVAL"],
    ["a map with a region to prefetch", { prefetch_mem_region_instance: 7 }, {}, "EINVAL"],
    ["an unknown flag", { flags: 0x100 }, {}, "EINVAL"],
    ["a map of nothing", { obj: 0 }, {}, "EINVAL"],
    ["an unmap of a buffer", { op: UNMAP }, {}, "EINVAL"],
    ["an address between pages", { addr: AT + 1n }, {}, "EINVAL"],
    ["a range between pages", { range: 4097n }, {}, "EINVAL"],
    ["an offset between pages", { _anonymous: { obj_offset: 4n } }, {}, "EINVAL"],
    ["no range", { range: 0n }, {}, "EINVAL"],
    ["a queue that is not there", { obj: 9 }, { exec_queue_id: 1 }, "ENOENT"],
    ["an address behind the last", { obj: 9, addr: wide }, {}, "EINVAL"],
    ["a sign-extended address", { obj: 9, addr: (1n << 64n) - 8192n }, {}, "EINVAL"],
    ["an unknown handle", { obj: 9 }, {}, "ENOENT"],
    ["more than the buffer", { range: 12_288n }, {}, "EINVAL"],
    ["more than is behind the offset", { _anonymous: { obj_offset: 4096n } }, {}, "EINVAL"],
    ["several, not simulated", {}, { num_binds: 2 }, "EOPNOTSUPP"],
    ["a prefetch, not simulated", { obj: 0, op: 4 }, {}, "EOPNOTSUPP"],
    ["none", {}, { num_binds: 0 }, "ok"],
    ["with the last entry of the PAT table", { pat_index: 31 }, {}, "ok"],
    ["all of it", {}, {}, "ok"],
    ["its second page", { range: 4096n, _anonymous: { obj_offset: 4096n } }, {}, "ok"],
  ];
  for (const [what, op, more, wanted] of cases) {
    assertEquals(bind(kernel, fd, op, more), wanted, what);
  }
});

Deno.test("MADVISE refuses in its order", () => {
  const { kernel, fd } = bench();
  type Values = Parameters<typeof call<typeof ioctls.MADVISE.struct.fields>>[3];
  const one = { bytes: new Uint8Array([1, 0, 0, 0]) };
  const nowhere = { _anonymous: { purge_state_val: { retained_ptr: 16n } } };
  const cases: [string, Values, string][] = [
    ["an unknown VM", { vm_id: 2 }, "EINVAL"],
    ["a start between pages", { start: 1n }, "EINVAL"],
    ["a range between pages", { range: 4097n }, "EINVAL"],
    ["no range", { range: 0n }, "EINVAL"],
    ["an unknown type", { type: 4 }, "EINVAL"],
    ["state 2", { _anonymous: { purge_state_val: { val: 2 } } }, "EINVAL"],
    ["padding", { _anonymous: { purge_state_val: { val: 1, pad: 1 } } }, "EINVAL"],
    ["a reserved word", { reserved: [0n, 1n] }, "EINVAL"],
    ["an answer nowhere", nowhere, "EFAULT"],
    ["an answer before", { _anonymous: { purge_state_val: { retained_ptr: one } } }, "EINVAL"],
    ["a place, not simulated", { type: 0 }, "EOPNOTSUPP"],
    ["more than there are addresses", { start: 0n, range: 1n << 63n }, "EINVAL"],
    ["a page too many", { start: (1n << 48n) - 4096n, range: 8192n }, "EINVAL"],
    ["an answer nowhere before that", { range: 1n << 63n, ...nowhere }, "EFAULT"],
    ["the last page", { start: (1n << 48n) - 4096n }, "ok"],
    ["the last page, sign-extended", { start: (1n << 64n) - 4096n }, "ok"],
    ["where nothing is bound", {}, "ok"],
  ];
  for (const [what, values, wanted] of cases) {
    const good = { vm_id: 1, start: AT, range: 4096n, type: PURGEABLE };
    const { result } = call(kernel, fd, ioctls.MADVISE, { ...good, ...values });
    assertEquals(outcome(result), wanted, what);
  }
});

Deno.test("mmap and export of what is not needed are EBUSY, and again allowed when it is", () => {
  const { kernel, fd } = bench();
  const { offset } = mustCall(kernel, fd, ioctls.GEM_MMAP_OFFSET, { handle: 1 });
  const before = map(kernel, fd, 8192, offset);
  before.write(0, Uint8Array.of(5));
  bind(kernel, fd);
  assertEquals(advise(kernel, fd, DONTNEED), "ok");
  assertEquals(reach(kernel, fd), ["EBUSY", "EBUSY"]);
  assertEquals(bind(kernel, fd, { addr: AT * 2n }), "EBUSY");
  assertEquals([...bytesOf(before, 0, 1)], [5]);
  assertEquals(advise(kernel, fd, WILLNEED), "ok");
  assertEquals(reach(kernel, fd), ["ok", "ok"]);
});

Deno.test("a buffer is not needed where nobody that has it bound needs it", () => {
  const { kernel, fd } = bench();
  bind(kernel, fd);
  bind(kernel, fd, { addr: 3n * AT });
  advise(kernel, fd, DONTNEED);
  assertEquals(mapped(kernel, fd), "ok");
  const second = bench(kernel);
  // Another buffer, another file's VM: neither is meant.
  advise(second.kernel, second.fd, DONTNEED);
  mustCall(kernel, fd, ioctls.GEM_CREATE, { size: 8192n, placement: 1, cpu_caching: 2 });
  bind(kernel, fd, { obj: 2, addr: 2n * AT });
  advise(kernel, fd, DONTNEED, 8192n, 2n * AT);
  assertEquals(reach(kernel, fd, 2), ["EBUSY", "EBUSY"]);
  // Bound nowhere, it stays so.
  unbind(kernel, fd, 2n * AT);
  assertEquals(reach(kernel, fd, 2), ["EBUSY", "EBUSY"]);
  // Half of where it was needed is enough; without the other half, the first is not needed either.
  unbind(kernel, fd, 3n * AT, 4096n);
  assertEquals(mapped(kernel, fd), "ok");
  unbind(kernel, fd, 3n * AT + 4096n, 4096n);
  assertEquals(mapped(kernel, fd), "EBUSY");
});

Deno.test("MADVISE of a part of where a buffer is bound means the whole of it", () => {
  const { kernel, fd } = bench();
  bind(kernel, fd);
  advise(kernel, fd, DONTNEED, 4096n);
  assertEquals(mapped(kernel, fd), "EBUSY");
  advise(kernel, fd, WILLNEED, 4096n, AT + 4096n);
  assertEquals(mapped(kernel, fd), "ok");
  // What UNMAP cut in two is two; each half keeps what was said of the whole.
  mustCall(kernel, fd, ioctls.GEM_CREATE, { size: 12_288n, placement: 1, cpu_caching: 2 });
  bind(kernel, fd, { obj: 2, addr: 2n * AT, range: 12_288n });
  unbind(kernel, fd, 2n * AT + 4096n, 4096n);
  advise(kernel, fd, DONTNEED, 4096n, 2n * AT);
  assertEquals(mapped(kernel, fd, 2), "ok");
  advise(kernel, fd, DONTNEED, 4096n, 2n * AT + 8192n);
  assertEquals(mapped(kernel, fd, 2), "EBUSY");
});

Deno.test("MADVISE strips an address of its sign, which VM_BIND does not", () => {
  const { kernel, fd } = bench();
  const upper = 1n << 47n;
  const extended = BigInt.asUintN(64, -upper);
  assertEquals(bind(kernel, fd, { addr: extended }), "EINVAL");
  assertEquals(bind(kernel, fd, { addr: upper }), "ok");
  assertEquals(advise(kernel, fd, DONTNEED, 8192n, extended), "ok");
  assertEquals(mapped(kernel, fd), "EBUSY");
});

Deno.test("what was never called unneeded is needed, bound or not", () => {
  const { kernel, fd } = bench();
  bind(kernel, fd);
  unbind(kernel, fd);
  assertEquals(mapped(kernel, fd), "ok");
});

Deno.test("what was exported, and what came in, is never purgeable", () => {
  const { kernel, fd } = bench(shortOfMemory());
  bind(kernel, fd);
  const dmaBuf = exportFd(kernel, fd, 1);
  assertEquals(advise(kernel, fd, DONTNEED), "ok");
  assertEquals([mapOutcome(kernel, dmaBuf, 8192, 0n), mapped(kernel, fd)], ["ok", "ok"]);
  const twice = bench();
  bind(twice.kernel, twice.fd);
  bind(twice.kernel, twice.fd, { addr: 3n * AT });
  advise(twice.kernel, twice.fd, DONTNEED);
  assertEquals(reach(twice.kernel, twice.fd), ["ok", "ok"]);
  unbind(twice.kernel, twice.fd, 3n * AT);
  assertEquals(mapped(twice.kernel, twice.fd), "ok");
  const vgem = openNode(kernel, "/dev/dri/card1");
  const imported = importHandle(kernel, fd, exportFd(kernel, vgem, createDumb(kernel, vgem)));
  bind(kernel, fd, { obj: imported, range: 4096n });
  advise(kernel, fd, DONTNEED);
  assertEquals(
    outcome(call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle: imported }).result),
    "ok",
  );
});

Deno.test("what is purged is EINVAL to mmap and export for good, and SIGBUS where it is mapped", () => {
  const { kernel, fd } = bench(shortOfMemory());
  const { offset } = mustCall(kernel, fd, ioctls.GEM_MMAP_OFFSET, { handle: 1 });
  const before = map(kernel, fd, 8192, offset);
  before.write(0, Uint8Array.of(5));
  bind(kernel, fd);
  const retained = (val: number): number | undefined => {
    const retained_ptr = { bytes: new Uint8Array(4) };
    const values = { vm_id: 1, start: AT, range: 8192n, type: PURGEABLE };
    const _anonymous = { purge_state_val: { val, retained_ptr } };
    mustCall(kernel, fd, ioctls.MADVISE, { ...values, _anonymous });
    return retained_ptr.bytes[0];
  };
  // It was there when the advice came.
  assertEquals([retained(WILLNEED), retained(DONTNEED), retained(WILLNEED)], [1, 1, 0]);
  assertEquals(reach(kernel, fd), ["EINVAL", "EINVAL"]);
  assertEquals(bind(kernel, fd, { addr: 2n * AT }), "EINVAL");
  assertEquals([before.read(0, new Uint8Array(1)), before.write(0, Uint8Array.of(1))], [0, 0]);
});

Deno.test("MODE_MAP_DUMB takes imports, whose first touch is SIGBUS", () => {
  const kernel = kernelOf("xe-laptop");
  const fd = openNode(kernel, "/dev/dri/card0");
  const vgem = openNode(kernel, "/dev/dri/card1");
  const handle = importHandle(kernel, fd, exportFd(kernel, vgem, createDumb(kernel, vgem)));
  const { offset } = mustCall(kernel, fd, drm.ioctls.MODE_MAP_DUMB, { handle });
  assertEquals(map(kernel, fd, 4096, offset).read(0, new Uint8Array(1)), 0);
});
