/** panfrost's CREATE_BO, MMAP_BO, QUERY_BO_INFO, MADVISE, labels and parameters. */
import { assertEquals } from "@std/assert";
import { drm } from "../../ffi/uapi/drm.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import { type Bench, outcome } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { panfrosts as on } from "./_gpus.ts";
import { labelCases } from "./_labels.ts";

const {
  CREATE_BO,
  GET_BO_OFFSET,
  GET_PARAM,
  MADVISE,
  MMAP_BO,
  QUERY_BO_INFO,
  SET_LABEL_BO,
  WAIT_BO,
} = panfrost.ioctls;
const { constants } = panfrost;
const NOEXEC = constants.PANFROST_BO_NOEXEC;
const HEAP = constants.PANFROST_BO_HEAP;
const WB_MMAP = constants.PANFROST_BO_WB_MMAP;
const WILLNEED = constants.PANFROST_MADV_WILLNEED;
const DONTNEED = constants.PANFROST_MADV_DONTNEED;

function heap(bench: Bench): number {
  return bench.create(4096, HEAP | NOEXEC);
}

const creates = rowsOf(on, CREATE_BO, [
  { name: "of size 0", values: { size: 0 }, is: "EINVAL" },
  { name: "with pad", values: { size: 4096, pad: 1 }, is: "EINVAL" },
  { name: "with flag 8", values: { size: 4096, flags: 8 }, is: "EINVAL" },
  { name: "of 4 GiB - 1", values: { size: 0xffff_ffff, flags: NOEXEC }, is: "ENOSPC" },
  { name: "executable, of 2 GiB", values: { size: 2 ** 31 }, is: "ENOSPC" },
  { name: "without flags", values: { size: 1 }, is: "ok" },
  { name: "with NOEXEC", values: { size: 1, flags: NOEXEC }, is: "ok" },
  { name: "with HEAP and NOEXEC", values: { size: 1, flags: HEAP | NOEXEC }, is: "ok" },
  { name: "with HEAP alone", values: { size: 1, flags: HEAP }, is: "EINVAL" },
  { name: "with WB_MMAP", values: { size: 1, flags: WB_MMAP }, is: "ok", before: "EINVAL" },
  {
    name: "with WB_MMAP and NOEXEC",
    values: { size: 1, flags: WB_MMAP | NOEXEC },
    is: "ok",
    before: "EINVAL",
  },
  {
    name: "with HEAP and WB_MMAP",
    values: { size: 1, flags: HEAP | NOEXEC | WB_MMAP },
    is: "EINVAL",
  },
]);

