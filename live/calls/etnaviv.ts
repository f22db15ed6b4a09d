/**
 * etnaviv's GEM_NEW, GEM_INFO, CPU_PREP and CPU_FINI, GEM_WAIT and GET_PARAM, and its mappings.
 *
 * Left out: CPU_FINI of a cached buffer without a CPU_PREP, for which the kernel prints a WARNING, or
 * oopses where there are no pages; touching a private mapping, a BUG() of vmf_insert_pfn(); pages of
 * a buffer of no bytes.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { MAP_PRIVATE, O_RDONLY, SEEK_END } from "../../ffi/constants.ts";
import { etnaviv } from "../../ffi/uapi/etnaviv.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { everyGpu, gpusOf } from "./_gpus.ts";
import { newMaps } from "./_maps.ts";

const { GEM_CPU_FINI, GEM_CPU_PREP, GEM_INFO, GEM_NEW, GEM_WAIT, GET_PARAM } = etnaviv.ioctls;
const { constants } = etnaviv;
const CACHED = constants.ETNA_BO_CACHED;
const WC = constants.ETNA_BO_WC;
const UNCACHED = constants.ETNA_BO_UNCACHED;
const FORCE_MMU = constants.ETNA_BO_FORCE_MMU;
const READ = constants.ETNA_PREP_READ;
const WRITE = constants.ETNA_PREP_WRITE;
const NOSYNC = constants.ETNA_PREP_NOSYNC;
/** Whole pages, whatever their size. */
const BYTES = 65536;
const on = gpusOf("etnaviv");

function ownBytes(bench: Bench, handle: number): bigint {
  return bench.kernel.lseek(bench.export(handle), 0n, SEEK_END);
}

const news = rowsOf(on, GEM_NEW, [
  { name: "without a caching", values: { size: 1n }, is: "EINVAL" },
  { name: "with FORCE_MMU alone", values: { size: 1n, flags: FORCE_MMU }, is: "EINVAL" },
  { name: "with CACHED", values: { size: 1n, flags: CACHED }, is: "ok" },
  { name: "with WC", values: { size: 1n, flags: WC }, is: "ok" },
  { name: "with UNCACHED", values: { size: 1n, flags: UNCACHED }, is: "ok" },
  { name: "with WC and FORCE_MMU", values: { size: 1n, flags: WC | FORCE_MMU }, is: "ok" },
  { name: "with CACHED and WC", values: { size: 1n, flags: CACHED | WC }, is: "EINVAL" },
  {
    name: "with CACHED and UNCACHED",
    values: { size: 1n, flags: CACHED | UNCACHED },
    is: "EINVAL",
  },
  { name: "with WC and UNCACHED", values: { size: 1n, flags: WC | UNCACHED }, is: "EINVAL" },
  { name: "with flag 1", values: { size: 1n, flags: WC | 1 }, is: "EINVAL" },
  { name: "with flag 0x80000", values: { size: 1n, flags: 0x8_0000 }, is: "EINVAL" },
  { name: "of size 0", values: { size: 0n, flags: WC }, is: "ok" },
]);

const infos = rowsOf(on, GEM_INFO, [
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of a buffer", values: (bench) => ({ handle: bench.create(BYTES) }), is: "ok" },
  { name: "of an import", values: (bench) => ({ handle: bench.foreign(BYTES).handle }), is: "ok" },
  {
    name: "of a buffer of no bytes",
    values: (bench) => ({ handle: bench.create(0) }),
    is: "ENOSPC",
  },
]);

const preps = rowsOf(on, GEM_CPU_PREP, [
  { name: "of an unknown handle, with op 8", values: { handle: 99, op: 8 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99, op: READ }, is: "ENOENT" },
  ...[0, READ, WRITE, READ | WRITE, NOSYNC, READ | NOSYNC].map((op) => ({
    name: `of an idle buffer, with op ${op}`,
    values: (bench: Bench) => ({ handle: bench.create(BYTES, CACHED), op }),
    is: "ok",
  })),
  {
    name: "of an import",
    values: (bench) => ({ handle: bench.foreign(BYTES).handle, op: READ | WRITE }),
    is: "ok",
  },
]);

