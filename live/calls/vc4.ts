/** vc4's buffers: contiguous, purgeable, and those of shaders. */
import { assertEquals } from "@std/assert";
import { MAP_PRIVATE, PROT_READ } from "../../ffi/constants.ts";
import type { Block } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { vc4 } from "../../ffi/uapi/vc4.ts";
import { vc4Card } from "../cases/_nodes.ts";
import { type Bench, RW } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { fence } from "./_fence.ts";
import { gpusOf } from "./_gpus.ts";

const {
  CREATE_BO,
  CREATE_SHADER_BO,
  GEM_MADVISE,
  GET_PARAM,
  GET_TILING,
  LABEL_BO,
  MMAP_BO,
  SET_TILING,
  WAIT_BO,
  WAIT_SEQNO,
} = vc4.ioctls;
const { GEM_CLOSE, MODE_CREATE_DUMB, MODE_MAP_DUMB, PRIME_FD_TO_HANDLE, PRIME_HANDLE_TO_FD } =
  drm.ioctls;
const { VC4_MADV_DONTNEED: DONTNEED, VC4_MADV_WILLNEED: WILLNEED } = vc4.constants;
const on = gpusOf("vc4");
/** Whole pages, of 16 KiB too. */
const BYTES = 32768;
const T_TILED = 0x0700_0000_0000_0001n;
/** Nanoseconds. */
const SHORT = 20_000_000n;

/** A program of 64-bit instructions, of which each is two words. */
function program(...words: readonly number[]): { size: number; data: Block } {
  const bytes = new Uint8Array(words.length * 4);
  words.forEach((word, i) => new DataView(bytes.buffer).setUint32(i * 4, word, true));
  return { size: bytes.length, data: { bytes } };
}
const NOP = [0x009e_7000, 0x1000_09e7];
const END = [0x009e_7000, 0x3000_09e7];
/** The shortest program: the end, and two that still run. */
const shortest = program(...END, ...NOP, ...NOP);

const creates = rowsOf(on, CREATE_BO, [
  { name: "of size 0", values: { size: 0 }, is: "EINVAL" },
  { name: "of a byte", values: { size: 1 }, is: "ok" },
  { name: "with flags and pad", values: { size: 1, flags: 0xffff, pad: 9 }, is: "ok" },
  { name: "of more than there is", values: { size: 0x7fff_ffff }, is: "ENOMEM" },
]);

const shaders = rowsOf(on, CREATE_SHADER_BO, [
  { name: "of the shortest program", values: shortest, is: "ok" },
  { name: "of size 0", values: { size: 0 }, is: "EINVAL" },
  { name: "of 12 bytes", values: { ...shortest, size: 12 }, is: "EINVAL" },
  { name: "with flags", values: { ...shortest, flags: 1 }, is: "EINVAL" },
  { name: "with pad", values: { ...shortest, pad: 1 }, is: "EINVAL" },
  { name: "at a bad address", values: { size: 24, data: 0x10n }, is: "EFAULT" },
  { name: "of a program without an end", values: program(...NOP, ...NOP), is: "EINVAL" },
  { name: "of zeroes", values: program(0, 0), is: "EINVAL" },
]);

const mmaps = rowsOf(on, MMAP_BO, [
  { name: "of an unknown handle", values: { handle: 99 }, is: "EINVAL" },
  { name: "with flags", values: (bench) => ({ handle: bench.create(1), flags: 7 }), is: "ok" },
]);

const waits = rowsOf(on, WAIT_BO, [
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "EINVAL" },
  { name: "of an idle buffer", values: (bench) => ({ handle: bench.create(1) }), is: "ok" },
]);

const seqnos = rowsOf(on, WAIT_SEQNO, [
  { name: "of job 0", values: { seqno: 0n }, is: "ok" },
  { name: "of a job that never was", values: { seqno: 9n }, is: "ETIME" },
  {
    name: "of a job that never was, for a time",
    values: { seqno: 9n, timeout_ns: SHORT },
    is: "ETIME",
  },
]);

const madvises = rowsOf(on, GEM_MADVISE, [
  { name: "of an unknown handle, with 2", values: { handle: 99, madv: 2 }, is: "EINVAL" },
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
]);

