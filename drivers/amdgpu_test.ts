import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported } from "../errors.ts";
import { amdgpu } from "./amdgpu.ts";
import type { CreatedBuffer, CreateRequest, OpenDevice } from "./driver.ts";
import { exportHandle } from "./gem.ts";
import { openNode, request } from "./_test_kit.ts";

function open(node = "renderD128"): OpenDevice {
  return openNode("amdgpu-laptop", `/dev/dri/${node}`);
}

Deno.test("amdgpu's buffers are in GTT unless placed, write-combined unless cached is asked", () => {
  const made = (given: Partial<CreateRequest>): CreatedBuffer =>
    amdgpu.create(open(), request(given));
  assertEquals(made({ size: 5000n }), {
    handle: 1,
    size: 8192,
    flagWord: 4,
    caching: "write-combined",
    private: false,
    placement: "gtt",
  });
  const told = ({ flagWord, caching, placement }: CreatedBuffer): unknown[] => [
    flagWord,
    caching,
    placement,
  ];
  assertEquals(told(made({ cached: true })), [0, "write-back", "gtt"]);
  assertEquals(told(made({ placement: "vram" })), [0, "write-combined", "vram"]);
  assertEquals(told(made({ placement: "cpu", cached: true })), [0, "write-back", "cpu"]);
  assertEquals(told(made({ placement: "vram", noMmap: true })), [2, "write-combined", "vram"]);
  assertThrows(() => made({ placement: "vram", cached: true }), NotSupported, "VRAM is mapped");
});

Deno.test("amdgpu tells why a buffer is refused", () => {
  const cases: readonly (readonly [Partial<CreateRequest>, string])[] = [
    [{ size: 0n }, "ENOSPC: a size of 0 is not a buffer"],
    [{ flags: ["vram-contiguous"] }, "EINVAL: a flag that user space may not set"],
    [{ flags: ["encrypted"] }, "EINVAL: a flag that user space may not set"],
    [{ size: 1n << 40n }, "ENOMEM: more than there is room for"],
  ];
  for (const [given, reason] of cases) {
    assertThrows(
      () => amdgpu.create(open(), request(given)),
      KernelRefusal,
      `DRM_IOCTL_AMDGPU_GEM_CREATE on amdgpu: ${reason}`,
    );
  }
});

Deno.test("amdgpu's private buffers are not exported, and those without CPU access not mapped", () => {
  const device = open();
  const made = amdgpu.create(device, request({ private: true, noMmap: true }));
  assertEquals([made.private, made.flagWord], [true, 0x46]);
  assertThrows(
    () =>
      exportHandle(
        device,
        made.handle,
        { rdwr: true, cloexec: true },
        (code) => amdgpu.exportRefusal?.(code, made),
      ),
    KernelRefusal,
    "EPERM: a private buffer (VM_ALWAYS_VALID) cannot be exported",
  );
  assertThrows(
    () => amdgpu.mmapOffset(device, made.handle),
    KernelRefusal,
    "EPERM: the buffer was created with NO_CPU_ACCESS",
  );
});

Deno.test("amdgpu reads back what a buffer was made with", () => {
  const device = open();
  const { handle } = amdgpu.create(device, request({ placement: "vram-or-gtt", size: 5000n }));
  assertEquals(amdgpu.query?.(device, handle), {
    size: 8192,
    placement: "vram-or-gtt",
    createFlags: { raw: 0x20c, names: ["cpu-gtt-uswc", "vram-cleared", "vram-wipe-on-release"] },
  });
});

Deno.test("amdgpu's wait tells busy by a status, not by an error", () => {
  const device = open();
  const { handle } = amdgpu.create(device, request());
  const { deviceSide } = device.kernel;
  deviceSide?.begin(device.fd, handle, "write");
  assertEquals(amdgpu.wait?.ask(device, handle, 1000n), false);
  deviceSide?.end(device.fd, handle);
  assertEquals(amdgpu.wait?.ask(device, handle, 0n), true);
  assertThrows(() => amdgpu.wait?.ask(device, 99, 0n), KernelRefusal, "ENOENT");
});

Deno.test("amdgpu makes dumb buffers on the primary node, and maps them by its own call", () => {
  const device = open("card0");
  const dumb = { width: 60, height: 1, bpp: 32 };
  const made = amdgpu.create(device, request({ dumb }));
  assertEquals(made.caching, "write-combined");
  assertEquals([made.size, amdgpu.mmapOffset(device, made.handle) > 0n], [4096, true]);
  assertThrows(
    () => amdgpu.create(open(), request({ dumb })),
    KernelRefusal,
    "dumb buffers are made on the primary node",
  );
});

Deno.test("amdgpu has nothing to sync", () => {
  const device = open();
  const buffer = { ...amdgpu.create(device, request({ cached: true })), imported: false };
  assertEquals(amdgpu.coherency(device), "io-coherent");
  assertEquals(
    amdgpu.plan(device, buffer, { for: "device", access: "w" }).why,
    "amdgpu has no cache maintenance call: the device snoops the CPU's caches",
  );
});