const finis = rowsOf(on, GEM_CPU_FINI, [
  { name: "of an unknown handle, with flags", values: { handle: 99, flags: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  {
    name: "of a write-combined buffer, without a prep",
    values: (bench) => ({ handle: bench.create(BYTES) }),
    is: "ok",
  },
  {
    name: "of an import, without a prep",
    values: (bench) => ({ handle: bench.foreign(BYTES).handle }),
    is: "ok",
  },
]);

const waits = rowsOf(on, GEM_WAIT, [
  { name: "with flag 2, of pipe 9", values: { flags: 2, pipe: 9 }, is: "EINVAL" },
  { name: "of pipe 4", values: { pipe: 4 }, is: "EINVAL" },
  { name: "of pipe 1, of an unknown handle", values: { pipe: 1, handle: 99 }, is: "ENXIO" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of an idle buffer", values: (bench) => ({ handle: bench.create(BYTES) }), is: "ok" },
  {
    name: "of an idle buffer, with NONBLOCK and pad",
    values: (bench) => ({ handle: bench.create(BYTES), flags: 1, pad: 7 }),
    is: "ok",
  },
]);

const params = rowsOf(on, GET_PARAM, [
  { name: "of pipe 4", values: { pipe: 4, param: 1 }, is: "EINVAL" },
  { name: "of pipe 1, of an unknown parameter", values: { pipe: 1, param: 31 }, is: "ENXIO" },
  { name: "of parameter 0", values: { param: 0 }, is: "EINVAL" },
  { name: "of an unknown parameter", values: { param: 31 }, is: "EINVAL" },
]);

const cases: readonly CallCase[] = [
  ...news,
  ...infos,
  ...preps,
  ...finis,
  ...waits,
  ...params,
  callCase("etnaviv: a size is rounded to pages, and cut to 32 bits", on, (bench) => {
    const page = BigInt(bench.kernel.identity.pageSize);
    const made = (size: bigint): bigint =>
      ownBytes(bench, bench.must(GEM_NEW, { size, flags: WC }).handle);
    assertEquals([made(1n), made(page), made(page + 1n)], [page, page, 2n * page]);
    assertEquals([made((1n << 32n) + 1n), made((5n << 32n) + page + 1n)], [page, 2n * page]);
    assertEquals([made(1n << 32n), made(0xffff_ffffn), made((1n << 64n) - 1n)], [0n, 0n, 0n]);
  }),
  callCase("etnaviv: a fini after its prep is done, whatever the caching", on, (bench) => {
    for (const flags of [CACHED, WC, UNCACHED]) {
      const handle = bench.create(BYTES, flags);
      for (const op of [READ, WRITE, READ | WRITE]) {
        assertEquals(bench.ask(GEM_CPU_PREP, { handle, op }), "ok");
        assertEquals(bench.ask(GEM_CPU_FINI, { handle }), "ok");
      }
    }
  }),
  callCase("etnaviv: every caching can be exported, by the generic exporter", on, (bench) => {
    for (const flags of [CACHED, WC, UNCACHED]) {
      const fd = bench.export(bench.create(BYTES, flags));
      assertEquals(bench.fdinfo(fd, "exp_name"), "drm");
      assertEquals(bench.askMap(fd, BYTES), "ok");
    }
  }),
  callCase("etnaviv: MAP_PRIVATE is accepted, on the node and on the dma-buf", on, (bench) => {
    for (const caching of [CACHED, WC, UNCACHED]) {
      const handle = bench.create(BYTES, caching);
      const offset = bench.offsetOf(handle);
      const flags = MAP_PRIVATE;
      assertEquals(bench.askMap(bench.fd, BYTES, { offset, flags }), "ok");
      assertEquals(bench.askMap(bench.export(handle), BYTES, { flags }), "ok");
    }
  }),
  callCase("etnaviv: MAP_PRIVATE of an import is its exporter's: EINVAL", on, (bench) => {
    const offset = bench.offsetOf(bench.foreign(BYTES).handle);
    assertEquals(bench.askMap(bench.fd, BYTES, { offset, flags: MAP_PRIVATE }), "EINVAL");
  }),
  callCase("etnaviv: a node mapping takes exactly the offset, and no more bytes", on, (bench) => {
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
  callCase("etnaviv: a dma-buf mapped at an offset shows its first page", on, (bench) => {
    const page = bench.kernel.identity.pageSize;
    for (const flags of [CACHED, WC]) {
      const fd = bench.export(bench.create(2 * page, flags));
      const whole = bench.map(fd, 2 * page);
      whole.fill(0, page, 0x11);
      whole.fill(page, page, 0x22);
      const seen = new Uint8Array(1);
      bench.map(fd, page, { offset: BigInt(page) }).read(0, seen);
      assertEquals(seen[0], 0x11);
    }
  }),
  callCase("etnaviv: /proc/self/maps shows the node, and of cached buffers shmem", on, (bench) => {
    const shown = (fd: number, offset = 0n): string =>
      newMaps(bench, /dri|dmabuf|drm mm/, () => bench.map(fd, BYTES, { offset }));
    const [wc, cached] = [bench.create(BYTES), bench.create(BYTES, CACHED)];
    assertMatch(shown(bench.fd, bench.offsetOf(wc)), new RegExp(`/dev/dri/${bench.gpu.node}`));
    assertMatch(shown(bench.export(wc)), /\/dmabuf:/);
    const shmem = / rw-s 00000000 .*\/drm mm object \(deleted\)/;
    assertMatch(shown(bench.fd, bench.offsetOf(cached)), shmem);
    assertMatch(shown(bench.export(cached)), shmem);
    assertMatch(shown(bench.fd, bench.offsetOf(bench.foreign(BYTES).handle)), /\/dmabuf:/);
  }),
  callCase("etnaviv: an import's node mapping is its exporter's memory", on, (bench) => {
    const { handle, dmaBufFd } = bench.foreign(BYTES);
    const node = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
    node.write(5, new Uint8Array([1, 2, 3]));
    const seen = new Uint8Array(3);
    bench.map(dmaBufFd, BYTES).read(5, seen);
    assertEquals([...seen], [1, 2, 3]);
  }),
  callCase(
    "etnaviv: a read-only dma-buf is mapped for writing through an importer",
    on,
    (bench) => {
      const { driver, node, sibling } = bench.gpu;
      const other = bench.open(sibling);
      const made = everyGpu.find((gpu) => gpu.node === sibling);
      const fd = bench.export(bench.create(BYTES, 0, 0, other, made), O_RDONLY, other);
      assertEquals(bench.askMap(fd, BYTES), "EACCES", `${driver} on ${node}`);
      const offset = bench.offsetOf(bench.import(fd));
      assertEquals(bench.askMap(bench.fd, BYTES, { offset }), "ok");
    },
  ),
  callCase("etnaviv: fdinfo counts buffers since it has any, and what has pages", on, (bench) => {
    const told = (): (string | undefined)[] =>
      ["total", "shared", "resident"].map((name) => bench.fdinfo(bench.fd, `drm-${name}-memory`));
    const holds = (...wanted: (string | undefined)[]): void =>
      assertEquals(told(), bench.recent ? wanted : [undefined, undefined, undefined]);
    holds("0", "0", undefined);
    const handle = bench.create(BYTES);
    holds("64 KiB", "0", undefined);
    bench.must(GEM_CPU_PREP, { handle, op: READ });
    holds("64 KiB", "0", "64 KiB");
    bench.export(handle);
    holds("64 KiB", "64 KiB", "64 KiB");
    assertEquals(bench.fdinfo(bench.fd, "drm-driver"), bench.recent ? "etnaviv" : undefined);
  }),
  callCase("etnaviv: parameters are those of a GC7000 in the driver's table", on, (bench) => {
    const value = (param: number): bigint => bench.must(GET_PARAM, { param }).value;
    const { param } = etnaviv.structs.drm_etnaviv_param.fields;
    const all = Object.values(param.values ?? {}).map((one) => value(Number(one)));
    assertEquals(all.slice(0, 2), [0x7000n, 0x6204n]);
    assertEquals(
      all.map((one) => one.toString(16)).join(" "),
      "7000 6204 e0287c8d c1589eff fefbfad9 eb9d4fbf edfffced db0dafc7 3b5ac333 fcce6000 " +
        "fffbfa6f e10ef3 4c8003c 4060 24 10 40 200 10 2 1 400 0 200 140 10 400000 0 0 0",
    );
  }),
];

export const group: CallGroup = {
  subject: "etnaviv's buffers",
  cases,
};
