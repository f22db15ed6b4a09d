import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import type { CreateRequest, OpenDevice } from "./driver.ts";
import { panfrost } from "./panfrost.ts";
import { openNode, request } from "./_test_kit.ts";

function open(board = "panfrost"): OpenDevice {
  return openNode(board, "/dev/dri/renderD128");
}

Deno.test("panfrost rounds sizes as the kernel does, which does not tell them", () => {
  const device = open();
  const size = (given: Partial<CreateRequest>): number =>
    panfrost.create(device, request(given)).size;
  assertEquals(size({ size: 1n }), 4096);
  assertEquals(size({ size: 4097n }), 8192);
  assertEquals(size({ size: 4096n, flags: ["heap", "noexec"] }), 2 << 20);
});

Deno.test("panfrost has cached buffers from 1.6 on", () => {
  assertEquals(panfrost.create(open(), request({ cached: true })).caching, "write-back");
  assertEquals(panfrost.create(open(), request()).caching, "write-combined");
  const old = open("panfrost@6.12");
  assertEquals(panfrost.create(old, request()).caching, "unknown");
  assertEquals(panfrost.coherency(old), "unknown");
  assertEquals(panfrost.query?.(old, 1), {});
});

Deno.test("panfrost tells why a buffer is refused", () => {
  const cases: readonly (readonly [string, Partial<CreateRequest>, string])[] = [
    ["panfrost", { size: 0n }, "a size of 0 is not a buffer"],
    ["panfrost", { flags: ["heap"] }, "HEAP needs NOEXEC"],
    [
      "panfrost",
      { flags: ["heap", "noexec"], cached: true },
      "HEAP and WB_MMAP exclude each other",
    ],
    ["panfrost", { flags: ["0x80"] }, "unknown flag bits"],
    ["panfrost@6.12", { cached: true }, "WB_MMAP needs panfrost 1.6, this is 1.2"],
  ];
  for (const [board, given, reason] of cases) {
    const error = assertThrows(() => panfrost.create(open(board), request(given)), KernelRefusal);
    assertEquals(error.message, `DRM_IOCTL_PANFROST_CREATE_BO on panfrost: EINVAL: ${reason}`);
  }
});

Deno.test("panfrost says what it has no notion of before it makes a call", () => {
  const device = open();
  assertThrows(
    () => panfrost.create(device, request({ private: true })),
    NotSupported,
    "--private: panfrost has no notion of a private buffer",
  );
  assertThrows(() => panfrost.create(device, request({ noMmap: true })), NotSupported);
  assertThrows(
    () => panfrost.create(device, request({ size: 1n << 32n })),
    UsageError,
    "--size: 4294967296 does not fit panfrost's 32-bit size field",
  );
});

Deno.test("panfrost says that a heap buffer is mapped through its dma-buf alone", () => {
  const device = open();
  const { handle } = panfrost.create(device, request({ flags: ["heap", "noexec"] }));
  assertThrows(
    () => panfrost.mmapOffset(device, handle),
    KernelRefusal,
    "EINVAL: a heap buffer is mapped through its dma-buf alone",
  );
});

Deno.test("panfrost tells why a sync is refused, and never cuts a range to 32 bits", () => {
  const device = open();
  const buffer = { ...panfrost.create(device, request({ cached: true })), imported: false };
  const plan = panfrost.plan(device, buffer, { for: "cpu", access: "rw" });
  const sync = (offset: bigint, length: bigint): void =>
    panfrost.sync(device, buffer, plan, [{ offset, length }]);
  sync(0n, 64n);
  assertThrows(
    () => sync(4096n, 1n),
    KernelRefusal,
    "the range ends beyond the buffer's 4096 bytes",
  );
  assertThrows(() => sync(1n << 32n, 64n), UsageError, "does not fit SYNC_BO's 32-bit fields");
  assertThrows(() => sync(0n, 1n << 32n), UsageError, "does not fit SYNC_BO's 32-bit fields");
});

Deno.test("panfrost tells idle from busy, and neither from a failed wait", () => {
  const device = open();
  const { handle } = panfrost.create(device, request());
  assertEquals(panfrost.wait?.ask(device, handle, 0n), true);
  assertThrows(() => panfrost.wait?.ask(device, 99, 0n), KernelRefusal, "ENOENT");
  for (const code of [errno.EBUSY, errno.ETIMEDOUT]) {
    // Calls 1 and 2 are open and VERSION.
    const busy = openNode(
      "panfrost",
      "/dev/dri/renderD128",
      (kernel) => faultyKernel(kernel, { call: 3, errno: code }),
    );
    assertEquals(panfrost.wait?.ask(busy, 1, 0n), false);
  }
});
