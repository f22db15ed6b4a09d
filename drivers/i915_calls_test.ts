/**
 * i915: which calls are made in which order, and what becomes of each errno that the kernel has for
 * them (i915_gem_mman.c, i915_gem_domain.c, i915_gem_wait.c, i915_gem_dmabuf.c).
 */
import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import type { Block } from "../ffi/kernel.ts";
import { i915 as uapi } from "../ffi/uapi/i915.ts";
import { type Answer, type Scripted, scriptedNode } from "./_scripted.ts";
import { request } from "./_test_kit.ts";
import type { BufferFacts, Caching, SyncPlan } from "./driver.ts";
import { exportHandle, importDescriptor } from "./gem.ts";
import { i915 } from "./i915.ts";

const buffer: BufferFacts = { handle: 3, size: 8192, caching: "write-back", imported: false };

/** A kernel of a GPU without a shared cache; handle 0 is asked for to tell cards. */
function open(answers: Readonly<Record<string, Answer>> = {}, discrete = false): Scripted {
  const { GEM_SET_DOMAIN: domain = () => 0, ...others } = answers;
  return scriptedNode(uapi, {
    GETPARAM: ({ value }) => {
      (value as Block).bytes[0] = 0;
      return 0;
    },
    GEM_CREATE: () => ({ handle: 3, size: 8192n }),
    GEM_MMAP_OFFSET: () => ({ offset: 0x1000n }),
    GEM_SET_DOMAIN: (values) =>
      discrete ? -errno.ENODEV : values.handle === 0 ? -errno.ENOENT : domain(values),
    GEM_WAIT: () => 0,
    ...others,
  });
}

function planOf({ device }: Scripted, forWhom: "cpu" | "device", access: "r" | "w"): SyncPlan {
  return i915.plan(device, buffer, { for: forWhom, access });
}

/** Names of the calls that reached the kernel. */
function names({ sent }: Scripted): string[] {
  return sent.map(([name]) => name);
}

function refusal(run: () => unknown): string {
  return assertThrows(run, KernelRefusal).message;
}

Deno.test("i915 asks once what the device is, by SET_DOMAIN of no handle, then HAS_LLC", () => {
  const integrated = open();
  for (let i = 0; i < 2; i++) i915.coherency(integrated.device);
  assertEquals(integrated.sent, [
    ["GEM_SET_DOMAIN", { read_domains: 1 }],
    ["GETPARAM", { param: uapi.constants.I915_PARAM_HAS_LLC }],
  ]);
  const card = open({}, true);
  for (let i = 0; i < 2; i++) i915.coherency(card.device);
  assertEquals(names(card), ["GEM_SET_DOMAIN"]);
});

Deno.test("i915 knows a card before it asks for an offset, which is of type FIXED there alone", () => {
  const rows: readonly (readonly [boolean, Caching, bigint])[] = [
    [false, "write-combined", 1n],
    [false, "write-back", 2n],
    [false, "uncached", 3n],
    [true, "write-combined", 4n],
    [true, "write-back", 4n],
    [true, "uncached", 4n],
  ];
  for (const [discrete, caching, flags] of rows) {
    const scripted = open({}, discrete);
    for (const handle of [3, 4]) i915.mmapOffset(scripted.device, handle, caching);
    assertEquals(scripted.sent, [
      ["GEM_SET_DOMAIN", { read_domains: 1 }],
      ["GEM_MMAP_OFFSET", { handle: 3, flags }],
      ["GEM_MMAP_OFFSET", { handle: 4, flags }],
    ], `${caching} on a ${discrete ? "card" : "processor"}`);
  }
});

Deno.test("i915 passes on what MMAP_OFFSET refuses, and explains the ENODEV of imports", () => {
  const what = "DRM_IOCTL_I915_GEM_MMAP_OFFSET on i915: ";
  const rows: readonly (readonly [number, string])[] = [
    [errno.EINVAL, "EINVAL"],
    [errno.ENOENT, "ENOENT"],
    [
      errno.ENODEV,
      "ENODEV: an import has no pages to be mapped through i915, or the processor no such caching",
    ],
  ];
  for (const [code, told] of rows) {
    const scripted = open({ GEM_MMAP_OFFSET: () => -code });
    assertEquals(refusal(() => i915.mmapOffset(scripted.device, 3, "write-back")), what + told);
    // It is not asked again with another type, or with an older call.
    assertEquals(names(scripted), ["GEM_SET_DOMAIN", "GEM_MMAP_OFFSET"]);
  }
});

