/**
 * msm's GEM_NEW, GEM_INFO, CPU_PREP and CPU_FINI, GEM_MADVISE, GET_PARAM and dumb buffers, and its
 * mappings. The board's GPU has no firmware, so that none is there.
 *
 * Left out: GEM_NEW with NO_SHARE beside a caching on 7.2, which oopses in an open file without an
 * address space, as all are without a GPU; touching a private mapping, a BUG() of vmf_insert_pfn();
 * touching a buffer that may be purged, for which the kernel prints a WARNING.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { MAP_PRIVATE, O_RDONLY, SEEK_END } from "../../ffi/constants.ts";
import type { Mapping } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { msm } from "../../ffi/uapi/msm.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { everyGpu, gpusOf } from "./_gpus.ts";
import { newMaps } from "./_maps.ts";

const { GEM_CPU_FINI, GEM_CPU_PREP, GEM_INFO, GEM_MADVISE, GEM_NEW, GET_PARAM } = msm.ioctls;
const { MODE_CREATE_DUMB, MODE_MAP_DUMB } = drm.ioctls;
const { constants } = msm;
const CACHED = constants.MSM_BO_CACHED;
const WC = constants.MSM_BO_WC;
const UNCACHED = constants.MSM_BO_UNCACHED;
const COHERENT = constants.MSM_BO_CACHED_COHERENT;
const NO_SHARE = constants.MSM_BO_NO_SHARE;
const SCANOUT = constants.MSM_BO_SCANOUT;
const READONLY = constants.MSM_BO_GPU_READONLY;
const GET_FLAGS = constants.MSM_INFO_GET_FLAGS;
const SET_NAME = constants.MSM_INFO_SET_NAME;
const DONTNEED = constants.MSM_MADV_DONTNEED;
/** Whole pages, whatever their size. */
const BYTES = 65536;
const on = gpusOf("msm");
/** The primary node of the device. */
const CARD = "card8";

const news = rowsOf(on, GEM_NEW, [
  { name: "of size 0", values: { size: 0n, flags: WC }, is: "EINVAL" },
  { name: "without a caching", values: { size: 1n }, is: "EINVAL" },
  { name: "with CACHED", values: { size: 1n, flags: CACHED }, is: "ok" },
  { name: "with WC", values: { size: 1n, flags: WC }, is: "ok" },
  { name: "with UNCACHED", values: { size: 1n, flags: UNCACHED }, is: "EINVAL" },
  { name: "with UNCACHED and WC", values: { size: 1n, flags: UNCACHED | WC }, is: "EINVAL" },
  { name: "with CACHED and WC", values: { size: 1n, flags: CACHED | WC }, is: "EINVAL" },
  { name: "with CACHED_COHERENT", values: { size: 1n, flags: COHERENT }, is: "EINVAL" },
  {
    name: "with WC, SCANOUT and GPU_READONLY",
    values: { size: 1n, flags: WC | SCANOUT | READONLY },
    is: "ok",
  },
  { name: "with NO_SHARE alone", values: { size: 1n, flags: NO_SHARE }, is: "EINVAL" },
  { name: "with flag 8", values: { size: 1n, flags: WC | 8 }, is: "EINVAL" },
  { name: "with flag 0x100000", values: { size: 1n, flags: WC | 0x10_0000 }, is: "EINVAL" },
  { name: "of 2 TiB", values: { size: 1n << 41n, flags: WC }, is: "ENOSPC", before: "EINVAL" },
  { name: "of 2^64 - 1", values: { size: (1n << 64n) - 1n, flags: WC }, is: "EINVAL" },
]);

