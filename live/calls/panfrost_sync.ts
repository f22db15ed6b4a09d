/** panfrost's SYNC_BO: 32-bit ranges, its order of checks. From 1.6 on; before, it is not there. */
import { encodeArray, type ValuesOf } from "../../ffi/struct.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, type CallGroup, type Row, rowsOf } from "./_call_case.ts";
import { panfrosts as on } from "./_gpus.ts";

const { SYNC_BO } = panfrost.ioctls;
const op = panfrost.structs.drm_panfrost_bo_sync_op;
const WB_MMAP: number = panfrost.constants.PANFROST_BO_WB_MMAP;
const TOP = 0xffff_ffff;
const BYTES = 8192;

type Given = Partial<ValuesOf<typeof SYNC_BO.struct.fields>>;
type SyncRow = Row<typeof SYNC_BO.struct.fields>;

interface Op {
  readonly handle: number;
  readonly type?: number;
  readonly offset?: number;
  readonly size?: number;
}

/** A buffer of 8 KiB, cached where the driver has that. */
function made(bench: Bench, flags = WB_MMAP): number {
  return bench.create(BYTES, bench.recent ? flags : 0);
}

function ops(list: readonly Op[]): Given {
  return { ops: encodeArray(op, list), op_count: list.length };
}

/** A row whose call is not there before 1.6: EINVAL then, whatever was asked. */
function row(name: string, is: string, values: (bench: Bench) => Given): SyncRow {
  return { name, is, before: "EINVAL", values };
}

/** One op of a buffer. */
function one(name: string, is: string, fields: (handle: number) => Op, flags = WB_MMAP): SyncRow {
  return row(name, is, (bench) => ops([fields(made(bench, flags))]));
}

// Never op_count 0xffffffff: it is ENOMEM and a warning in the kernel's log.
const cases: readonly CallCase[] = rowsOf(on, SYNC_BO, [
  row("with pad and count 0", "EINVAL", () => ({ op_count: 0, pad: 1 })),
  row("with count 0 at a bad address", "ok", () => ({ op_count: 0, ops: 0x10n })),
  row("at a bad address", "EFAULT", () => ({ op_count: 1, ops: 0x10n })),
  row("of handle 0", "ENOENT", () => ops([{ handle: 0, type: 9, offset: TOP, size: 2 }])),
  row("of an unknown handle", "ENOENT", () => ops([{ handle: 99, type: 9, offset: TOP }])),
  one("of a range that wraps in 32 bits", "EINVAL", (handle) => ({ handle, offset: TOP, size: 2 })),
  one("of a range that wraps to the start", "EINVAL", (handle) => ({
    handle,
    offset: 0xffff_f000,
    size: 0x1000,
  })),
  one("of one byte at the end", "EINVAL", (handle) => ({ handle, offset: 8192, size: 1 })),
  one("of no bytes past the end", "EINVAL", (handle) => ({ handle, offset: 8193 })),
  one("of no bytes at the end", "ok", (handle) => ({ handle, offset: 8192 })),
  one("of all bytes", "ok", (handle) => ({ handle, size: 8192 })),
  one("of all bytes, flush and invalidate", "ok", (handle) => ({ handle, type: 1, size: 8192 })),
  one("of 7 bytes at 3", "ok", (handle) => ({ handle, type: 1, offset: 3, size: 7 })),
  one("with type 2", "EINVAL", (handle) => ({ handle, type: 2, size: 64 })),
  one("with type 2, of no bytes", "EINVAL", (handle) => ({ handle, type: 2 })),
  one("write-combined", "ok", (handle) => ({ handle, size: 64 }), 0),
  one("write-combined, with type 2", "EINVAL", (handle) => ({ handle, type: 2 }), 0),
  one("write-combined, past the end", "EINVAL", (handle) => ({ handle, offset: 8193 }), 0),
  row("of an import", "EINVAL", (bench) => ops([{ handle: bench.foreign(BYTES).handle }])),
  row(
    "of two ops, the second unknown",
    "ENOENT",
    (bench) => ops([{ handle: made(bench), size: 64 }, { handle: 99 }]),
  ),
  row(
    "of two wrong ops tells the first",
    "EINVAL",
    (bench) => ops([{ handle: made(bench), type: 2 }, { handle: 99 }]),
  ),
]);

export const group: CallGroup = {
  subject: "panfrost's sync",
  cases,
};