Deno.test("i915 waits before it sets a domain, of the CPU's alone, written where it is read", () => {
  const [read, written] = [{ read_domains: 1 }, { read_domains: 1, write_domain: 1 }];
  // The kernel flushes on the way out of the CPU's domain what it knows to be written there.
  const flushed = [written, { read_domains: 0x80 }];
  const rows: readonly (readonly ["cpu" | "device", "r" | "w", readonly object[]])[] = [
    ["cpu", "r", [read]],
    ["cpu", "w", [written]],
    ["device", "r", flushed],
    ["device", "w", flushed],
  ];
  for (const [forWhom, access, domains] of rows) {
    const scripted = open();
    const plan = planOf(scripted, forWhom, access);
    const before = scripted.sent.length;
    i915.sync(scripted.device, buffer, plan, []);
    assertEquals(
      scripted.sent.slice(before) as unknown[],
      [
        ["GEM_WAIT", { bo_handle: 3 }],
        ...domains.map((values) => ["GEM_SET_DOMAIN", { handle: 3, ...values }]),
      ],
      `${forWhom} ${access}`,
    );
  }
});

Deno.test("i915 passes on what SET_DOMAIN refuses, with the reason where the errno has one", () => {
  const what = "DRM_IOCTL_I915_GEM_SET_DOMAIN on i915: ";
  const rows: readonly (readonly [number, string])[] = [
    [errno.ENODEV, "ENODEV: cards have no domains: their system memory is snooped"],
    [errno.EINVAL, "EINVAL"],
    [errno.ENOENT, "ENOENT"],
    [errno.ENXIO, "ENXIO: an import's pages are its exporter's: sync the dma-buf"],
  ];
  for (const [code, told] of rows) {
    const scripted = open({ GEM_SET_DOMAIN: () => -code });
    const plan = planOf(scripted, "cpu", "r");
    assertEquals(refusal(() => i915.sync(scripted.device, buffer, plan, [])), what + told);
  }
});

Deno.test("i915's GEM_WAIT: time that has passed is busy, and an errno but ETIME and EAGAIN a refusal", () => {
  const what = "DRM_IOCTL_I915_GEM_WAIT on i915: ";
  const rows: readonly (readonly [number, boolean | string])[] = [
    [0, true],
    [errno.ETIME, false],
    [errno.EINVAL, `${what}EINVAL`],
    [errno.ENOENT, `${what}ENOENT`],
    [errno.EIO, `${what}EIO`],
  ];
  for (const [code, wanted] of rows) {
    const scripted = open({ GEM_WAIT: () => -code });
    const asked = (): unknown => i915.wait?.ask(scripted.device, 3, 500n);
    assertEquals(typeof wanted === "string" ? refusal(asked) : asked(), wanted);
    // Once: who wants to wait longer asks for the next slice.
    assertEquals(scripted.sent, [["GEM_WAIT", { bo_handle: 3, timeout_ns: 500n }]]);
  }
});

Deno.test("i915's GEM_WAIT is asked again after EAGAIN, which has time left, and not for ever", () => {
  let refusals = 1;
  const scripted = open({ GEM_WAIT: () => refusals-- > 0 ? -errno.EAGAIN : 0 });
  assertEquals(i915.wait?.ask(scripted.device, 3, 500n), true);
  assertEquals(names(scripted), ["GEM_WAIT", "GEM_WAIT"]);
  const never = open({ GEM_WAIT: () => -errno.EAGAIN });
  assertEquals(i915.wait?.ask(never.device, 3, 500n), false);
});

Deno.test("i915's SET_CACHING, GEM_MMAP, MMAP_GTT and userptr are never asked for", () => {
  const seen = new Set<string>();
  for (const discrete of [false, true]) {
    const scripted = open({}, discrete);
    const { device } = scripted;
    for (const cached of [false, true]) i915.create(device, request({ cached }));
    for (const caching of ["write-back", "write-combined", "uncached", "unknown"] as const) {
      i915.mmapOffset(device, 3, caching);
    }
    for (const forWhom of ["cpu", "device"] as const) {
      const plan = planOf(scripted, forWhom, "w");
      if (plan.op !== "none") i915.sync(device, buffer, plan, []);
    }
    i915.wait?.ask(device, 3, 0n);
    for (const name of names(scripted)) seen.add(name);
  }
  assertEquals(
    [...seen].sort(),
    ["GEM_CREATE", "GEM_MMAP_OFFSET", "GEM_SET_DOMAIN", "GEM_WAIT", "GETPARAM"],
  );
});

Deno.test("i915's refusals to share: EINVAL at export has no reason, EOPNOTSUPP at import has", () => {
  const { device } = open({
    PRIME_HANDLE_TO_FD: () => -errno.EINVAL,
    PRIME_FD_TO_HANDLE: () => -errno.EOPNOTSUPP,
  });
  const options = { rdwr: true, cloexec: true };
  assertEquals(
    refusal(() => exportHandle(device, 3, options)),
    "DRM_IOCTL_PRIME_HANDLE_TO_FD on i915: EINVAL",
  );
  assertEquals(
    refusal(() => importDescriptor(device, 5)),
    "DRM_IOCTL_PRIME_FD_TO_HANDLE on i915: EOPNOTSUPP: " +
      "the exporter's buffer cannot be moved to where i915 reaches it",
  );
});
