/** Labels of buffers, which panthor and panfrost take alike. */
import type { Block } from "../../ffi/kernel.ts";
import type { panfrost } from "../../ffi/uapi/panfrost.ts";
import type { panthor } from "../../ffi/uapi/panthor.ts";
import type { Bench } from "./_bench.ts";
import { type CallCase, rowsOf } from "./_call_case.ts";
import type { Gpu } from "./_gpus.ts";

/** A label of `length` characters and its NUL. */
function text(length: number): Block {
  return { bytes: new Uint8Array(length + 1).fill(0x78, 0, length) };
}

/** The call came with panthor 1.4 and panfrost 1.4. */
const before = "EINVAL";

type SetLabel = typeof panthor.ioctls.BO_SET_LABEL | typeof panfrost.ioctls.SET_LABEL_BO;

/** A case for each label and each wrong one. */
export function labelCases(on: readonly Gpu[], call: SetLabel): CallCase[] {
  return rowsOf(on, call, [
    { name: "of an unknown handle, with pad", values: { handle: 99, pad: 1 }, is: "EINVAL" },
    { name: "of an unknown handle", values: { handle: 99, label: 0x10n }, is: "ENOENT", before },
    {
      name: "at a bad address",
      values: (bench) => ({ handle: bench.create(4096), label: 0x10n }),
      is: "EFAULT",
      before,
    },
    ...[
      { name: "of no characters", length: 0, is: "ok" },
      { name: "of 4095 characters", length: 4095, is: "ok" },
      { name: "of 4096 characters", length: 4096, is: "E2BIG" },
    ].map(({ name, length, is }) => ({
      name,
      values: (bench: Bench) => ({ handle: bench.create(4096), label: text(length) }),
      is,
      before,
    })),
    {
      name: "with NULL, which clears it",
      values: (bench) => {
        const handle = bench.create(4096);
        bench.ask(call, { handle, label: text(5) });
        return { handle, label: 0n };
      },
      is: "ok",
      before,
    },
  ]);
}
