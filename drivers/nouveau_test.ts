import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { nouveau as uapi } from "../ffi/uapi/nouveau.ts";
import { type Answer, notCoherent, type Scripted, scriptedNode } from "./_scripted.ts";
import { exportHandle } from "./gem.ts";
import { nouveau } from "./nouveau.ts";
import { request } from "./_test_kit.ts";

function open(answers: Readonly<Record<string, Answer>> = {}): Scripted {
  return scriptedNode(uapi, {
    VM_INIT: () => 0,
    GEM_NEW: () => ({ info: { handle: 3, domain: 4, size: 8192n, map_handle: 0x1000n } }),
    GEM_INFO: () => ({ handle: 3, domain: 6, size: 8192n, map_handle: 0x2000n }),
    GEM_CPU_PREP: () => 0,
    GEM_CPU_FINI: () => 0,
    ...answers,
  });
}
const buffer = { handle: 3, size: 8192, caching: "write-back", imported: false } as const;

Deno.test("nouveau makes cached buffers in GART, and mappable ones in VRAM", () => {
  const { device, sent } = open();
  assertEquals(nouveau.create(device, request({ size: 5000n, cached: true })), {
    handle: 3,
    size: 8192,
    flagWord: 0,
    caching: "write-back",
    private: false,
    placement: "gart",
  });
  const vram = nouveau.create(device, request({ placement: "vram", flags: ["coherent"] }));
  assertEquals([vram.caching, vram.flagWord], ["write-combined", 0x18]);
  assertEquals(sent, [
    ["GEM_NEW", { info: { domain: 4, size: 5000n }, align: 4096 }],
    ["GEM_NEW", { info: { domain: 0x1a, size: 4096n }, align: 4096 }],
  ]);
  assertThrows(
    () => nouveau.create(device, request({ placement: "vram", cached: true })),
    NotSupported,
    "VRAM is mapped write-combined",
  );
});

Deno.test("nouveau's COHERENT is uncached where the GPU does not snoop, and needs no sync there", () => {
  const scripted = open();
  const { device } = scripted;
  const made = (): string => nouveau.create(device, request({ flags: ["coherent"] })).caching;
  assertEquals(made(), "write-back");
  notCoherent(scripted);
  assertEquals(made(), "uncached");
  const uncached = { ...buffer, caching: "uncached" } as const;
  const { prep, fini } = nouveau.syncOps;
  if (prep === undefined || fini === undefined) throw new Error("nouveau has prep and fini");
  assertEquals(nouveau.plan(device, uncached, { for: "cpu", access: "r" }).op, "none");
  assertEquals(nouveau.planOp?.(device, uncached, prep).effect, "wait");
  assertEquals(nouveau.planOp?.(device, uncached, fini).effect, "none");
  assertEquals(nouveau.planOp?.(device, buffer, fini).effect, "clean");
});

Deno.test("nouveau's private buffers need an address space that the first buffer asks for", () => {
  const first = open();
  const made = nouveau.create(first.device, request({ private: true }));
  nouveau.create(first.device, request({ private: true }));
  assertEquals([made.private, made.flagWord], [true, 0x20]);
  assertEquals(first.sent.map(([name]) => name), ["VM_INIT", "GEM_NEW", "GEM_NEW"]);
  assertEquals(first.sent[1]?.[1], { info: { domain: 0x24, size: 4096n }, align: 4096 });
  const late = open();
  nouveau.create(late.device, request());
  assertThrows(
    () => nouveau.create(late.device, request({ private: true })),
    NotSupported,
    "this open file has made other buffers already",
  );
  assertEquals(
    nouveau.exportRefusal?.(errno.EPERM, { private: true }),
    "a private buffer (NO_SHARE) cannot be exported",
  );
});

Deno.test("nouveau tells why a buffer is refused", () => {
  const { device } = open({ GEM_NEW: () => -errno.EINVAL });
  assertThrows(
    () => nouveau.create(device, request({ size: 0n })),
    KernelRefusal,
    "DRM_IOCTL_NOUVEAU_GEM_NEW on nouveau: EINVAL: a size of 0 is not a buffer",
  );
});