const infos = rowsOf(on, GEM_INFO, [
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle, with len", values: { handle: 99, len: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of an unknown handle, 8", values: { handle: 99, info: 8 }, is: "EINVAL" },
  {
    name: "of an unknown handle, SET_NAME, with len",
    values: { handle: 99, info: SET_NAME, len: 1 },
    is: "ENOENT",
  },
  ...([
    ["GET_OFFSET", {}, "ok"],
    ["GET_IOVA", {}, "EINVAL"],
    ["SET_IOVA", { value: 4096n }, "EINVAL"],
    ["GET_FLAGS", {}, "ok"],
    ["GET_FLAGS, with len", { len: 1 }, "EINVAL"],
    ["SET_NAME of 31 bytes at a bad address", { len: 31, value: 16n }, "EFAULT"],
    ["SET_NAME of 32 bytes at a bad address", { len: 32, value: 16n }, "EINVAL"],
    ["SET_NAME of no bytes", {}, "ok"],
    ["GET_NAME", {}, "ok"],
    ["SET_METADATA of 128 bytes at a bad address", { len: 128, value: 16n }, "EFAULT"],
    ["SET_METADATA of 129 bytes", { len: 129, value: 16n }, "EOVERFLOW"],
    ["GET_METADATA", {}, "ok"],
  ] as const).map(([name, values, is]) => ({
    name: `of a buffer, ${name}`,
    values: (bench: Bench) => {
      const info = constants[`MSM_INFO_${name.split(/[ ,]/)[0]}` as "MSM_INFO_GET_NAME"];
      return { handle: bench.create(BYTES), info, ...values };
    },
    is,
  })),
  {
    name: "of an import, GET_FLAGS",
    values: (bench) => ({ handle: bench.foreign(BYTES).handle, info: GET_FLAGS }),
    is: "EINVAL",
  },
  { name: "of an import", values: (bench) => ({ handle: bench.foreign(BYTES).handle }), is: "ok" },
]);

const preps = rowsOf(on, GEM_CPU_PREP, [
  { name: "of an unknown handle, with op 16", values: { handle: 99, op: 16 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99, op: 1 }, is: "ENOENT" },
  ...[0, 1, 2, 3, 4, 8, 15].map((op) => ({
    name: `of an idle buffer, with op ${op}`,
    values: (bench: Bench) => ({ handle: bench.create(BYTES, CACHED), op }),
    is: "ok",
  })),
]);

const finis = rowsOf(on, GEM_CPU_FINI, [
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  {
    name: "without a prep",
    values: (bench) => ({ handle: bench.create(BYTES, CACHED) }),
    is: "ok",
  },
]);

