import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { splitRequest } from "../ffi/ioctl.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import type { OpenDevice } from "./driver.ts";
import { openNode, request } from "./_test_kit.ts";
import { vc4 } from "./vc4.ts";

const node = "/dev/dri/renderD137";

function open(path = node): OpenDevice {
  return openNode("qemu-arm64", path);
}

Deno.test("vc4 rounds sizes to pages, but for dumb buffers, and maps all write-combined", () => {
  const own = vc4.create(open(), request({ size: 4097n }));
  assertEquals([own.size, own.caching], [8192, "write-combined"]);
  const dumb = { width: 16, height: 16, bpp: 32 };
  const made = vc4.create(open("/dev/dri/card9"), request({ dumb }));
  assertEquals([made.size, made.caching], [1024, "write-combined"]);
});

Deno.test("vc4 says what it has no notion of before it makes a call", () => {
  const device = open();
  for (const given of [{ cached: true }, { private: true }, { noMmap: true }]) {
    assertThrows(() => vc4.create(device, request(given)), NotSupported);
  }
  assertThrows(() => vc4.create(device, request({ size: 1n << 32n })), UsageError, "32-bit");
});

Deno.test("vc4 tells why a buffer is refused", () => {
  const refused = (size: bigint, reason: string): unknown =>
    assertThrows(() => vc4.create(open(), request({ size })), KernelRefusal, reason);
  refused(0n, "EINVAL: a size of 0 is not a buffer");
  refused(0xffff_0000n, "ENOMEM: there is no contiguous memory (CMA) of that size left");
});

Deno.test("vc4 makes dumb buffers where there is no GPU", () => {
  for (const board of ["rpi4", "rpi5"]) {
    const device = openNode(board, "/dev/dri/card1");
    const made = vc4.create(device, request({ size: 4097n }));
    assertEquals([made.size, made.caching], [4100, "write-combined"]);
    assertEquals(vc4.mmapOffset(device, made.handle) > 0n, true);
    assertThrows(
      () => vc4.wait?.ask(device, made.handle, 0n),
      KernelRefusal,
      "VC4_WAIT_BO on vc4: EINVAL",
    );
  }
});

Deno.test("vc4 takes ENODEV for an answer as well: it is no GPU's", () => {
  class NoDevice extends WrappedKernel {
    override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
      const { number } = splitRequest(args[1]);
      return number >= 0x40 && number < 0xa0 ? -errno.ENODEV : super.ioctl(...args);
    }
  }
  const device = openNode("rpi5", "/dev/dri/card1", (kernel) => new NoDevice(kernel));
  assertEquals(vc4.create(device, request()).size, 4096);
  assertThrows(() => vc4.wait?.ask(device, 1, 0n), KernelRefusal, "ENODEV");
});

Deno.test("vc4 tells idle from busy, and neither from a failed wait", () => {
  const device = open();
  const { handle } = vc4.create(device, request());
  assertEquals(vc4.wait?.ask(device, handle, 0n), true);
  assertThrows(() => vc4.wait?.ask(device, 99, 0n), KernelRefusal, "EINVAL");
  const fault = { call: 3, errno: errno.ETIME };
  const busy = openNode("qemu-arm64", node, (kernel) => faultyKernel(kernel, fault));
  assertEquals(vc4.wait?.ask(busy, 1, 0n), false);
});
