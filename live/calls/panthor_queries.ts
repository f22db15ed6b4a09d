/** panthor's labels, DEV_QUERY, and what is not in its table. */
import { assertEquals } from "@std/assert";
import { type Block, isError } from "../../ffi/kernel.ts";
import { decode } from "../../ffi/struct.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import type { Bench } from "./_bench.ts";
import { outcome } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { panthors as on } from "./_gpus.ts";
import { labelCases } from "./_labels.ts";

const { BO_MMAP_OFFSET, BO_QUERY_INFO, BO_SET_LABEL, DEV_QUERY } = panthor.ioctls;
const { constants, structs } = panthor;
const NO_MMAP = constants.DRM_PANTHOR_BO_NO_MMAP;
const GPU_INFO = constants.DRM_PANTHOR_DEV_QUERY_GPU_INFO;
const CSIF_INFO = constants.DRM_PANTHOR_DEV_QUERY_CSIF_INFO;
/** gpu_info as each kernel knows it. */
const OLD_BYTES = 104;
const BYTES = 112;

function room(bytes: number): Block {
  return { bytes: new Uint8Array(bytes).fill(0xee) };
}

const offsets = rowsOf(on, BO_MMAP_OFFSET, [
  { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
  { name: "of an unknown handle", values: { handle: 99 }, is: "ENOENT" },
  { name: "of a buffer", values: (bench) => ({ handle: bench.create(4096) }), is: "ok" },
  {
    name: "of a buffer with NO_MMAP",
    values: (bench) => ({ handle: bench.create(4096, NO_MMAP) }),
    is: "EPERM",
    before: "ok",
  },
  {
    name: "of an import",
    values: (bench) => ({ handle: bench.foreign(4096).handle }),
    is: "ok",
  },
]);

const labels = labelCases(on, BO_SET_LABEL);

const queries = rowsOf(on, DEV_QUERY, [
  { name: "of GPU_INFO with 95 bytes", values: { size: 95, pointer: room(128) }, is: "EINVAL" },
  {
    name: "of GPU_INFO with 95 bytes at a bad address",
    values: { size: 95, pointer: 16n },
    is: "EINVAL",
  },
  { name: "of GPU_INFO with 96 bytes", values: { size: 96, pointer: room(128) }, is: "ok" },
  { name: "of GPU_INFO at a bad address", values: { size: 96, pointer: 0x10n }, is: "EFAULT" },
  { name: "of GPU_INFO with 128 bytes", values: { size: 128, pointer: room(128) }, is: "ok" },
  { name: "of type 77", values: { type: 77, size: 96, pointer: room(96) }, is: "EINVAL" },
  { name: "of type 77 without a pointer", values: { type: 77 }, is: "EINVAL" },
  { name: "of CSIF_INFO", values: { type: CSIF_INFO, size: 24, pointer: room(24) }, is: "ok" },
]);

/** GPU_INFO as it fills `bytes` bytes. */
function gpuInfo(bench: Bench, bytes: number): Uint8Array {
  const pointer = room(bytes);
  bench.must(DEV_QUERY, { type: GPU_INFO, size: bytes, pointer });
  return pointer.bytes;
}

const cases: readonly CallCase[] = [
  ...offsets,
  ...labels,
  ...queries,
  callCase("panthor: a buffer keeps its fake offset, and no two have the same", on, (bench) => {
    const [a, b] = [bench.create(4096), bench.create(4096)];
    assertEquals(bench.offsetOf(a), bench.offsetOf(a));
    assertEquals(bench.offsetOf(a) === bench.offsetOf(b), false);
  }),
  callCase("panthor: DEV_QUERY without a pointer tells the kernel's size", on, (bench) => {
    const told = bench.must(DEV_QUERY, { type: GPU_INFO });
    assertEquals(told.size, bench.recent ? BYTES : OLD_BYTES);
  }),
  callCase("panthor: DEV_QUERY fills what it knows and zeroes the rest", on, (bench) => {
    const known = bench.recent ? BYTES : OLD_BYTES;
    const bytes = gpuInfo(bench, 128);
    assertEquals([...bytes.subarray(known)], new Array(128 - known).fill(0));
    const cut = gpuInfo(bench, 100);
    assertEquals(cut, bytes.subarray(0, 100));
  }),
  callCase(
    "panthor: selected_coherency is NONE or ACE_LITE, before 1.7 a pad of 0",
    on,
    (bench) => {
      const { bytes } = room(BYTES);
      bytes.set(gpuInfo(bench, BYTES));
      const { selected_coherency } = decode(structs.drm_panthor_gpu_info, { bytes });
      const wanted = !bench.recent || bench.gpu.coherent ? 0 : 31;
      assertEquals(selected_coherency, wanted);
    },
  ),
  callCase("panthor: a number without a call is EINVAL", on, (bench) => {
    const answer = (code: number): string => outcome(bench.kernel.ioctl(bench.fd, code, 0n));
    // Type d, numbers of the driver's range that its table does not have.
    assertEquals([answer(0xc010_645f), answer(0xc010_649f)], ["EINVAL", "EINVAL"]);
    assertEquals(answer(0xc010_7a40), "ENOTTY");
  }),
  callCase(
    "panthor: BO_QUERY_INFO of an import is IS_IMPORTED, of its own dma-buf not",
    on,
    (bench) => {
      const own = bench.create(4096, bench.recent ? constants.DRM_PANTHOR_BO_WB_MMAP : 0);
      const again = bench.import(bench.export(own));
      assertEquals(again, own);
      const { handle } = bench.foreign(4096);
      if (!bench.recent) return assertEquals(bench.ask(BO_QUERY_INFO, { handle }), "EINVAL");
      const told = (of: number): number[] => {
        const { create_flags, extra_flags } = bench.must(BO_QUERY_INFO, { handle: of });
        return [create_flags, extra_flags];
      };
      assertEquals([told(again), told(handle)], [[2, 0], [0, 1]]);
      assertEquals(bench.ask(BO_QUERY_INFO, { handle: 99 }), "ENOENT");
    },
  ),
  callCase("panthor: each type of DEV_QUERY tells the size that its release has", on, (bench) => {
    const sizes = [0, 1, 2, 3, 4].map((type) => {
      const pointer = 0n;
      const block = bench.ask(DEV_QUERY, { type, pointer });
      return block === "ok" ? bench.must(DEV_QUERY, { type, pointer }).size : block;
    });
    const recent = [BYTES, 24, 56, 4, "EINVAL"];
    assertEquals(sizes, bench.recent ? recent : [OLD_BYTES, 24, "EINVAL", "EINVAL", "EINVAL"]);
    assertEquals(isError(bench.kernel.ioctl(bench.fd, DEV_QUERY.code, 0x10n)), true);
  }),
];

export const group: CallGroup = {
  subject: "panthor's queries",
  cases,
};
