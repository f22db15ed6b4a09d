/** PRIME between the board's GPUs, and what an open file tells of it. */
import { assertEquals } from "@std/assert";
import { drm } from "../../ffi/uapi/drm.ts";
import { type Block, isError } from "../../ffi/kernel.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { type Gpu, panfrosts, panthors, shmemGpus as on } from "./_gpus.ts";

const { GEM_CLOSE, GET_CAP, PRIME_FD_TO_HANDLE, PRIME_HANDLE_TO_FD, SET_CLIENT_NAME } = drm.ioctls;
/** Whole pages, of 16 KiB too. */
const BYTES = 32768;

function inodeOf(bench: Bench, fd: number): bigint | number {
  const stat = bench.kernel.fstat(fd);
  return isError(stat) ? stat : stat.inode;
}

function hasFdinfo({ gpu, recent }: Bench): boolean {
  return gpu.fdinfo?.(recent) ?? true;
}

function text(value: string): Block {
  return { bytes: new TextEncoder().encode(value) };
}

/** Export's and import's refusals. */
function primeRows(gpus: readonly Gpu[]): CallCase[] {
  return [
    ...rowsOf(gpus, PRIME_HANDLE_TO_FD, [
      { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
      { name: "of an unknown handle, O_WRONLY", values: { handle: 99, flags: 1 }, is: "EINVAL" },
      { name: "of an unknown handle, flag 0x10", values: { handle: 99, flags: 16 }, is: "EINVAL" },
    ]),
    ...rowsOf(gpus, PRIME_FD_TO_HANDLE, [
      { name: "of no descriptor", values: { fd: -1 }, is: "EBADF" },
      { name: "of a node", values: (bench) => ({ fd: bench.fd }), is: "EINVAL" },
    ]),
    ...rowsOf(gpus, GEM_CLOSE, [
      { name: "of handle 0", values: { handle: 0 }, is: "EINVAL" },
      { name: "of an unknown handle", values: { handle: 99 }, is: "EINVAL" },
    ]),
    ...rowsOf(gpus, GET_CAP, [
      { name: "of PRIME", values: { capability: 5n }, is: "ok" },
      { name: "of DUMB_BUFFER", values: { capability: 1n }, is: "EOPNOTSUPP" },
    ]),
    ...rowsOf(gpus, SET_CLIENT_NAME, [
      {
        name: "of 5 characters",
        values: { name: text("boctl"), name_len: 5n },
        is: "ok",
        before: "EINVAL",
      },
      {
        name: "of 65 characters",
        values: { name: text("n".repeat(65)), name_len: 65n },
        is: "EINVAL",
      },
      { name: "with a space", values: { name: text("a b"), name_len: 3n }, is: "EINVAL" },
      { name: "with a NUL inside", values: { name: text("a\0b"), name_len: 3n }, is: "EINVAL" },
      { name: "of no characters", values: {}, is: "ok", before: "EINVAL" },
    ]),
  ];
}

const cases: readonly CallCase[] = [
  ...primeRows(panthors),
  ...primeRows(panfrosts),
  callCase(
    "a foreign dma-buf imported twice is one handle, and one GEM_CLOSE ends it",
    on,
    (bench) => {
      const { handle, dmaBufFd } = bench.foreign(BYTES);
      assertEquals(bench.import(dmaBufFd), handle);
      bench.must(GEM_CLOSE, { handle });
      assertEquals(bench.ask(GEM_CLOSE, { handle }), "EINVAL");
    },
  ),
  callCase("an import exported again is the exporter's dma-buf", on, (bench) => {
    const { handle, dmaBufFd } = bench.foreign(BYTES);
    assertEquals(inodeOf(bench, bench.export(handle, 0)), inodeOf(bench, dmaBufFd));
  }),
  callCase("its own dma-buf imported into another open file is the same buffer", on, (bench) => {
    const handle = bench.create(BYTES);
    const mapping = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
    mapping.write(0, new Uint8Array([7]));
    const other = bench.open(bench.gpu.node);
    const again = bench.import(bench.export(handle), other);
    const seen = new Uint8Array(1);
    bench.map(other, BYTES, { offset: bench.offsetOf(again, other) }).read(0, seen);
    assertEquals(seen[0], 7);
  }),
  callCase("a dma-buf keeps its buffer when the handle and the file are closed", on, (bench) => {
    const other = bench.open(bench.gpu.node);
    const fd = bench.export(bench.create(BYTES, 0, 0, other), undefined, other);
    bench.close(other);
    const mapping = bench.map(fd, BYTES);
    assertEquals(mapping.write(0, new Uint8Array([7])), 1);
  }),
  callCase("fdinfo counts a buffer as shared once it was exported", on, (bench) => {
    const { fd } = bench;
    const holds = (...wanted: string[]): void => {
      const lines = ["drm-total-memory", "drm-shared-memory"];
      const told = lines.map((line) => bench.fdinfo(fd, line));
      assertEquals(told, hasFdinfo(bench) ? wanted : [undefined, undefined]);
    };
    holds("0", "0");
    const handle = bench.create(BYTES);
    holds("32 KiB", "0");
    bench.export(handle);
    holds("32 KiB", "32 KiB");
    bench.must(GEM_CLOSE, { handle });
    holds("0", "0");
  }),
  callCase("fdinfo counts a buffer as resident once its pages are there", on, (bench) => {
    const { fd } = bench;
    const handle = bench.create(BYTES);
    const mapping = bench.map(fd, BYTES, { offset: bench.offsetOf(handle) });
    mapping.fill(0, BYTES, 1);
    const wanted = hasFdinfo(bench) ? "32 KiB" : undefined;
    assertEquals(bench.fdinfo(fd, "drm-resident-memory"), wanted);
  }),
  callCase("a client's name is in its fdinfo", on, (bench) => {
    bench.ask(SET_CLIENT_NAME, { name: text("boctl"), name_len: 5n });
    const named = bench.recent && hasFdinfo(bench) ? "boctl" : undefined;
    assertEquals(bench.fdinfo(bench.fd, "drm-client-name"), named);
    const wanted = hasFdinfo(bench) ? bench.gpu.driver : undefined;
    assertEquals(bench.fdinfo(bench.fd, "drm-driver"), wanted);
  }),
];

export const group: CallGroup = {
  subject: "sharing",
  cases,
};
