/** lima's GEM_CREATE, GEM_INFO, GEM_WAIT, contexts and parameters. */
import { assert, assertEquals } from "@std/assert";
import { PROT_READ } from "../../ffi/constants.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { lima } from "../../ffi/uapi/lima.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { fence } from "./_fence.ts";
import { gpusOf } from "./_gpus.ts";

const { CTX_CREATE, CTX_FREE, GEM_CREATE, GEM_INFO, GEM_WAIT, GET_PARAM } = lima.ioctls;
const { LIMA_BO_FLAG_HEAP: HEAP, LIMA_GEM_WAIT_READ: READ, LIMA_GEM_WAIT_WRITE: WRITE } =
  lima.constants;
const on = gpusOf("lima");
const BYTES = 8192;
/** Nanoseconds; an emulated processor takes some of them to come from the clock to the call. */
const SHORT = 300_000_000n;

const creates = rowsOf(on, GEM_CREATE, [
  { name: "of size 0", values: { size: 0 }, is: "EINVAL" },
  { name: "with pad", values: { size: 4096, pad: 1 }, is: "EINVAL" },
  { name: "with flag 2", values: { size: 4096, flags: 2 }, is: "EINVAL" },
  { name: "of a byte", values: { size: 1 }, is: "ok" },
  { name: "of a heap", values: { size: 1 << 20, flags: HEAP }, is: "ok" },
]);

const infos = rowsOf(on, GEM_INFO, [
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of a heap", values: (bench) => ({ handle: bench.create(1 << 20, HEAP) }), is: "ok" },
  { name: "of an import", values: (bench) => ({ handle: bench.foreign(BYTES).handle }), is: "ok" },
]);

const waits = rowsOf(on, GEM_WAIT, [
  { name: "of an unknown handle, with op 4", values: { handle: 99, op: 4 }, is: "EINVAL" },
  { name: "of an unknown handle, with op 0", values: { handle: 99, op: 0 }, is: "ok" },
  { name: "of an unknown handle", values: { handle: 99, op: READ }, is: "EINVAL" },
  {
    name: "of an idle buffer",
    values: (bench) => ({ handle: bench.create(BYTES), op: READ | WRITE }),
    is: "ok",
  },
]);