const madvises = rowsOf(on, GEM_MADVISE, [
  { name: "of an unknown handle, with 2", values: { handle: 99, madv: 2 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
]);

const params = rowsOf(on, GET_PARAM, [
  { name: "of another pipe", values: { pipe: 1, param: 1 }, is: "EINVAL" },
  { name: "with pad", values: { pipe: 16, param: 1, pad: 1 }, is: "EINVAL" },
  { name: "without a GPU, of an unknown parameter", values: { pipe: 16, param: 99 }, is: "ENXIO" },
]);

const cases: readonly CallCase[] = [
  ...news,
  ...infos,
  ...preps,
  ...finis,
  ...madvises,
  ...params,
  callCase("msm: a size is rounded to pages, of 64 bits since 1.13, of 32 before", on, (bench) => {
    const page = BigInt(bench.kernel.identity.pageSize);
    const made = (size: bigint): bigint => {
      const { handle } = bench.must(GEM_NEW, { size, flags: WC });
      return bench.kernel.lseek(bench.export(handle), 0n, SEEK_END);
    };
    assertEquals([made(1n), made(page), made(page + 1n)], [page, page, 2n * page]);
    const large = 1n << 32n;
    assertEquals(made(large + 1n), bench.recent ? large + page : page);
    const asked = bench.ask(GEM_NEW, { size: large - 1n, flags: WC });
    assertEquals(asked, bench.recent ? "ok" : "EINVAL");
  }),
  callCase("msm: GET_FLAGS tells the flags as they were given", on, (bench) => {
    const told = (flags: number): bigint =>
      bench.must(GEM_INFO, { handle: bench.create(BYTES, flags), info: GET_FLAGS }).value;
    for (const flags of [CACHED, WC, CACHED | READONLY, WC | SCANOUT]) {
      assertEquals(told(flags), BigInt(flags));
    }
  }),
  callCase("msm: MADVISE retains the pages, and DONTNEED keeps importers out", on, (bench) => {
    const handle = bench.create(BYTES);
    const fd = bench.export(handle);
    const told = (madv: number): number =>
      bench.must(GEM_MADVISE, { handle, madv, retained: 9 }).retained;
    assertEquals([told(0), told(DONTNEED)], [1, 1]);
    const other = bench.open(bench.gpu.sibling);
    assertEquals(bench.ask(drm.ioctls.PRIME_FD_TO_HANDLE, { fd }, other), "EBUSY");
    assertEquals(told(0), 1);
    assertEquals(bench.ask(drm.ioctls.PRIME_FD_TO_HANDLE, { fd }, other), "ok");
  }),
  callCase("msm: its dma-bufs have its name since 1.13, and no hooks", on, (bench) => {
    for (const flags of [CACHED, WC]) {
      const fd = bench.export(bench.create(BYTES, flags));
      assertEquals(bench.fdinfo(fd, "exp_name"), bench.recent ? "msm" : "drm");
      assertEquals(bench.askMap(fd, BYTES), "ok");
    }
  }),
  callCase("msm: MAP_PRIVATE is accepted, of imports, too", on, (bench) => {
    const flags = MAP_PRIVATE;
    for (const handle of [bench.create(BYTES), bench.foreign(BYTES).handle]) {
      assertEquals(
        bench.askMap(bench.fd, BYTES, { offset: bench.offsetOf(handle), flags }),
        "ok",
      );
    }
    assertEquals(bench.askMap(bench.export(bench.create(BYTES)), BYTES, { flags }), "ok");
  }),
  callCase("msm: a node mapping takes exactly the offset, and no more bytes", on, (bench) => {
    const at = bench.offsetOf(bench.create(BYTES));
    const page = BigInt(bench.kernel.identity.pageSize);
    const ask = (length: number, offset: bigint): string =>
      bench.askMap(bench.fd, length, { offset });
    assertEquals([ask(BYTES, at), ask(BYTES + 1, at), ask(4096, at + page)], [
      "ok",
      "EINVAL",
      "EINVAL",
    ]);
    assertEquals(bench.askMap(bench.open(bench.gpu.node), BYTES, { offset: at }), "EACCES");
  }),
  callCase("msm: a dma-buf mapped at an offset shows its first page", on, (bench) => {
    const page = bench.kernel.identity.pageSize;
    const fd = bench.export(bench.create(2 * page, CACHED));
    const whole = bench.map(fd, 2 * page);
    whole.fill(0, page, 0x11);
    whole.fill(page, page, 0x22);
    const seen = new Uint8Array(1);
    bench.map(fd, page, { offset: BigInt(page) }).read(0, seen);
    assertEquals(seen[0], 0x11);
  }),
  callCase("msm: /proc/self/maps shows the node, of an import, too", on, (bench) => {
    const shown = (fd: number, offset = 0n): string =>
      newMaps(bench, /dri|dmabuf/, () => bench.map(fd, BYTES, { offset }));
    const node = new RegExp(`/dev/dri/${bench.gpu.node}`);
    const own = bench.create(BYTES, CACHED);
    assertMatch(shown(bench.fd, bench.offsetOf(own)), node);
    assertMatch(shown(bench.export(own)), /\/dmabuf:/);
    assertMatch(shown(bench.fd, bench.offsetOf(bench.foreign(BYTES).handle)), node);
  }),
  callCase("msm: an import's node mapping is its exporter's memory", on, (bench) => {
    const { handle, dmaBufFd } = bench.foreign(BYTES);
    const node = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
    node.write(5, new Uint8Array([1, 2, 3]));
    const seen = new Uint8Array(3);
    bench.map(dmaBufFd, BYTES).read(5, seen);
    assertEquals([...seen], [1, 2, 3]);
  }),
  callCase("msm: a read-only dma-buf is mapped for writing through an importer", on, (bench) => {
    const { sibling } = bench.gpu;
    const other = bench.open(sibling);
    const made = everyGpu.find((gpu) => gpu.node === sibling);
    const fd = bench.export(bench.create(BYTES, 0, 0, other, made), O_RDONLY, other);
    assertEquals(bench.askMap(fd, BYTES), "EACCES");
    const offset = bench.offsetOf(bench.import(fd));
    assertEquals(bench.askMap(bench.fd, BYTES, { offset }), "ok");
  }),
  callCase("msm: its own dma-buf in another open file is an import since 1.13", on, (bench) => {
    const own = bench.create(BYTES, CACHED);
    const fd = bench.export(own);
    assertEquals(bench.import(fd), own);
    const other = bench.open(bench.gpu.node);
    const handle = bench.import(fd, other);
    const asked = bench.ask(GEM_INFO, { handle, info: GET_FLAGS }, other);
    assertEquals(asked, bench.recent ? "EINVAL" : "ok");
  }),
  callCase("msm: fdinfo names driver and client, without a GPU no buffers", on, (bench) => {
    bench.create(BYTES);
    assertEquals(bench.fdinfo(bench.fd, "drm-driver"), "msm");
    assertEquals(bench.fdinfo(bench.fd, "drm-total-memory"), undefined);
  }),
  callCase("msm: dumb buffers of lines of 32 pixels, until GPUs had own nodes", on, (bench) => {
    const card = bench.open(CARD);
    const shape = { width: 33, height: 3, bpp: 24 };
    if (bench.recent) return assertEquals(bench.ask(MODE_CREATE_DUMB, shape, card), "ENOSYS");
    const { handle, pitch, size } = bench.must(MODE_CREATE_DUMB, shape, card);
    assertEquals([pitch, size], [192, BigInt(bench.kernel.identity.pageSize)]);
    assertEquals(bench.ask(MODE_MAP_DUMB, { handle }, card), "ok");
    assertEquals(bench.ask(MODE_MAP_DUMB, { handle: 99 }, card), "ENOENT");
    const named = bench.must(GEM_INFO, { handle, info: constants.MSM_INFO_GET_NAME }, card);
    assertEquals(named.len, "dumb".length);
  }),
  callCase("msm: MAP_DUMB takes imports, where there are dumb buffers", on, (bench) => {
    const card = bench.open(CARD);
    const { dmaBufFd } = bench.foreign(BYTES);
    const handle = bench.import(dmaBufFd, card);
    const asked = bench.ask(MODE_MAP_DUMB, { handle }, card);
    assertEquals(asked, bench.recent ? "ENOSYS" : "ok");
  }),
  callCase("msm: scan-out buffers come from a carve-out of 16 MiB before 1.13", on, (bench) => {
    const flags = WC | SCANOUT;
    const ask = (size: bigint): string => bench.ask(GEM_NEW, { size, flags });
    assertEquals(
      [ask(12n << 20n), ask(12n << 20n)],
      bench.recent ? ["ok", "ok"] : ["ok", "ENOSPC"],
    );
    assertEquals(ask(16n << 20n), bench.recent ? "ok" : "ENOSPC");
  }),
  callCase(
    "msm: the carve-out is not cleared: a buffer shows what was there before",
    on,
    (bench) => {
      const fresh = (): { handle: number; mapping: Mapping } => {
        const handle = bench.create(BYTES, WC | SCANOUT);
        return { handle, mapping: bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) }) };
      };
      const first = fresh();
      first.mapping.write(100, new Uint8Array([0x5a, 0xa5]));
      first.mapping.unmap();
      bench.must(drm.ioctls.GEM_CLOSE, { handle: first.handle });
      const seen = new Uint8Array(2);
      fresh().mapping.read(100, seen);
      assertEquals([...seen], bench.recent ? [0, 0] : [0x5a, 0xa5]);
    },
  ),
];

export const group: CallGroup = {
  subject: "msm's buffers",
  cases,
};
