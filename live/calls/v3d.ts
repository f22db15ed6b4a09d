/** v3d's CREATE_BO, MMAP_BO, GET_BO_OFFSET, WAIT_BO and GET_PARAM. */
import { assert, assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { v3d } from "../../ffi/uapi/v3d.ts";
import { type Bench, outcome } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { fence } from "./_fence.ts";
import { gpusOf } from "./_gpus.ts";

const { CREATE_BO, GET_BO_OFFSET, GET_PARAM, MMAP_BO, WAIT_BO } = v3d.ioctls;
const { constants } = v3d;
const on = gpusOf("v3d");
const BYTES = 8192;
/** Nanoseconds. */
const SHORT = 20_000_000n;
const FOREVER = 0xffff_ffff_ffff_ffffn;

const creates = rowsOf(on, CREATE_BO, [
  { name: "of size 0", values: { size: 0 }, is: "EINVAL" },
  { name: "of 4 GiB - 1, which rounds to 0", values: { size: 0xffff_ffff }, is: "EINVAL" },
  { name: "with flag 1", values: { size: 4096, flags: 1 }, is: "EINVAL" },
  { name: "with flag 1, of size 0", values: { size: 0, flags: 1 }, is: "EINVAL" },
  { name: "of a byte", values: { size: 1 }, is: "ok" },
]);

const mmaps = rowsOf(on, MMAP_BO, [
  { name: "of an unknown handle, with flags", values: { handle: 99, flags: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of a buffer", values: (bench) => ({ handle: bench.create(BYTES) }), is: "ok" },
  { name: "of an import", values: (bench) => ({ handle: bench.foreign(BYTES).handle }), is: "ok" },
]);

const waits = rowsOf(on, WAIT_BO, [
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "EINVAL" },
  { name: "of an idle buffer", values: (bench) => ({ handle: bench.create(BYTES) }), is: "ok" },
]);

/** Parameters that other kernels do not have. */
const parameters = rowsOf(on, GET_PARAM, [
  { name: "with pad", values: { param: 7, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown parameter", values: { param: 99 }, is: "EINVAL" },
  { name: "of a register, with a value", values: { param: 1, value: 1n }, is: "EINVAL" },
  { name: "of SUPPORTS_TFU, with a value", values: { param: 7, value: 1n }, is: "ok" },
  {
    name: "of SUPPORTS_SUPER_PAGES",
    values: { param: constants.DRM_V3D_PARAM_SUPPORTS_SUPER_PAGES },
    is: "ok",
    before: "EINVAL",
  },
  {
    name: "of GLOBAL_RESET_COUNTER",
    values: { param: constants.DRM_V3D_PARAM_GLOBAL_RESET_COUNTER },
    is: "ok",
    before: "EINVAL",
  },
]);

/** What WAIT_BO answers, and what is left of the time-out. */
function waited(bench: Bench, handle: number, timeout_ns: bigint): [string, bigint] {
  const { result, values } = call(bench.kernel, bench.fd, WAIT_BO, { handle, timeout_ns });
  return [outcome(result), values.timeout_ns];
}

const cases: readonly CallCase[] = [
  ...creates,
  ...mmaps,
  ...waits,
  ...parameters,
  callCase("v3d: a buffer is of whole pages", on, (bench) => {
    const fd = bench.export(bench.create(1));
    assertEquals(bench.kernel.lseek(fd, 0n, 2), BigInt(bench.kernel.identity.pageSize));
  }),
  callCase("v3d: CREATE_BO tells the GPU address, the same for every open file", on, (bench) => {
    const { handle, offset } = bench.must(CREATE_BO, { size: BYTES });
    assertEquals(bench.must(GET_BO_OFFSET, { handle }).offset, offset);
    const other = bench.open(bench.gpu.node);
    const same = bench.import(bench.export(handle), other);
    assertEquals(bench.must(GET_BO_OFFSET, { handle: same }, other).offset, offset);
    const apart = bench.must(CREATE_BO, { size: BYTES }, other).offset;
    assert(apart !== offset);
    assertEquals(bench.ask(GET_BO_OFFSET, { handle: 99 }), "ENOENT");
  }),
  callCase(
    "v3d: GPU addresses are multiples of 128 KiB, with super pages of 4 KiB, 64 KiB and 1 MiB",
    on,
    (bench) => {
      const sizes = [4096, 4096, 65536, 69632, 1 << 20, 4096];
      const offsets = sizes.map((size) => bench.must(CREATE_BO, { size }).offset);
      const aligned = (to: number): boolean[] => offsets.map((offset) => offset % to === 0);
      if (!bench.recent) return assertEquals(aligned(128 << 10), sizes.map(() => true));
      const of = sizes.map((size) => size >= 1 << 20 ? 1 << 20 : size >= 65536 ? 65536 : 4096);
      assertEquals(offsets.map((offset, i) => offset % (of[i] ?? 0)), sizes.map(() => 0));
      assert(aligned(128 << 10).includes(false));
    },
  ),
  callCase("v3d: a buffer that is gone leaves its GPU address to the next", on, (bench) => {
    const { handle, offset } = bench.must(CREATE_BO, { size: BYTES });
    bench.must(drm.ioctls.GEM_CLOSE, { handle });
    assertEquals(bench.must(CREATE_BO, { size: BYTES }).offset, offset);
  }),
  callCase("v3d: WAIT_BO counts its time-out from the call, ETIME at its end", on, (bench) => {
    const handle = bench.create(BYTES);
    const fd = bench.export(handle);
    assertEquals(waited(bench, handle, 0n), ["ok", 0n]);
    const signal = fence(bench, fd);
    const before = bench.kernel.now();
    for (const timeout of [0n, 1n, SHORT]) {
      assertEquals(waited(bench, handle, timeout), ["ETIME", 0n]);
    }
    assert(bench.kernel.now() - before >= SHORT);
    signal();
    const [answer, left] = waited(bench, handle, FOREVER);
    assertEquals([answer, left > FOREVER / 2n], ["ok", true]);
  }),
  callCase("v3d: WAIT_BO waits for readers too", on, (bench) => {
    const handle = bench.create(BYTES);
    const signal = fence(bench, bench.export(handle), 0);
    assertEquals(waited(bench, handle, 0n)[0], "ETIME");
    signal();
    assertEquals(waited(bench, handle, 0n)[0], "ok");
  }),
  callCase("v3d: a signal ends WAIT_BO, which tells what is left of its time-out", on, (bench) => {
    const handle = bench.create(BYTES);
    const signal = fence(bench, bench.export(handle));
    const timeout = 5_000_000_000n;
    bench.around.signalIn(60);
    const values = { handle, timeout_ns: timeout };
    const made = bench.once(WAIT_BO, values);
    assertEquals(made.answer, "EINTR");
    assert(made.values.timeout_ns < timeout && made.values.timeout_ns > 0n);
    signal();
  }),
  callCase("v3d: parameters are those of a V3D 4.2", on, (bench) => {
    const value = (param: number): bigint => bench.must(GET_PARAM, { param }).value;
    assertEquals([0, 1, 2, 3, 4].map(value), [0n, 0x20124n, 0x100n, 0x500n, 0n]);
    assertEquals([7, 8, 9, 10, 11, 12, 13].map(value), [1n, 1n, 1n, 1n, 1n, 1n, 87n]);
    if (bench.recent) assertEquals([14, 15, 16].map(value), [1n, 0n, 0n]);
  }),
  callCase("v3d: a buffer is resident at once, an import is not", on, (bench) => {
    const resident = (): string | undefined => bench.fdinfo(bench.fd, "drm-resident-memory");
    const bytes = 16384; // whole pages of every kernel
    bench.create(bytes);
    assertEquals(resident(), "16 KiB");
    bench.foreign(bytes);
    assertEquals(resident(), "16 KiB");
    assertEquals(bench.fdinfo(bench.fd, "drm-total-memory"), "32 KiB");
  }),
  callCase("v3d: fdinfo tells of its queues", on, (bench) => {
    assertEquals(bench.fdinfo(bench.fd, "drm-engine-render"), "0 ns");
    assertEquals(bench.fdinfo(bench.fd, "v3d-jobs-cache_clean"), "0 jobs");
  }),
];

export const group: CallGroup = {
  subject: "v3d",
  cases,
};