const mmaps = rowsOf(on, MMAP_BO, [
  { name: "of an unknown handle, with flags", values: { handle: 99, flags: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of a heap", values: (bench) => ({ handle: heap(bench) }), is: "EINVAL" },
  { name: "of a buffer", values: (bench) => ({ handle: bench.create(4096) }), is: "ok" },
  { name: "of an import", values: (bench) => ({ handle: bench.foreign(4096).handle }), is: "ok" },
]);

const waits = rowsOf(on, WAIT_BO, [
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of an idle buffer", values: (bench) => ({ handle: bench.create(4096) }), is: "ok" },
]);

const madvises = rowsOf(on, MADVISE, [
  { name: "of an unknown handle", values: { handle: 99, madv: DONTNEED }, is: "ENOENT" },
  {
    name: "DONTNEED of a buffer of two open files",
    values: (bench) => {
      const handle = bench.create(4096);
      bench.import(bench.export(handle), bench.open(bench.gpu.node));
      return { handle, madv: DONTNEED };
    },
    is: "EINVAL",
  },
  {
    name: "WILLNEED of a buffer of two open files",
    values: (bench) => {
      const handle = bench.create(4096);
      bench.import(bench.export(handle), bench.open(bench.gpu.node));
      return { handle, madv: WILLNEED };
    },
    is: "ok",
  },
  {
    name: "DONTNEED of a buffer that was exported",
    values: (bench) => {
      const handle = bench.create(4096);
      bench.export(handle);
      return { handle, madv: DONTNEED };
    },
    is: "ok",
  },
]);

const labels = labelCases(on, SET_LABEL_BO);

const parameters = rowsOf(on, GET_PARAM, [
  { name: "with pad", values: { param: 0, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown parameter", values: { param: 9999 }, is: "EINVAL" },
  { name: "of GPU_PROD_ID", values: { param: 0 }, is: "ok" },
  {
    name: "of SELECTED_COHERENCY",
    values: { param: constants.DRM_PANFROST_PARAM_SELECTED_COHERENCY },
    is: "ok",
    before: "EINVAL",
  },
]);

const cases: readonly CallCase[] = [
  ...creates,
  ...mmaps,
  ...waits,
  ...madvises,
  ...labels,
  ...parameters,
  callCase(
    "panfrost: CREATE_BO tells a handle and the GPU address, as GET_BO_OFFSET does",
    on,
    (bench) => {
      const { handle, offset } = bench.must(CREATE_BO, { size: 4096, flags: NOEXEC });
      assertEquals([handle > 0, offset > 0n], [true, true]);
      assertEquals(bench.must(GET_BO_OFFSET, { handle }).offset, offset);
      assertEquals(bench.ask(GET_BO_OFFSET, { handle: 99 }), "ENOENT");
    },
  ),
  callCase("panfrost: a heap is rounded to 2 MiB, everything else to pages", on, (bench) => {
    const { pageSize } = bench.kernel.identity;
    const bytesOf = (size: number, flags: number): bigint | undefined => {
      const fd = bench.export(bench.create(size, flags));
      return bench.kernel.lseek(fd, 0n, 2);
    };
    assertEquals(bytesOf(1, 0), BigInt(pageSize));
    assertEquals(bytesOf(1, HEAP | NOEXEC), 2n << 20n);
    assertEquals(bytesOf((2 << 20) + 1, HEAP | NOEXEC), 4n << 20n);
  }),
  callCase("panfrost: a heap's dma-buf is mapped, and no other device takes it", on, (bench) => {
    const fd = bench.export(heap(bench));
    const mapping = bench.map(fd, 2 << 20);
    assertEquals(mapping.write((2 << 20) - 2, new Uint8Array([1, 2])), 2);
    const other = bench.open(bench.gpu.sibling);
    assertEquals(bench.ask(drm.ioctls.PRIME_FD_TO_HANDLE, { fd }, other), "EINVAL");
  }),
  callCase("panfrost: QUERY_BO_INFO is put together from what the buffer is", on, (bench) => {
    const told = (handle: number): string => {
      if (!bench.recent) return bench.ask(QUERY_BO_INFO, { handle });
      const asked = { handle, create_flags: 99, extra_flags: 99, pad: 99 };
      const { create_flags, extra_flags, pad } = bench.must(QUERY_BO_INFO, asked);
      return `${create_flags} ${extra_flags} ${pad}`;
    };
    if (!bench.recent) return assertEquals(told(bench.create(4096)), "EINVAL");
    const flags = [0, NOEXEC, WB_MMAP, WB_MMAP | NOEXEC, HEAP | NOEXEC];
    const wanted = bench.gpu.coherent ? [4, 5, 4, 5, 7] : flags;
    assertEquals(
      flags.map((flag) => told(bench.create(4096, flag))),
      wanted.map((flag) => `${flag} 0 0`),
    );
    assertEquals(told(bench.foreign(4096).handle), "0 1 0");
    assertEquals(told(bench.import(bench.export(bench.create(4096, WB_MMAP)))), "4 0 0");
    assertEquals(bench.ask(QUERY_BO_INFO, { handle: 99 }), "ENOENT");
  }),
  callCase("panfrost: MADVISE tells whether the buffer was retained", on, (bench) => {
    const handle = bench.create(4096);
    const told = (madv: number): number =>
      bench.must(MADVISE, { handle, madv, retained: 9 }).retained;
    assertEquals([told(WILLNEED), told(DONTNEED), told(WILLNEED)], [1, 1, 1]);
  }),
  callCase("panfrost: fdinfo counts what may be purged", on, (bench) => {
    const handle = bench.create(32768); // whole pages, of 16 KiB too
    const { fd } = bench;
    // Since then the line is there once an object may be purged.
    assertEquals(bench.fdinfo(fd, "drm-purgeable-memory"), bench.recent ? undefined : "0");
    bench.must(MADVISE, { handle, madv: DONTNEED });
    assertEquals(bench.fdinfo(fd, "drm-purgeable-memory"), "32 KiB");
  }),
  callCase(
    "panfrost: a buffer is resident at once, a heap has nothing that counts",
    on,
    (bench) => {
      const { fd } = bench;
      const resident = (): string | undefined => bench.fdinfo(fd, "drm-resident-memory");
      const fresh = bench.recent ? undefined : "0"; // Since then nothing resident, no line.
      const db = bench.export(heap(bench));
      assertEquals(resident(), fresh);
      const mapping = bench.map(db, 2 << 20); // which gets all pages, of which none counts
      assertEquals(resident(), "0");
      mapping.unmap();
      assertEquals(resident(), fresh);
      bench.create(32768);
      assertEquals(resident(), "32 KiB");
    },
  ),
  callCase(
    "panfrost: parameters are those of a Mali-G52, with the coherency since 1.6",
    on,
    (bench) => {
      const value = (param: number): bigint => bench.must(GET_PARAM, { param }).value;
      assertEquals(value(constants.DRM_PANFROST_PARAM_GPU_PROD_ID), 0x7212n);
      assertEquals(value(constants.DRM_PANFROST_PARAM_MMU_FEATURES), 0x2830n);
      if (!bench.recent) return;
      const selected = value(constants.DRM_PANFROST_PARAM_SELECTED_COHERENCY);
      assertEquals(selected, bench.gpu.coherent ? 0n : 31n);
    },
  ),
  callCase("panfrost: a number without a call is EINVAL", on, (bench) => {
    const answer = (code: number): string => outcome(bench.kernel.ioctl(bench.fd, code, 0n));
    assertEquals([answer(0xc010_645f), answer(0xc010_649f)], ["EINVAL", "EINVAL"]);
  }),
];

export const group: CallGroup = {
  subject: "panfrost's buffers",
  cases,
};
