/** panthor's BO_SYNC: its array, its order of checks. From 1.7 on; before, it is not there. */
import { assertEquals } from "@std/assert";
import { encodeArray, type ValuesOf } from "../../ffi/struct.ts";
import type { Address, Block } from "../../ffi/kernel.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, type Row, rowsOf } from "./_call_case.ts";
import { panthors as on } from "./_gpus.ts";

const { BO_SYNC } = panthor.ioctls;
const op = panthor.structs.drm_panthor_bo_sync_op;
const WB_MMAP: number = panthor.constants.DRM_PANTHOR_BO_WB_MMAP;
const TOP = (1n << 64n) - 1n;
const BYTES = 8192;

interface Op {
  readonly handle: number;
  readonly type?: number;
  readonly offset?: bigint;
  readonly size?: bigint;
}

/** A buffer of 8 KiB, cached where the driver has that. */
function made(bench: Bench, flags = WB_MMAP): number {
  return bench.create(BYTES, bench.recent ? flags : 0);
}

type SyncRow = Row<typeof BO_SYNC.struct.fields>;
type Given = Partial<ValuesOf<typeof BO_SYNC.struct.fields>>;

function array(stride: number, count: number, from: Block | Address): Given {
  return { ops: { stride, count, array: from } };
}

function ops(list: readonly Op[]): Given {
  return array(op.size, list.length, encodeArray(op, list));
}

/** A row whose call is not there before 1.7: EINVAL then, whatever was asked. */
function row(name: string, is: string, values: (bench: Bench) => Given): SyncRow {
  return { name, is, before: "EINVAL", values };
}

/** One op of a buffer. */
function one(name: string, is: string, fields: (handle: number) => Op, flags = WB_MMAP): SyncRow {
  return row(name, is, (bench) => ops([fields(made(bench, flags))]));
}

/** One op of 24 bytes of a fresh buffer and more bytes behind it. */
function wide(bench: Bench, tail: number): Block {
  const bytes = new Uint8Array(32).fill(tail, op.size);
  bytes.set(encodeArray(op, [{ handle: made(bench), size: 64n }]).bytes);
  return { bytes };
}

const cases: readonly CallCase[] = [
  ...rowsOf(on, BO_SYNC, [
    row("with count 0 looks at nothing", "ok", () => array(0, 0, 0x10n)),
    row("with stride 0", "EINVAL", () => array(0, 1, 0x10n)),
    row("with stride 23, at a bad address", "EINVAL", () => array(23, 1, 0x10n)),
    row("with stride 24, at a bad address", "EFAULT", () => array(24, 1, 0x10n)),
    row("with stride 32 and zeros behind the op", "ok", (bench) => array(32, 1, wide(bench, 0))),
    row("with stride 32 and a tail", "E2BIG", (bench) => array(32, 1, wide(bench, 1))),
    row("of handle 0", "ENOENT", () => ops([{ handle: 0, type: 7, offset: TOP, size: 2n }])),
    row("of an unknown handle", "ENOENT", () => ops([{ handle: 99, type: 7, offset: TOP }])),
    one("of a range that wraps", "EINVAL", (handle) => ({ handle, offset: TOP, size: 2n })),
    one("of one byte at the end", "EINVAL", (handle) => ({ handle, offset: 8192n, size: 1n })),
    one("of one byte too many", "EINVAL", (handle) => ({ handle, offset: 1n, size: 8192n })),
    one("of no bytes past the end", "EINVAL", (handle) => ({ handle, offset: 8193n })),
    one("of no bytes at the end", "ok", (handle) => ({ handle, offset: 8192n })),
    one("of all bytes", "ok", (handle) => ({ handle, size: 8192n })),
    one("of all bytes, flush and invalidate", "ok", (handle) => ({ handle, type: 1, size: 8192n })),
    one("of 7 bytes at 3", "ok", (handle) => ({ handle, type: 1, offset: 3n, size: 7n })),
    one("with type 2", "EINVAL", (handle) => ({ handle, type: 2, size: 64n })),
    one("with type 2, of no bytes", "EINVAL", (handle) => ({ handle, type: 2 })),
    one("write-combined", "ok", (handle) => ({ handle, size: 64n }), 0),
    one("write-combined, with type 2", "EINVAL", (handle) => ({ handle, type: 2 }), 0),
    one("write-combined, past the end", "EINVAL", (handle) => ({ handle, offset: 8193n }), 0),
    row("of an import", "EINVAL", (bench) => ops([{ handle: bench.foreign(BYTES).handle }])),
    row(
      "of an import with type 2",
      "EINVAL",
      (bench) => ops([{ handle: bench.foreign(BYTES).handle, type: 2 }]),
    ),
    row(
      "of two ops, the second unknown",
      "ENOENT",
      (bench) => ops([{ handle: made(bench), size: 64n }, { handle: 99 }]),
    ),
    row(
      "of two wrong ops tells the first",
      "EINVAL",
      (bench) => ops([{ handle: made(bench), type: 2 }, { handle: 99 }]),
    ),
  ]),
  callCase("panthor: BO_SYNC takes ranges behind 4 GiB", on, (bench) => {
    if (!bench.recent) return;
    const { handle } = bench.must(panthor.ioctls.BO_CREATE, { size: 5n << 30n, flags: WB_MMAP });
    const asked = (offset: bigint): string =>
      bench.ask(BO_SYNC, ops([{ handle, offset, size: 64n }]));
    assertEquals([asked(1n << 32n), asked(5n << 30n)], ["ok", "EINVAL"]);
  }),
  callCase("panthor: BO_SYNC changes no byte that the CPU sees", on, (bench) => {
    const handle = made(bench);
    const mapping = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
    mapping.fill(0, BYTES, 0x5a);
    for (const type of [0, 1]) {
      const answer = bench.ask(BO_SYNC, ops([{ handle, type, offset: 64n, size: 64n }]));
      assertEquals(answer, bench.recent ? "ok" : "EINVAL");
    }
    const seen = new Uint8Array(BYTES);
    mapping.read(0, seen);
    assertEquals(seen, new Uint8Array(BYTES).fill(0x5a));
  }),
];

export const group: CallGroup = {
  subject: "panthor's sync",
  cases,
};
