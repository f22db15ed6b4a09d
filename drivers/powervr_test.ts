import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported } from "../errors.ts";
import type { CreateRequest, OpenDevice } from "./driver.ts";
import { exportHandle } from "./gem.ts";
import { powervr } from "./powervr.ts";
import { openNode, request } from "./_test_kit.ts";

function open(board = "am62"): OpenDevice {
  return openNode(board, "/dev/dri/renderD128");
}

Deno.test("powervr's buffers are write-combined, and the CPU may map them unless told not to", () => {
  assertEquals(powervr.create(open(), request({ size: 8192n })), {
    handle: 1,
    size: 8192,
    flagWord: 4,
    caching: "write-combined",
    private: false,
  });
  const flags = ["bypass-device-cache"];
  assertEquals(powervr.create(open(), request({ noMmap: true, flags })).flagWord, 1);
});

Deno.test("powervr has no --cached and no --private, and says why", () => {
  assertThrows(
    () => powervr.create(open(), request({ cached: true })),
    NotSupported,
    "powervr does not let user space ask for cached maps",
  );
  assertThrows(() => powervr.create(open(), request({ private: true })), NotSupported);
});

Deno.test("powervr tells why a buffer is refused", () => {
  const cases: readonly (readonly [Partial<CreateRequest>, string])[] = [
    [{ size: 0n }, "a size of 0 is not a buffer"],
    [{ size: 5000n }, "the size is no multiple of the GPU's page, 4096 bytes: 8192 is one"],
    [{ size: (1n << 64n) - 1n }, "the size is no multiple of the GPU's page, 4096 bytes"],
    [{ flags: ["0x8"] }, "unknown flag bits"],
    [
      { flags: ["pm-fw-protect"] },
      "PM_FW_PROTECT and CPU access exclude each other: add --no-mmap",
    ],
  ];
  for (const [given, reason] of cases) {
    const error = assertThrows(() => powervr.create(open(), request(given)), KernelRefusal);
    assertEquals(error.message, `DRM_IOCTL_PVR_CREATE_BO on powervr: EINVAL: ${reason}`);
  }
});

Deno.test("powervr says why the firmware's buffer is not exported", () => {
  const device = open();
  const made = powervr.create(device, request({ noMmap: true, flags: ["pm-fw-protect"] }));
  assertEquals(made.private, true);
  assertThrows(
    () =>
      exportHandle(
        device,
        made.handle,
        { rdwr: true, cloexec: true },
        (code) => powervr.exportRefusal?.(code, made),
      ),
    KernelRefusal,
    "EPERM: a PM_FW_PROTECT buffer is the firmware's and cannot be exported",
  );
});

Deno.test("powervr has nothing to sync, and says why", () => {
  const device = open();
  const buffer = { ...powervr.create(device, request()), imported: false };
  const why = (given: Partial<typeof buffer>): string | undefined =>
    powervr.plan(device, { ...buffer, ...given }, { for: "device", access: "w" }).why;
  assertEquals(why({}), "the buffer is write-combined");
  assertEquals(why({ imported: true }), "an import is synced through its dma-buf");
  assertEquals(
    why({ caching: "write-back" }),
    "powervr has no cache maintenance call, and the device does not snoop the CPU's caches: what " +
      "the CPU wrote may stay in them",
  );
});
