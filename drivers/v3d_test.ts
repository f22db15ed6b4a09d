import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import type { Argument, Kernel } from "../ffi/kernel.ts";
import { v3d as uapi } from "../ffi/uapi/v3d.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import type { OpenDevice } from "./driver.ts";
import { openNode, request } from "./_test_kit.ts";
import { v3d } from "./v3d.ts";

const node = "/dev/dri/renderD133";

/** Every WAIT_BO fails, retried ones too. */
class Busy extends WrappedKernel {
  readonly #code: number;
  constructor(inner: Kernel, code: number) {
    super(inner);
    this.#code = code;
  }
  override ioctl(fd: number, request: number, argument: Argument): number {
    const waits = request === uapi.ioctls.WAIT_BO.code;
    return waits ? -this.#code : super.ioctl(fd, request, argument);
  }
}

function open(): OpenDevice {
  return openNode("qemu-arm64", node);
}

Deno.test("v3d rounds sizes to pages and maps them write-combined", () => {
  const { size, caching } = v3d.create(open(), request({ size: 4097n }));
  assertEquals([size, caching], [8192, "write-combined"]);
});

Deno.test("v3d says what it has no notion of before it makes a call", () => {
  const device = open();
  for (const given of [{ cached: true }, { private: true }, { noMmap: true }]) {
    assertThrows(() => v3d.create(device, request(given)), NotSupported);
  }
  const dumb = { width: 1, height: 1, bpp: 8 };
  assertThrows(() => v3d.create(device, request({ dumb })), NotSupported, "no dumb buffers");
  assertThrows(() => v3d.create(device, request({ size: 1n << 32n })), UsageError, "32-bit");
});

Deno.test("v3d tells why a buffer is refused", () => {
  const device = open();
  const refused = (given: Parameters<typeof request>[0], reason: string): unknown =>
    assertThrows(() => v3d.create(device, request(given)), KernelRefusal, `EINVAL: ${reason}`);
  refused({ size: 0n }, "a size of 0 is not a buffer");
  refused({ flags: ["1"] }, "v3d has no flags");
});

Deno.test("v3d has nothing to sync, and tells imports from its own", () => {
  const device = open();
  const made = v3d.create(device, request());
  const why = (imported: boolean): string | undefined =>
    v3d.plan(device, { ...made, imported }, { for: "device", access: "w" }).why;
  assertEquals(
    why(false),
    "v3d's buffers are write-combined, and it has no cache maintenance call",
  );
  assertEquals(why(true), "an import is synced through its dma-buf");
});

Deno.test("v3d tells a buffer's GPU address", () => {
  const device = open();
  const { handle } = v3d.create(device, request());
  assertEquals(v3d.query?.(device, handle), { gpuAddress: 4096 });
});

Deno.test("v3d tells idle from busy, and neither from a failed wait", () => {
  const device = open();
  const { handle } = v3d.create(device, request());
  assertEquals(v3d.wait?.ask(device, handle, 0n), true);
  assertThrows(() => v3d.wait?.ask(device, 99, 0n), KernelRefusal, "EINVAL");
  for (const code of [errno.ETIME, errno.EAGAIN]) {
    const busy = openNode("qemu-arm64", node, (kernel) => new Busy(kernel, code));
    assertEquals(v3d.wait?.ask(busy, 1, 0n), false);
  }
});
