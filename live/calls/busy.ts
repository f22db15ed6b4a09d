/**
 * A buffer that a job keeps busy: a panfrost SUBMIT of any job does for half a second on the board,
 * whose GPU runs nothing; then the driver resets it and the fence signals.
 *
 * The board's registers are RAM that nobody clears: a slot takes one job a boot, for a second one
 * the driver warns that JS_COMMAND_NEXT is not 0. This job is slot 0's, the one of
 * `fixtures/reproductions/a-job-keeps-its-buffers-busy.boctl` slot 1's.
 */
import { assert, assertEquals } from "@std/assert";
import { POLLIN, POLLOUT } from "../../ffi/constants.ts";
import type { Block } from "../../ffi/kernel.ts";
import { encodeArray } from "../../ffi/struct.ts";
import { dmaBuf } from "../../ffi/uapi/dma_buf.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup, rowsOf } from "./_call_case.ts";
import { panfrosts as on } from "./_gpus.ts";

const { SUBMIT, SYNC_BO, WAIT_BO } = panfrost.ioctls;
const { EXPORT_SYNC_FILE, IMPORT_SYNC_FILE, SYNC } = dmaBuf.ioctls;
const op = panfrost.structs.drm_panfrost_bo_sync_op;
const BYTES = 8192;
const READ = 1n;
const WRITE = 2n;
const END = 4n;
/** Nanoseconds that pass while the job is busy. */
const SHORT = 20_000_000n;

function words(...values: number[]): Block {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, i) => new DataView(bytes.buffer).setUint32(i * 4, value, true));
  return { bytes };
}

interface Busy {
  readonly handle: number;
  readonly fd: number;
}

/** A buffer with its dma-buf, and a job on it. */
function busy(bench: Bench): Busy {
  const handle = bench.create(BYTES);
  const fd = bench.export(handle);
  const job = {
    jc: 0x200_0000n,
    bo_handles: words(handle),
    bo_handle_count: 1,
    requirements: panfrost.constants.PANFROST_JD_REQ_FS,
  };
  assertEquals(bench.ask(SUBMIT, job), "ok");
  return { handle, fd };
}

/** POLLIN: no writer is pending; POLLOUT: nobody is. */
function ready(bench: Bench, fd: number): number {
  const entry = { fd, events: POLLIN | POLLOUT, revents: 0 };
  bench.kernel.poll([entry], 0);
  return entry.revents;
}

const cases: readonly CallCase[] = [
  ...rowsOf(on, SUBMIT, [
    { name: "without a job chain", values: { jc: 0n }, is: "EINVAL" },
    { name: "with unknown requirements", values: { jc: 1n, requirements: 0x80 }, is: "EINVAL" },
    {
      name: "of an unknown buffer",
      values: { jc: 1n, bo_handles: words(99), bo_handle_count: 1 },
      is: "ENOENT",
    },
  ]),
  callCase("panfrost: what waits for a busy buffer's job, and what does not", on, (bench) => {
    const { handle, fd } = busy(bench);
    const other = bench.export(bench.create(BYTES));

    // Nothing of this waits.
    assertEquals(bench.ask(WAIT_BO, { handle }), "EBUSY");
    assertEquals(bench.ask(WAIT_BO, { handle, timeout_ns: -1n }), "EBUSY");
    assertEquals(ready(bench, fd), 0);
    const ended = [READ, WRITE, READ | WRITE].map((flags) =>
      bench.ask(SYNC, { flags: flags | END }, fd)
    );
    assertEquals(ended, ["ok", "ok", "ok"]);
    const ops = encodeArray(op, [{ handle, type: 1, size: BYTES }]);
    const synced = bench.ask(SYNC_BO, { ops, op_count: 1 });
    assertEquals(synced, bench.recent ? "ok" : "EINVAL");
    const mapping = bench.map(bench.fd, BYTES, { offset: bench.offsetOf(handle) });
    assertEquals(mapping.fill(0, BYTES, 1), BYTES);

    // The job as a sync_file, which makes another buffer as busy.
    const made = bench.must(EXPORT_SYNC_FILE, { flags: Number(READ) }, fd);
    const file = bench.keep(made.fd, "sync_file");
    assertEquals([ready(bench, file), ready(bench, other)], [0, POLLIN | POLLOUT]);
    bench.must(IMPORT_SYNC_FILE, { flags: Number(WRITE), fd: file }, other);
    assertEquals(ready(bench, other), 0);

    const timeout_ns = bench.kernel.now() + SHORT;
    assertEquals(bench.ask(WAIT_BO, { handle, timeout_ns }), "ETIMEDOUT");
    assert(bench.kernel.now() >= timeout_ns);

    assertEquals(bench.ask(WAIT_BO, { handle }), "EBUSY");
    assertEquals(bench.ask(SYNC, { flags: READ }, fd), "ok"); // START waits
    assertEquals(bench.ask(WAIT_BO, { handle }), "ok");
    assertEquals([ready(bench, fd), ready(bench, other)], [POLLIN | POLLOUT, POLLIN | POLLOUT]);
    assertEquals(ready(bench, file) & POLLIN, POLLIN);
    assertEquals(bench.ask(SYNC, { flags: WRITE }, fd), "ok");
  }),
];

export const group: CallGroup = {
  subject: "busy buffers",
  cases,
};
