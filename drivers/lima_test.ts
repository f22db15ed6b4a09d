import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import type { OpenDevice } from "./driver.ts";
import { openNode, request } from "./_test_kit.ts";
import { lima } from "./lima.ts";

const node = "/dev/dri/renderD135";

function open(): OpenDevice {
  return openNode("qemu-arm64", node);
}

Deno.test("lima rounds sizes to pages, heaps too, and maps buffers write-combined", () => {
  const device = open();
  const { size, caching } = lima.create(device, request({ size: 4097n }));
  assertEquals([size, caching], [8192, "write-combined"]);
  assertEquals(lima.create(device, request({ size: 1n, flags: ["heap"] })).size, 4096);
});

Deno.test("lima says what it has no notion of before it makes a call", () => {
  const device = open();
  for (const given of [{ cached: true }, { private: true }, { noMmap: true }]) {
    assertThrows(() => lima.create(device, request(given)), NotSupported);
  }
  const dumb = { width: 1, height: 1, bpp: 8 };
  assertThrows(() => lima.create(device, request({ dumb })), NotSupported, "no dumb buffers");
  assertThrows(() => lima.create(device, request({ size: 1n << 32n })), UsageError, "32-bit");
});

Deno.test("lima tells why a buffer is refused", () => {
  const device = open();
  const refused = (given: Parameters<typeof request>[0], reason: string): unknown =>
    assertThrows(() => lima.create(device, request(given)), KernelRefusal, reason);
  refused({ size: 0n }, "EINVAL: a size of 0 is not a buffer");
  refused({ flags: ["2"] }, "EINVAL: unknown flag bits");
  const vast = { size: 0xffff_f000n, flags: ["heap"] };
  lima.create(device, request(vast));
  refused(vast, "ENOSPC: no room is left in this open file's GPU addresses");
});

Deno.test("lima tells a buffer's GPU address, which may be 0", () => {
  const device = open();
  const addresses = [1, 2].map(() => {
    const { handle } = lima.create(device, request());
    return lima.query?.(device, handle).gpuAddress;
  });
  assertEquals(addresses, [0, 4096]);
});

Deno.test("lima tells idle from busy, and neither from a failed wait", () => {
  const device = open();
  const { handle } = lima.create(device, request());
  assertEquals(lima.wait?.ask(device, handle, 0n), true);
  assertThrows(() => lima.wait?.ask(device, 99, 0n), KernelRefusal, "EINVAL");
  for (const code of [errno.EBUSY, errno.ETIMEDOUT]) {
    // Calls 1 and 2 are open and VERSION.
    const fault = { call: 3, errno: code };
    const busy = openNode("qemu-arm64", node, (kernel) => faultyKernel(kernel, fault));
    assertEquals(lima.wait?.ask(busy, 1, 0n), false);
  }
});