const parameters = rowsOf(on, GET_PARAM, [
  { name: "with pad", values: { param: 0, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown parameter", values: { param: 4 }, is: "EINVAL" },
]);

const contexts = rowsOf(on, CTX_FREE, [
  { name: "of an unknown context, with pad", values: { id: 99, _pad: 1 }, is: "EINVAL" },
  { name: "of an unknown context", values: { id: 99 }, is: "EINVAL" },
]);

/** GEM_WAIT for a time from now, in nanoseconds; 0: a time-out that has passed. */
function waited(bench: Bench, handle: number, op: number, time: bigint): string {
  const timeout_ns = time === 0n ? 0n : bench.kernel.now() + time;
  return bench.ask(GEM_WAIT, { handle, op, timeout_ns });
}

const cases: readonly CallCase[] = [
  ...creates,
  ...infos,
  ...waits,
  ...parameters,
  ...contexts,
  callCase("lima: a buffer is of whole pages, a heap too", on, (bench) => {
    const bytesOf = (size: number, flags: number): bigint =>
      BigInt(bench.kernel.lseek(bench.export(bench.create(size, flags)), 0n, 2));
    const page = BigInt(bench.kernel.identity.pageSize);
    assertEquals([bytesOf(1, 0), bytesOf(1, HEAP)], [page, page]);
  }),
  callCase("lima: GPU addresses begin at 0 in each open file", on, (bench) => {
    const { kernel: { identity } } = bench;
    const address = (handle: number, fd = bench.fd): number =>
      bench.must(GEM_INFO, { handle }, fd).va;
    const first = bench.create(1);
    const second = bench.create(BYTES);
    assertEquals([address(first), address(second)], [0, identity.pageSize]);
    const other = bench.open(bench.gpu.node);
    const same = bench.import(bench.export(second), other);
    assertEquals(address(same, other), 0);
    bench.must(drm.ioctls.GEM_CLOSE, { handle: first });
    assertEquals(address(bench.create(1)), 0);
  }),
  callCase("lima: a heap takes GPU addresses for all that it may grow to", on, (bench) => {
    const heap = bench.create(1 << 20, HEAP);
    const next = bench.must(GEM_INFO, { handle: bench.create(1) }).va;
    assertEquals([bench.must(GEM_INFO, { handle: heap }).va, next], [0, 1 << 20]);
    const rest = bench.must(GEM_CREATE, { size: 0xf000_0000, flags: HEAP }).handle;
    assert(bench.must(GEM_INFO, { handle: rest }).va > next);
    assertEquals(bench.ask(GEM_CREATE, { size: 0x1000_0000, flags: HEAP }), "ENOSPC");
  }),
  callCase("lima: a heap is mapped neither by its node nor by its dma-buf", on, (bench) => {
    const heap = bench.create(1 << 20, HEAP);
    const offset = bench.offsetOf(heap);
    assertEquals(bench.askMap(bench.fd, 4096, { offset }), "EINVAL");
    const fd = bench.export(heap);
    assertEquals(bench.askMap(fd, 4096), "EINVAL");
    assertEquals(bench.askMap(fd, 4096, { prot: PROT_READ }), "EINVAL");
  }),
  callCase("lima: no other device takes a heap, another open file does", on, (bench) => {
    const fd = bench.export(bench.create(1 << 20, HEAP));
    const sibling = bench.open(bench.gpu.sibling);
    assertEquals(bench.ask(drm.ioctls.PRIME_FD_TO_HANDLE, { fd }, sibling), "EINVAL");
    const other = bench.open(bench.gpu.node);
    assertEquals(bench.ask(drm.ioctls.PRIME_FD_TO_HANDLE, { fd }, other), "ok");
  }),
  callCase("lima: GEM_WAIT to read waits for writers", on, (bench) => {
    const handle = bench.create(BYTES);
    const signal = fence(bench, bench.export(handle), 0);
    assertEquals([READ, WRITE, READ | WRITE].map((op) => waited(bench, handle, op, 0n)), [
      "ok",
      "EBUSY",
      "EBUSY",
    ]);
    signal();
    assertEquals(waited(bench, handle, WRITE, 0n), "ok");
  }),
  callCase(
    "lima: GEM_WAIT is EBUSY where the time has passed before, ETIMEDOUT where it passes",
    on,
    (bench) => {
      const handle = bench.create(BYTES);
      const signal = fence(bench, bench.export(handle));
      const before = bench.kernel.now();
      assertEquals(waited(bench, handle, READ, 0n), "EBUSY");
      assertEquals(bench.ask(GEM_WAIT, { handle, op: READ, timeout_ns: -1n }), "EBUSY");
      assertEquals(waited(bench, handle, READ, SHORT), "ETIMEDOUT");
      assert(bench.kernel.now() - before >= SHORT);
      signal();
      assertEquals(waited(bench, handle, READ, 0n), "ok");
    },
  ),
  callCase("lima: a signal ends GEM_WAIT", on, (bench) => {
    const handle = bench.create(BYTES);
    const signal = fence(bench, bench.export(handle));
    const timeout_ns = bench.kernel.now() + 5_000_000_000n;
    bench.around.signalIn(60);
    assertEquals(bench.once(GEM_WAIT, { handle, op: WRITE, timeout_ns }).answer, "EINTR");
    signal();
  }),
  callCase("lima: contexts are numbered from 0, the lowest free one first", on, (bench) => {
    // The caller only reads: _pad is not looked at.
    const made = (): number => bench.must(CTX_CREATE, { _pad: 1 }).id;
    assertEquals([made(), made(), made()], [0, 1, 2]);
    bench.must(CTX_FREE, { id: 1 });
    assertEquals(bench.ask(CTX_FREE, { id: 1 }), "EINVAL");
    assertEquals([made(), made()], [1, 3]);
  }),
  callCase("lima: parameters are those of a Mali-400 with one pixel processor", on, (bench) => {
    const value = (param: number): bigint => bench.must(GET_PARAM, { param }).value;
    // The guest's driver does not read the pixel processor's version.
    assertEquals([0, 1, 2, 3].map(value), [1n, 1n, 0xb07_0101n, 0n]);
  }),
];

export const group: CallGroup = {
  subject: "lima",
  cases,
};