const parameters = rowsOf(on, GET_PARAM, [
  { name: "with pad", values: { param: 0, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown parameter", values: { param: 9 }, is: "EINVAL" },
]);

const tilings = rowsOf(on, SET_TILING, [
  { name: "with flags", values: { handle: 99, flags: 1 }, is: "EINVAL" },
  { name: "of another modifier", values: { handle: 99, modifier: 2n }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
]);

const name = { bytes: new TextEncoder().encode("abc\0") };
const labels = rowsOf(on, LABEL_BO, [
  { name: "of no characters", values: { handle: 99, len: 0, name }, is: "EINVAL" },
  { name: "at a bad address", values: { handle: 99, len: 3, name: 0x10n }, is: "EFAULT" },
  { name: "longer than said", values: { handle: 99, len: 2, name }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99, len: 3, name }, is: "ENOENT" },
  {
    name: "of a buffer",
    values: (bench) => ({ handle: bench.create(1), len: 3, name }),
    is: "ok",
  },
]);

function madvise(bench: Bench, handle: number, madv: number): string | number {
  const answer = bench.ask(GEM_MADVISE, { handle, madv });
  return answer === "ok" ? bench.must(GEM_MADVISE, { handle, madv, retained: 9 }).retained : answer;
}

/** A page of v3d's, of which any memory is contiguous, imported. */
function page(bench: Bench): { handle: number; dmaBufFd: number } {
  return bench.foreign(bench.kernel.identity.pageSize);
}

const cases: readonly CallCase[] = [
  ...creates,
  ...shaders,
  ...mmaps,
  ...waits,
  ...seqnos,
  ...madvises,
  ...parameters,
  ...tilings,
  ...labels,
  callCase("vc4: a buffer is of whole pages", on, (bench) => {
    const fd = bench.export(bench.create(1));
    assertEquals(bench.kernel.lseek(fd, 0n, 2), BigInt(bench.kernel.identity.pageSize));
  }),
  callCase("vc4: a node maps exactly the fake offset, at most the buffer's bytes", on, (bench) => {
    const at = bench.offsetOf(bench.create(BYTES));
    const step = BigInt(bench.kernel.identity.pageSize);
    const ask = (length: number, offset: bigint): string =>
      bench.askMap(bench.fd, length, { offset });
    assertEquals([ask(BYTES, at), ask(4096, at), ask(BYTES + 1, at), ask(4096, at + step)], [
      "ok",
      "ok",
      "EINVAL",
      "EINVAL",
    ]);
    assertEquals(bench.askMap(bench.open(bench.gpu.node), BYTES, { offset: at }), "EACCES");
  }),
  callCase(
    "vc4: MAP_PRIVATE is granted, on the node and on the dma-buf, and copies",
    on,
    (bench) => {
      const handle = bench.create(BYTES);
      const [offset, fd] = [bench.offsetOf(handle), bench.export(handle)];
      const own = bench.map(bench.fd, BYTES, { offset, flags: MAP_PRIVATE });
      const shared = bench.map(fd, BYTES);
      shared.write(0, new Uint8Array([1]));
      const seen = new Uint8Array(1);
      own.read(0, seen);
      assertEquals(seen[0], 1);
      own.write(0, new Uint8Array([2]));
      shared.read(0, seen);
      assertEquals(seen[0], 1);
      assertEquals(bench.askMap(fd, BYTES, { flags: MAP_PRIVATE, prot: PROT_READ }), "ok");
    },
  ),
  callCase("vc4: a dma-buf mapped at an offset is ENXIO", on, (bench) => {
    const fd = bench.export(bench.create(4 * BYTES));
    const offset = BigInt(BYTES);
    const told = [BYTES, 2 * BYTES, 4 * BYTES].map((length) =>
      bench.askMap(fd, length, { offset })
    );
    assertEquals(told, ["ENXIO", "ENXIO", "EINVAL"]);
    assertEquals(bench.askMap(fd, BYTES), "ok");
  }),
  callCase("vc4: a purgeable buffer is neither mapped nor exported", on, (bench) => {
    const handle = bench.create(BYTES);
    const offset = bench.offsetOf(handle);
    assertEquals(madvise(bench, handle, DONTNEED), 1);
    assertEquals(bench.askMap(bench.fd, BYTES, { offset }), "EINVAL");
    assertEquals(bench.ask(PRIME_HANDLE_TO_FD, { handle, flags: 2 }), "EINVAL");
    assertEquals(madvise(bench, handle, WILLNEED), 1);
    assertEquals(bench.askMap(bench.fd, BYTES, { offset }), "ok");
    bench.export(handle);
  }),
  callCase(
    "vc4: an exported buffer may be called purgeable, and is only not mapped",
    on,
    (bench) => {
      const handle = bench.create(BYTES);
      const [offset, fd] = [bench.offsetOf(handle), bench.export(handle)];
      const mapping = bench.map(fd, BYTES);
      assertEquals(madvise(bench, handle, DONTNEED), 1);
      assertEquals(bench.askMap(bench.fd, BYTES, { offset }), "EINVAL");
      assertEquals(bench.askMap(fd, BYTES), "EINVAL");
      assertEquals(mapping.write(0, new Uint8Array([1])), 1);
      bench.export(handle);
    },
  ),
  callCase("vc4: a shader is mapped for reading, and never exported", on, (bench) => {
    const { handle } = bench.must(CREATE_SHADER_BO, shortest);
    const offset = bench.offsetOf(handle);
    const ask = (prot: number, flags?: number): string =>
      bench.askMap(bench.fd, 4096, { offset, prot, ...flags === undefined ? {} : { flags } });
    assertEquals([ask(RW), ask(PROT_READ), ask(RW, MAP_PRIVATE), ask(PROT_READ, MAP_PRIVATE)], [
      "EINVAL",
      "ok",
      "EINVAL",
      "ok",
    ]);
    const seen = new Uint8Array(4);
    bench.map(bench.fd, 4096, { offset, prot: PROT_READ }).read(0, seen);
    assertEquals([...seen], [0x00, 0x70, 0x9e, 0x00]);
    assertEquals(bench.ask(PRIME_HANDLE_TO_FD, { handle, flags: 2 }), "EINVAL");
  }),
  callCase(
    "vc4: an import is mapped by its address, the node's own, not its exporter's",
    on,
    (bench) => {
      const { handle, dmaBufFd } = page(bench);
      const bytes = bench.kernel.identity.pageSize;
      const own = bench.map(bench.fd, bytes, { offset: bench.offsetOf(handle) });
      const text = String(bench.kernel.readText("/proc/self/maps"));
      assertEquals(text.includes(`/dev/dri/${bench.gpu.node}`), true);
      assertEquals(text.includes("/dmabuf:"), false);
      own.write(7, new Uint8Array([9]));
      const seen = new Uint8Array(1);
      bench.map(dmaBufFd, bytes).read(7, seen);
      assertEquals(seen[0], 9);
    },
  ),
  callCase("vc4: an import cannot be advised on", on, (bench) => {
    const { handle } = page(bench);
    assertEquals([DONTNEED, WILLNEED].map((madv) => madvise(bench, handle, madv)), [
      "EINVAL",
      "EINVAL",
    ]);
  }),
  callCase(
    "vc4: its buffers are taken by v3d and panfrost, its dumb ones by its GPU",
    on,
    (bench) => {
      const fd = bench.export(bench.create(BYTES));
      for (const node of ["renderD133", "renderD129"]) {
        assertEquals(bench.ask(PRIME_FD_TO_HANDLE, { fd }, bench.open(node)), "ok");
      }
      const card = bench.open(vc4Card);
      const { handle } = bench.must(MODE_CREATE_DUMB, { width: 64, height: 64, bpp: 32 }, card);
      const shared = bench.import(bench.export(handle, undefined, card));
      assertEquals(bench.ask(GEM_MADVISE, { handle: shared, madv: DONTNEED }), "ok");
    },
  ),
  callCase("vc4: dumb buffers are neither rounded by line nor told by page", on, (bench) => {
    const card = bench.open(vc4Card);
    const told = (width: number, height: number, bpp: number): [number, bigint] => {
      const { pitch, size } = bench.must(MODE_CREATE_DUMB, { width, height, bpp }, card);
      return [pitch, size];
    };
    assertEquals(told(16, 16, 32), [64, 1024n]);
    assertEquals(told(17, 3, 12), [26, 78n]);
    assertEquals(told(3, 3, 9), [4, 12n]);
    assertEquals(bench.ask(MODE_MAP_DUMB, { handle: 1 }, card), "ok");
    assertEquals(bench.ask(MODE_CREATE_DUMB, { width: 0, height: 1, bpp: 8 }, card), "EINVAL");
  }),
  callCase(
    "vc4: WAIT_BO waits for every fence; on 6.12 for its own jobs alone",
    on,
    (bench) => {
      const handle = bench.create(BYTES);
      const signal = fence(bench, bench.export(handle));
      const wait = (timeout_ns: bigint): string => bench.ask(WAIT_BO, { handle, timeout_ns });
      const busy = bench.recent ? "ETIME" : "ok";
      assertEquals([wait(0n), wait(SHORT)], [busy, busy]);
      signal();
      assertEquals(wait(0n), "ok");
    },
  ),
  callCase("vc4: a tiling is kept", on, (bench) => {
    const handle = bench.create(1);
    const tiling = (): bigint => bench.must(GET_TILING, { handle }).modifier;
    assertEquals(tiling(), 0n);
    bench.must(SET_TILING, { handle, modifier: T_TILED });
    assertEquals(tiling(), T_TILED);
    assertEquals(bench.ask(GET_TILING, { handle, modifier: 1n }), "EINVAL");
    assertEquals(bench.ask(GET_TILING, { handle: 99 }), "ENOENT");
  }),
  callCase("vc4: a new buffer is zeroes, of memory that was used before too", on, (bench) => {
    const fill = (value: number): number | undefined => {
      const handle = bench.create(BYTES);
      const mapping = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
      const seen = new Uint8Array(1);
      mapping.read(100, seen);
      mapping.fill(0, BYTES, value);
      mapping.unmap();
      bench.must(GEM_CLOSE, { handle });
      return seen[0];
    };
    assertEquals([fill(1), fill(2), fill(3)], [0, 0, 0]);
  }),
  callCase("vc4: parameters are those of the board's VideoCore IV", on, (bench) => {
    const value = (param: number): bigint => bench.must(GET_PARAM, { param }).value;
    assertEquals([0, 1, 2].map(value), [0x244_3356n, 0n, 0n]);
    assertEquals([3, 4, 5, 6, 7, 8].map(value), [1n, 1n, 1n, 1n, 1n, 1n]);
  }),
];

export const group: CallGroup = {
  subject: "vc4",
  cases,
};
