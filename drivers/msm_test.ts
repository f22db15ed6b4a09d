import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { msm } from "./msm.ts";
import { openNode, request } from "./_test_kit.ts";
import type { BufferFacts, OpenDevice } from "./driver.ts";

function open(board = "sm8250"): OpenDevice {
  return openNode(board, "/dev/dri/renderD128");
}
function made(device: OpenDevice, flags: readonly string[]): BufferFacts {
  return { ...msm.create(device, request({ flags })), imported: false };
}

Deno.test("create() makes an address space before the first private buffer, and leaves no handle", () => {
  const device = open();
  const first = msm.create(device, request({ private: true }));
  assertEquals([first.handle, first.private, first.caching], [1, true, "write-combined"]);
  assertEquals(msm.create(device, request({ private: true, cached: true })).handle, 2);
  assertEquals(
    msm.exportRefusal?.(errno.EPERM, { private: true }),
    "the buffer was created with NO_SHARE: it stays in its address space",
  );
});

Deno.test("create() does not ask for a private buffer where the kernel would oops", () => {
  const device = openNode("qemu-arm64@7.2", "/dev/dri/renderD136");
  const error = assertThrows(
    () => msm.create(device, request({ private: true })),
    NotSupported,
    "no GPU could be started",
  );
  assertEquals(error.message.startsWith("--private"), true);
});

Deno.test("create() of msm 1.12 knows neither private buffers nor 4 GiB", () => {
  const device = open("sm8250@6.12");
  assertThrows(() => msm.create(device, request({ private: true })), KernelRefusal, "1.12");
  assertThrows(() => msm.create(device, request({ size: 1n << 32n })), UsageError, "32 bits");
});

Deno.test("plan() waits for cached buffers, and tells that no cache is touched", () => {
  const device = open();
  const cached = made(device, ["cached"]);
  const [out, back] = (["device", "cpu"] as const).map((to) =>
    msm.plan(device, cached, { for: to, access: "rw" })
  );
  assertEquals([out?.op, out?.effect, back?.op, back?.effect], ["fini", "none", "prep", "wait"]);
  assertEquals([out?.why === undefined, back?.why === undefined], [false, false]);
  for (const flags of [["wc"], ["cached-coherent"]]) {
    const { op } = msm.plan(device, made(device, flags), { for: "device", access: "w" });
    assertEquals(op, "none", flags.join());
  }
});

Deno.test("query() reads the flags back, and takes their refusal for an import", () => {
  const device = open();
  const own = msm.create(device, request({ cached: true, flags: ["scanout"] }));
  assertEquals(msm.query?.(device, own.handle), {
    imported: false,
    createFlags: { raw: 0x1_0001, names: ["scanout", "cached"] },
  });
  assertThrows(() => msm.query?.(device, 99), KernelRefusal, "ENOENT");
});