Deno.test("nouveau's mmap offset, size and place are those of GEM_INFO", () => {
  const { device, sent } = open();
  assertEquals(nouveau.mmapOffset(device, 3), 0x2000n);
  assertEquals(nouveau.query?.(device, 3), { size: 8192, placement: "vram-or-gart" });
  assertEquals(sent, [["GEM_INFO", { handle: 3 }], ["GEM_INFO", { handle: 3 }]]);
});

Deno.test("nouveau syncs by prep and fini where the device is not coherent", () => {
  const scripted = open();
  const { device, sent } = scripted;
  const plan = (forWhom: "cpu" | "device", access: "r" | "w" = "w", given = {}): string =>
    nouveau.plan(device, { ...buffer, ...given }, { for: forWhom, access }).op;
  assertEquals([plan("cpu"), plan("device")], ["none", "none"]); // x86-64 snoops
  notCoherent(scripted);
  assertEquals([plan("cpu"), plan("device")], ["prep", "fini"]);
  assertEquals(plan("cpu", "r", { caching: "write-combined" }), "none");
  assertEquals(plan("cpu", "r", { imported: true }), "none");
  for (const [forWhom, access] of [["cpu", "r"], ["cpu", "w"], ["device", "w"]] as const) {
    const asked = nouveau.plan(device, buffer, { for: forWhom, access });
    nouveau.sync(device, buffer, asked, []);
  }
  assertEquals(sent, [
    ["GEM_CPU_PREP", { handle: 3, flags: 1 }],
    ["GEM_CPU_PREP", { handle: 3, flags: 5 }],
    ["GEM_CPU_FINI", { handle: 3 }],
  ]);
});

Deno.test("nouveau's prep does not wait 30 s: a busy buffer is told", () => {
  const { device } = open({ GEM_CPU_PREP: () => -errno.EBUSY });
  const { prep } = nouveau.syncOps;
  assertThrows(
    () => prep === undefined ? undefined : nouveau.sync(device, buffer, prep, []),
    KernelRefusal,
    "EBUSY: a job uses the buffer (NOWAIT was asked for); the CPU's lines are dropped all the same",
  );
  assertEquals(nouveau.wait?.ask(device, 3, 0n), false);
});

Deno.test("nouveau waits by CPU_PREP, and not where that would drop the CPU's lines", () => {
  const scripted = open();
  assertEquals(nouveau.wait?.ask(scripted.device, 3, 0n), true);
  notCoherent(scripted);
  assertThrows(
    () => nouveau.wait?.ask(scripted.device, 3, 0n),
    NotSupported,
    "drops the CPU's lines",
  );
  const gone = open({ GEM_CPU_PREP: () => -errno.ENOENT });
  assertThrows(() => nouveau.wait?.ask(gone.device, 3, 0n), KernelRefusal, "ENOENT");
});

Deno.test("nouveau passes on what prep, fini and export refuse", () => {
  const gone = open({
    GEM_CPU_PREP: () => -errno.ENOENT,
    GEM_CPU_FINI: () => -errno.ENOENT,
    PRIME_HANDLE_TO_FD: () => -errno.EPERM,
  });
  const { prep, fini } = nouveau.syncOps;
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => prep === undefined || nouveau.sync(gone.device, buffer, prep, []),
      "DRM_IOCTL_NOUVEAU_GEM_CPU_PREP on nouveau: ENOENT",
    ],
    [
      () => fini === undefined || nouveau.sync(gone.device, buffer, fini, []),
      "DRM_IOCTL_NOUVEAU_GEM_CPU_FINI on nouveau: ENOENT",
    ],
    [
      () =>
        exportHandle(
          gone.device,
          3,
          { rdwr: true, cloexec: true },
          (code) => nouveau.exportRefusal?.(code, { private: true }),
        ),
      "DRM_IOCTL_PRIME_HANDLE_TO_FD on nouveau: EPERM: a private buffer (NO_SHARE) cannot be exported",
    ],
  ];
  for (const [run, message] of cases) {
    assertEquals(assertThrows(run, KernelRefusal).message, message);
  }
  assertEquals(gone.sent.map(([name]) => name), [
    "GEM_CPU_PREP",
    "GEM_CPU_FINI",
    "PRIME_HANDLE_TO_FD",
  ]);
});
