import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { splitRequest } from "../ffi/ioctl.ts";
import type { Argument } from "../ffi/kernel.ts";
import { tegra as uapi } from "../ffi/uapi/tegra.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { checkedCall, type CreateRequest, type OpenDevice } from "./driver.ts";
import { tegra } from "./tegra.ts";
import { openNode, request } from "./_test_kit.ts";

const RENDER = "/dev/dri/renderD128";
const CARD = "/dev/dri/card0";

function open(path = RENDER): OpenDevice {
  return openNode("tegra", path);
}

/** A kernel built without CONFIG_DRM_TEGRA_STAGING: the driver has no calls of its own. */
class WithoutStaging extends WrappedKernel {
  override ioctl(fd: number, request: number, argument: Argument): number {
    const { number } = splitRequest(request);
    return number >= 0x40 && number < 0xa0 ? -errno.EINVAL : super.ioctl(fd, request, argument);
  }
}

function openWithout(path: string): OpenDevice {
  return openNode("tegra", path, (kernel) => new WithoutStaging(kernel));
}

Deno.test("tegra's buffers are write-combined and whole pages, which the kernel does not tell", () => {
  const device = open();
  const flags = ["tiled", "bottom-up"];
  assertEquals(tegra.create(device, request({ size: 4097n, flags })), {
    handle: 1,
    size: 8192,
    flagWord: 3,
    caching: "write-combined",
    private: false,
  });
  assertEquals(tegra.coherency(device), "non-coherent");
});

Deno.test("tegra makes dumb buffers on its primary node, and maps them by its own call", () => {
  const card = open(CARD);
  const dumb = { width: 64, height: 64, bpp: 32 };
  const made = tegra.create(card, request({ dumb }));
  assertEquals([made.size, made.caching], [64 * 64 * 4, "write-combined"]);
  assertEquals(
    tegra.mmapOffset(card, made.handle),
    checkedCall(card, uapi.ioctls.GEM_MMAP, { handle: made.handle }).offset,
  );
  assertThrows(
    () => tegra.create(open(), request({ dumb })),
    KernelRefusal,
    "EACCES: dumb buffers are made on the primary node (card…), this is a render node",
  );
});

Deno.test("tegra says what it has no notion of before it makes a call", () => {
  const cases: readonly (readonly [Partial<CreateRequest>, string])[] = [
    [{ cached: true }, "--cached: tegra's buffers are write-combined, always"],
    [{ private: true }, "--private: tegra has no notion of a private buffer"],
    [{ noMmap: true }, "--no-mmap: every tegra buffer can be mapped"],
  ];
  for (const [given, message] of cases) {
    assertThrows(() => tegra.create(open(), request(given)), NotSupported, message);
  }
  assertThrows(() => tegra.create(open(), request({ flags: ["block"] })), UsageError, "no flag");
});

Deno.test("tegra tells why a buffer or an offset is refused", () => {
  const device = open();
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => tegra.create(device, request({ size: 0n })),
      "DRM_IOCTL_TEGRA_GEM_CREATE on tegra: ENOSPC: a size of 0 is not a buffer",
    ],
    [
      () => tegra.create(device, request({ size: 1n << 63n })),
      "DRM_IOCTL_TEGRA_GEM_CREATE on tegra: EINVAL: no file is that large",
    ],
    [
      () => tegra.mmapOffset(device, 9),
      "DRM_IOCTL_TEGRA_GEM_MMAP on tegra: EINVAL: there is no handle 9, or this kernel",
    ],
    [() => tegra.mmapOffset(open(CARD), 9), "DRM_IOCTL_MODE_MAP_DUMB on tegra: ENOENT"],
    [
      () => tegra.query?.(device, 9),
      "DRM_IOCTL_TEGRA_GEM_GET_TILING on tegra: ENOENT",
    ],
  ];
  for (const [run, message] of cases) assertThrows(run, KernelRefusal, message);
});

Deno.test("tegra gets along with a kernel that has none of its calls, and says which option is off", () => {
  const card = openWithout(CARD);
  const { handle } = tegra.create(card, request({ dumb: { width: 64, height: 16, bpp: 32 } }));
  assertEquals(tegra.mmapOffset(card, handle) > 0n, true);
  assertEquals(tegra.query?.(card, handle), {});
  for (const path of [CARD, RENDER]) {
    assertThrows(
      () => tegra.create(openWithout(path), request()),
      KernelRefusal,
      "EINVAL: this kernel is likely built without CONFIG_DRM_TEGRA_STAGING",
    );
  }
  assertThrows(() => tegra.mmapOffset(openWithout(RENDER), 1), KernelRefusal, "STAGING");
});

Deno.test("tegra reads back what the display was told, later changes included", () => {
  const device = open();
  const { handle } = tegra.create(device, request({ flags: ["tiled"] }));
  const names = (): readonly string[] | undefined =>
    tegra.query?.(device, handle).createFlags?.names;
  assertEquals(names(), ["tiled"]);
  checkedCall(device, uapi.ioctls.GEM_SET_FLAGS, { handle, flags: 1 });
  assertEquals(names(), ["tiled", "bottom-up"]);
  checkedCall(device, uapi.ioctls.GEM_SET_TILING, { handle, mode: 2, value: 4 });
  assertEquals(names(), ["bottom-up"]);
});

Deno.test("tegra has nothing to sync, and says why", () => {
  const device = open();
  const buffer = { ...tegra.create(device, request()), imported: false };
  const why = (imported: boolean): string | undefined =>
    tegra.plan(device, { ...buffer, imported }, { for: "device", access: "w" }).why;
  assertEquals(why(false), "the buffer is write-combined");
  assertEquals(why(true), "an import is synced through its dma-buf");
});
