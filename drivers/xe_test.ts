import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported } from "../errors.ts";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { xe as uapi } from "../ffi/uapi/xe.ts";
import { kernelWith } from "../sim/_test_kit.ts";
import { checkedCall, type CreatedBuffer, type CreateRequest, type OpenDevice } from "./driver.ts";
import { closeHandle, exportHandle } from "./gem.ts";
import { xe } from "./xe.ts";
import { openNode, request } from "./_test_kit.ts";

function open(board = "xe-laptop"): OpenDevice {
  return openNode(board, "/dev/dri/renderD128");
}
function made(given: Partial<CreateRequest>, board = "xe-laptop"): CreatedBuffer {
  return xe.create(open(board), request(given));
}
function told({ flagWord, caching, placement }: CreatedBuffer): unknown[] {
  return [flagWord, caching, placement];
}

Deno.test("xe's buffers are cached or write-combined as asked, on integrated GPUs", () => {
  assertEquals(made({}), {
    handle: 1,
    size: 4096,
    flagWord: 0,
    caching: "write-combined",
    private: false,
    placement: "system",
  });
  assertEquals(told(made({ cached: true })), [0, "write-back", "system"]);
  assertThrows(() => made({ placement: "vram" }), NotSupported, "is integrated, it has no VRAM");
});

Deno.test("xe's system memory is cached on a card, and its VRAM write-combined", () => {
  assertEquals(told(made({}, "xe-card")), [0, "write-back", "system"]);
  const size = 65_536n;
  for (const placement of ["vram", "vram-or-system"]) {
    const buffer = made({ placement, size }, "xe-card");
    assertEquals(told(buffer), [4, "write-combined", placement]);
  }
  assertThrows(
    () => made({ placement: "vram", cached: true }, "xe-card"),
    NotSupported,
    "a buffer that may be in VRAM has to be write-combined",
  );
});

Deno.test("xe tells why a buffer is refused", () => {
  const cases: readonly (readonly [Partial<CreateRequest>, string])[] = [
    [{ size: 0n }, "EINVAL: a size of 0 is not a buffer"],
    [{ size: 5000n }, "EINVAL: the size is no multiple of the page, 4096 bytes: 8192 is one"],
    [{ size: (1n << 64n) - 1n }, "EINVAL: the size is no multiple of the page, 4096 bytes"],
    [
      { cached: true, flags: ["scanout"] },
      "EINVAL: SCANOUT and cached maps exclude each other",
    ],
    [{ flags: ["needs-visible-vram"] }, "EINVAL: NEEDS_VISIBLE_VRAM is for VRAM"],
  ];
  for (const [given, reason] of cases) {
    const error = assertThrows(() => made(given), KernelRefusal);
    assertEquals(error.message, `DRM_IOCTL_XE_GEM_CREATE on xe: ${reason}`);
  }
});

Deno.test("xe makes one VM for all private buffers, and release() destroys it once", () => {
  const kernels: ReturnType<typeof accountingKernel>[] = [];
  const device = openNode("xe-laptop", "/dev/dri/renderD128", (kernel) => {
    const books = accountingKernel(kernel);
    kernels.push(books);
    return books;
  });
  const vms = (): number =>
    kernels.flatMap((kernel) => kernel.leaks()).filter((line) => line.startsWith("VM ")).length;
  const handles = [1, 2].map(() => xe.create(device, request({ private: true })).handle);
  assertEquals(vms(), 1);
  for (const handle of handles) closeHandle(device, handle);
  xe.release?.(device);
  assertEquals(vms(), 0);
  xe.release?.(device);
});

Deno.test("xe says why a private buffer is not exported", () => {
  const device = open();
  const buffer = xe.create(device, request({ private: true }));
  assertThrows(
    () =>
      exportHandle(
        device,
        buffer.handle,
        { rdwr: true, cloexec: true },
        (code) => xe.exportRefusal?.(code, buffer),
      ),
    KernelRefusal,
    "EPERM: a private buffer (of one VM) cannot be exported",
  );
});

Deno.test("xe says why a buffer that is not needed is not exported", () => {
  for (const [purges, reason] of [[0n, "EBUSY: MADVISE said"], [1n, "EINVAL: it was purged"]]) {
    const device = openNode(
      "xe-laptop",
      "/dev/dri/renderD128",
      () => kernelWith("xe-laptop", { registers: { purges: BigInt(purges ?? 0n) } }),
    );
    const { handle } = xe.create(device, request());
    const { vm_id } = checkedCall(device, uapi.ioctls.VM_CREATE, {});
    const bind = { obj: handle, range: 4096n, addr: 4096n };
    checkedCall(device, uapi.ioctls.VM_BIND, { vm_id, num_binds: 1, _anonymous: { bind } });
    const advice = { vm_id, start: 4096n, range: 4096n, type: 3 };
    const _anonymous = { purge_state_val: { val: 1 } };
    checkedCall(device, uapi.ioctls.MADVISE, { ...advice, _anonymous });
    const explain = (code: number): string | undefined =>
      xe.exportRefusal?.(code, { private: false });
    assertThrows(
      () => exportHandle(device, handle, { rdwr: true, cloexec: true }, explain),
      KernelRefusal,
      String(reason),
    );
  }
});

Deno.test("xe makes dumb buffers on the primary node", () => {
  const device = openNode("xe-card", "/dev/dri/card0");
  const buffer = xe.create(device, request({ dumb: { width: 64, height: 16, bpp: 32 } }));
  assertEquals(buffer.caching, "write-combined");
  assertEquals([buffer.size, xe.mmapOffset(device, buffer.handle) > 0n], [4096, true]);
});
