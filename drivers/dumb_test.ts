import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { dumb } from "./dumb.ts";
import { exportHandle, importDescriptor } from "./gem.ts";
import { openNode, request } from "./_test_kit.ts";

Deno.test("dumb makes a buffer of --size as one line of 32-bit pixels", () => {
  const device = openNode("qemu", "/dev/dri/card0");
  const made = dumb.create(device, request({ size: 5000n }));
  assertEquals([made.size, made.caching, made.private], [8192, "unknown", false]);
  const shaped = dumb.create(device, request({ dumb: { width: 64, height: 64, bpp: 32 } }));
  assertEquals(shaped.size, 64 * 64 * 4);
});

Deno.test("dumb says what cannot be chosen for a dumb buffer", () => {
  const device = openNode("qemu", "/dev/dri/card0");
  for (const given of [{ cached: true }, { private: true }, { noMmap: true }]) {
    assertThrows(() => dumb.create(device, request(given)), NotSupported);
  }
  assertThrows(() => dumb.create(device, request({ flags: ["x"] })), UsageError, "has no flag");
  assertThrows(
    () => dumb.create(device, request({ size: (1n << 34n) + 1n })),
    UsageError,
    "is too large for a dumb buffer of height 1",
  );
});

Deno.test("dumb says why a size of 0, a render node or an import is refused", () => {
  const card = openNode("qemu", "/dev/dri/card0");
  assertThrows(
    () => dumb.create(card, request({ size: 0n })),
    KernelRefusal,
    "DRM_IOCTL_MODE_CREATE_DUMB on vgem: EINVAL: width, height or bpp is 0",
  );
  const render = openNode("qemu", "/dev/dri/renderD128");
  const refusal =
    "EACCES: dumb buffers are made on the primary node (card…), this is a render node";
  assertThrows(() => dumb.create(render, request()), KernelRefusal, refusal);
  assertThrows(() => dumb.mmapOffset(render, 1), KernelRefusal, "MAP_DUMB is for the primary node");
});

Deno.test("dumb says that an import is mapped through its dma-buf", () => {
  const card = openNode("qemu", "/dev/dri/card0");
  const { handle } = dumb.create(card, request());
  const fd = exportHandle(card, handle, { rdwr: true, cloexec: true });
  const cirrus = { ...card, name: "cirrus", path: "/dev/dri/card3", scratch: new Map() };
  const importer = { ...cirrus, fd: card.kernel.open("/dev/dri/card3", 2) };
  const imported = importDescriptor(importer, fd);
  assertThrows(
    () => dumb.mmapOffset(importer, imported),
    KernelRefusal,
    "DRM_IOCTL_MODE_MAP_DUMB on cirrus: EINVAL: an imported buffer cannot be mapped",
  );
});

Deno.test("dumb has no sync to do, and says so", () => {
  const device = openNode("qemu", "/dev/dri/card0");
  const buffer = { ...dumb.create(device, request()), imported: false };
  for (const to of ["device", "cpu"] as const) {
    const plan = dumb.plan(device, buffer, { for: to, access: "rw" });
    assertEquals([plan.op, plan.why], ["none", "dumb buffers have no cache maintenance call"]);
  }
});
