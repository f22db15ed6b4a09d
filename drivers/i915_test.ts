import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { i915 as uapi } from "../ffi/uapi/i915.ts";
import type { Block } from "../ffi/kernel.ts";
import { type Answer, type Scripted, scriptedNode } from "./_scripted.ts";
import type { BufferFacts } from "./driver.ts";
import { i915 } from "./i915.ts";
import { request } from "./_test_kit.ts";

/** An integrated GPU, with a shared cache (HAS_LLC) or without. */
function open(llc = 1, answers: Readonly<Record<string, Answer>> = {}): Scripted {
  return scriptedNode(uapi, {
    GETPARAM: ({ value }) => {
      (value as Block).bytes[0] = llc;
      return 0;
    },
    GEM_CREATE: () => ({ handle: 3, size: 8192n }),
    GEM_MMAP_OFFSET: () => ({ offset: 0x1000n }),
    GEM_SET_DOMAIN: ({ handle }) => handle === 0 ? -errno.ENOENT : 0,
    GEM_WAIT: () => 0,
    ...answers,
  });
}
function card(): Scripted {
  return open(0, { GEM_SET_DOMAIN: () => -errno.ENODEV });
}
const buffer: BufferFacts = { handle: 3, size: 8192, caching: "write-back", imported: false };

/** The calls that are not about what the device is. */
function about({ sent }: Scripted): (readonly [string, unknown])[] {
  return sent.filter(([name, values]) =>
    name !== "GETPARAM" && !(name === "GEM_SET_DOMAIN" && values.handle === undefined)
  );
}

Deno.test("i915 keeps for mmap how a buffer is to be cached", () => {
  const scripted = open();
  const { device } = scripted;
  assertEquals(i915.create(device, request({ size: 5000n })), {
    handle: 3,
    size: 8192,
    flagWord: 0,
    caching: "write-combined",
    private: false,
  });
  const cached = i915.create(device, request({ cached: true }));
  assertEquals(cached.caching, "write-back");
  for (const caching of ["write-back", "write-combined", "uncached", "unknown"] as const) {
    assertEquals(i915.mmapOffset(device, 3, caching), 0x1000n);
  }
  assertEquals(about(scripted), [
    ["GEM_CREATE", { size: 5000n }],
    ["GEM_CREATE", { size: 4096n }],
    ["GEM_MMAP_OFFSET", { handle: 3, flags: 2n }],
    ["GEM_MMAP_OFFSET", { handle: 3, flags: 1n }],
    ["GEM_MMAP_OFFSET", { handle: 3, flags: 3n }],
    ["GEM_MMAP_OFFSET", { handle: 3, flags: 1n }],
  ]);
});

Deno.test("i915 on a card has one way of mapping, which is cached", () => {
  const scripted = card();
  const { device } = scripted;
  assertEquals(i915.create(device, request()).caching, "write-back");
  i915.mmapOffset(device, 3, "write-back");
  assertEquals(about(scripted).at(-1), ["GEM_MMAP_OFFSET", { handle: 3, flags: 4n }]);
  assertEquals(i915.coherency(device), "io-coherent");
});

Deno.test("i915's coherency is that of the shared cache", () => {
  assertEquals(i915.coherency(open(1).device), "io-coherent");
  assertEquals(i915.coherency(open(0).device), "non-coherent");
});

Deno.test("i915 syncs by domains where the cache is not shared", () => {
  const scripted = open(0);
  const { device } = scripted;
  const plan = (forWhom: "cpu" | "device", access: "r" | "w", given: Partial<BufferFacts> = {}) =>
    i915.plan(device, { ...buffer, ...given }, { for: forWhom, access });
  assertEquals(plan("cpu", "r", { caching: "write-combined" }).op, "none");
  assertEquals(plan("cpu", "r", { imported: true }).op, "none");
  for (const [forWhom, access] of [["cpu", "r"], ["cpu", "w"], ["device", "w"]] as const) {
    i915.sync(device, buffer, plan(forWhom, access), []);
  }
  assertEquals(about(scripted).filter(([name]) => name !== "GEM_WAIT"), [
    ["GEM_SET_DOMAIN", { handle: 3, read_domains: 1 }],
    ["GEM_SET_DOMAIN", { handle: 3, read_domains: 1, write_domain: 1 }],
    // The kernel flushes what it knows the CPU to have written.
    ["GEM_SET_DOMAIN", { handle: 3, read_domains: 1, write_domain: 1 }],
    ["GEM_SET_DOMAIN", { handle: 3, read_domains: 0x80 }],
  ]);
  assertEquals(
    i915.plan(open(1).device, buffer, { for: "cpu", access: "r" }).why,
    "the GPU sees the CPU's caches",
  );
});

Deno.test("i915 does not let SET_DOMAIN wait for a job, and tells why it is refused", () => {
  const op = i915.syncOps["set-domain-cpu"];
  const sync = ({ device }: Scripted): void => {
    if (op !== undefined) i915.sync(device, buffer, op, []);
  };
  const busy = open(0, { GEM_WAIT: () => -errno.ETIME });
  assertThrows(() => sync(busy), KernelRefusal, "EBUSY: a job uses the buffer");
  assertEquals(busy.sent.map(([name]) => name), ["GEM_WAIT"]);
  const proxy = open(0, { GEM_SET_DOMAIN: () => -errno.ENXIO });
  assertThrows(() => sync(proxy), KernelRefusal, "ENXIO: an import's pages are its exporter's");
  assertThrows(() => sync(card()), KernelRefusal, "ENODEV: cards have no domains");
});

Deno.test("i915's wait counts from now", () => {
  const scripted = open();
  assertEquals(i915.wait?.ask(scripted.device, 3, 500n), true);
  assertEquals(scripted.sent, [["GEM_WAIT", { bo_handle: 3, timeout_ns: 500n }]]);
  const busy = (code: number): boolean | undefined =>
    i915.wait?.ask(open(1, { GEM_WAIT: () => -code }).device, 3, 0n);
  assertEquals([busy(errno.ETIME), busy(errno.EAGAIN)], [false, false]);
  assertThrows(() => busy(errno.ENOENT), KernelRefusal, "ENOENT");
});

Deno.test("i915 tells why an import is not mapped, and what it has not", () => {
  const { device } = open(1, { GEM_MMAP_OFFSET: () => -errno.ENODEV });
  assertThrows(
    () => i915.mmapOffset(device, 3, "write-back"),
    KernelRefusal,
    "ENODEV: an import has no pages to be mapped through i915",
  );
  assertThrows(() => i915.create(device, request({ private: true })), NotSupported);
  assertThrows(() => i915.create(device, request({ noMmap: true })), NotSupported);
});
