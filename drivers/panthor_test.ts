import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal } from "../errors.ts";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { errno } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import type { CreateRequest, OpenDevice } from "./driver.ts";
import { closeHandle, exportHandle } from "./gem.ts";
import { panthor } from "./panthor.ts";
import { openNode, request } from "./_test_kit.ts";

function open(board = "panthor"): OpenDevice {
  return openNode(board, "/dev/dri/renderD128");
}

Deno.test("panthor creates buffers that are write-combined unless cached is asked", () => {
  const device = open();
  const plain = panthor.create(device, request({ size: 5000n }));
  assertEquals(plain, {
    handle: 1,
    size: 8192,
    flagWord: 0,
    caching: "write-combined",
    private: false,
  });
  assertEquals(panthor.create(device, request({ cached: true })).caching, "write-back");
});

Deno.test("panthor on a coherent board maps write-back whatever was asked", () => {
  const device = openNode("panthor-coherent", "/dev/dri/renderD128");
  assertEquals(panthor.coherency(device), "io-coherent");
  assertEquals(panthor.create(device, request()).caching, "write-back");
});

Deno.test("panthor before 1.7 tells neither caching nor coherency", () => {
  const device = open("panthor@6.12");
  assertEquals(panthor.coherency(device), "unknown");
  const { caching, handle } = panthor.create(device, request());
  assertEquals(caching, "unknown");
  assertEquals(panthor.query?.(device, handle), {});
});

Deno.test("panthor tells why a buffer is refused", () => {
  const cases: readonly (readonly [string, Partial<CreateRequest>, string])[] = [
    ["panthor", { size: 0n }, "EINVAL: a size of 0 is not a buffer"],
    ["panthor", { cached: true, noMmap: true }, "EINVAL: NO_MMAP and WB_MMAP exclude each other"],
    ["panthor", { flags: ["0x80"] }, "EINVAL: unknown flag bits"],
    ["panthor@6.12", { cached: true }, "EINVAL: WB_MMAP needs panthor 1.7, this is 1.0"],
  ];
  for (const [board, given, reason] of cases) {
    const error = assertThrows(() => panthor.create(open(board), request(given)), KernelRefusal);
    assertEquals(error.message, `DRM_IOCTL_PANTHOR_BO_CREATE on panthor: ${reason}`);
  }
});

Deno.test("panthor refuses the mapping offset of a buffer made with NO_MMAP, and says why", () => {
  const device = open();
  const { handle } = panthor.create(device, request({ noMmap: true }));
  assertThrows(
    () => panthor.mmapOffset(device, handle),
    KernelRefusal,
    "EPERM: the buffer was created with NO_MMAP",
  );
});

Deno.test("panthor makes one VM for all private buffers, and release() destroys it once", () => {
  const kernels: ReturnType<typeof accountingKernel>[] = [];
  const device = openNode("panthor", "/dev/dri/renderD128", (kernel) => {
    const books = accountingKernel(kernel);
    kernels.push(books);
    return books;
  });
  const vms = (): number =>
    kernels.flatMap((kernel) => kernel.leaks()).filter((line) => line.startsWith("VM ")).length;
  const handles = [1, 2].map(() => panthor.create(device, request({ private: true })).handle);
  assertEquals(vms(), 1);
  for (const handle of handles) closeHandle(device, handle);
  panthor.release?.(device);
  assertEquals(vms(), 0);
  panthor.release?.(device);
});

Deno.test("panthor says why a private buffer is not exported", () => {
  const device = open();
  const { handle } = panthor.create(device, request({ private: true }));
  assertThrows(
    () =>
      exportHandle(
        device,
        handle,
        { rdwr: true, cloexec: true },
        (code) => panthor.exportRefusal?.(code, { private: true }),
      ),
    KernelRefusal,
    "EINVAL: a private buffer (exclusive VM) cannot be exported",
  );
});

Deno.test("panthor syncs ranges in one call, and tells why one is refused", () => {
  const device = open();
  const made = panthor.create(device, request({ cached: true }));
  const buffer = { ...made, imported: false };
  const plan = panthor.plan(device, buffer, { for: "device", access: "w" });
  const sync = (offset: bigint, length: bigint): void =>
    panthor.sync(device, buffer, plan, [{ offset: 0n, length: 64n }, { offset, length }]);
  sync(4032n, 64n);
  assertThrows(
    () => sync(4032n, 65n),
    KernelRefusal,
    "DRM_IOCTL_PANTHOR_BO_SYNC on panthor: EINVAL: the range ends beyond the buffer's 4096 bytes",
  );
  const old = open("panthor@6.12");
  assertThrows(
    () => panthor.sync(old, buffer, plan, [{ offset: 0n, length: 64n }]),
    KernelRefusal,
    "EINVAL: BO_SYNC needs panthor 1.7, this is 1.0",
  );
});

Deno.test("panthor reads back the flags that a buffer was made with", () => {
  const device = open();
  const { handle } = panthor.create(device, request({ cached: true }));
  assertEquals(panthor.query?.(device, handle), {
    imported: false,
    createFlags: { raw: 2, names: ["wb-mmap"] },
  });
});

Deno.test("panthor does not take a failed query for an old kernel's silence", () => {
  // Calls 1 and 2 are open and VERSION.
  const device = openNode(
    "panthor",
    "/dev/dri/renderD128",
    (kernel) => faultyKernel(kernel, { call: 3, errno: errno.EIO }),
  );
  assertThrows(
    () => panthor.coherency(device),
    KernelRefusal,
    "DRM_IOCTL_PANTHOR_DEV_QUERY on panthor: EIO",
  );
  // Nothing was remembered: asked again, the device answers.
  assertEquals(panthor.coherency(device), "non-coherent");
});

Deno.test("panthor's code fits panthor, and not a driver of that name without buffer calls", () => {
  assertEquals(panthor.fits?.(open()), true);
  assertEquals(panthor.fits?.(open("panthor@6.12")), true);
  const tyr = openNode(
    "panthor",
    "/dev/dri/renderD128",
    (kernel) => faultyKernel(kernel, { call: 3, errno: errno.EINVAL }),
  );
  assertEquals(panthor.fits?.(tyr), false);
});
