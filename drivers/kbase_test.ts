import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NotSupported, UsageError } from "../errors.ts";
import { accountingKernel } from "../ffi/accounting_kernel.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { kbase as uapi } from "../ffi/uapi/kbase.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { kernelWith } from "../sim/_test_kit.ts";
import type { BufferFacts, CreatedBuffer, CreateRequest, OpenDevice } from "./driver.ts";
import { kbase as family } from "./families/kbase.ts";
import { kbase, propertyIn } from "./kbase.ts";
import { openNode, request } from "./_test_kit.ts";

const NODE = "/dev/mali0";

function open(wrap?: (kernel: Kernel) => Kernel): OpenDevice {
  return openNode("kbase", NODE, wrap);
}

/** The GPU of a board with another coherency or front end. */
function openWith(change: Parameters<typeof kernelWith>[1]): OpenDevice {
  return open(() => kernelWith("kbase", change));
}

function facts(buffer: CreatedBuffer, imported = false): BufferFacts {
  return { ...buffer, imported };
}

Deno.test("kbase says what it is by its handshake, on both kinds of GPU", () => {
  const rows = [[{}, 11, 33], [{ registers: { csf: 1n } }, 1, 8]] as const;
  for (const [change, major, minor] of rows) {
    const { version } = openWith(change);
    assertEquals([version.name, version.major, version.minor], ["kbase", major, minor]);
    assertEquals(version.description, "K:r35p0-01eac0(GPL)");
  }
});

Deno.test("kbase reads the GPU's coherency out of its properties", () => {
  const rows = [["none", "non-coherent"], ["io-coherent", "io-coherent"], ["full", "coherent"]];
  for (const [coherency, expected] of rows) {
    const device = openWith({ coherency: coherency as "none" | "io-coherent" | "full" });
    assertEquals(kbase.coherency(device), expected);
  }
});

Deno.test("propertyIn() steps over values of every size, and stops at a list that is cut off", () => {
  // 1: u8 5, 2: u16, 3: u64, 4: u32.
  const bytes = Uint8Array.fromHex(
    "0400000005" + "090000000201" + "0f0000000807060504030201" + "1200000004030201",
  );
  assertEquals(
    [1, 2, 3, 4, 5].map((key) => propertyIn(bytes, key)),
    [5n, 0x0102n, 0x0102_0304_0506_0708n, 0x0102_0304n, undefined],
  );
  assertEquals(propertyIn(bytes.slice(0, -1), 4), undefined);
});

Deno.test("a kbase buffer lies where it is mapped; closing it unmaps it, and nothing is left", () => {
  const kernels: ReturnType<typeof accountingKernel>[] = [];
  const device = open((kernel) => {
    const wrapped = accountingKernel(kernel);
    kernels.push(wrapped);
    return wrapped;
  });
  const buffer = kbase.create(device, request({ size: 5000n, cached: true }));
  assertEquals([buffer.size, buffer.caching, buffer.private], [8192, "write-back", true]);
  assertEquals(device.mappings.get(buffer.handle)?.address, BigInt(buffer.handle));
  assertEquals(kbase.mmapOffset(device, buffer.handle), BigInt(buffer.handle));
  assertEquals(
    kbase.query?.(device, buffer.handle).createFlags?.names.includes("cached-cpu"),
    true,
  );
  assertEquals(family.closeHandle(device, buffer.handle), 0);
  assertEquals(family.closeHandle(device, buffer.handle), -errno.EINVAL);
  // The tracking page is no buffer.
  assertEquals(family.closeHandle(device, 0), -errno.EINVAL);
  for (const mapping of device.mappings.values()) mapping.unmap();
  device.kernel.close(device.fd);
  assertEquals(kernels[0]?.leaks(), []);
});

Deno.test("kbase sends the flags that were named, and the usual protections where none was", () => {
  const device = open();
  const flags = (given: Partial<CreateRequest>): number =>
    kbase.create(device, request(given)).flagWord;
  assertEquals(flags({}), 0xf);
  assertEquals(flags({ cached: true }), 0x100f);
  assertEquals(flags({ noMmap: true }), 0xc);
  assertEquals(flags({ flags: ["uncached-gpu"] }), 0x20000f);
  assertEquals(flags({ flags: ["prot-cpu-rd", "prot-gpu-rd", "prot-gpu-wr"] }), 0xd);
  assertThrows(() => flags({ noMmap: true, flags: ["prot-cpu-rd"] }), UsageError, "--no-mmap");
  assertThrows(
    () => flags({ dumb: { width: 1, height: 1, bpp: 32 } }),
    NotSupported,
    "kbase has no dumb buffers",
  );
});

Deno.test("kbase tells why memory is refused, which the kernel does not", () => {
  const cases: readonly (readonly [Partial<CreateRequest>, string])[] = [
    [{ size: 0n }, "a size of 0 is not a buffer"],
    [{ flags: ["prot-cpu-rd", "prot-cpu-wr"] }, "the GPU may neither read nor write it"],
    [{ flags: ["prot-gpu-rd"] }, "nobody may write it"],
    [{ flags: ["prot-gpu-wr"] }, "nobody may read it"],
    [
      { flags: ["prot-gpu-rd", "prot-gpu-wr", "prot-gpu-ex"] },
      "PROT_GPU_EX and PROT_GPU_WR exclude each other",
    ],
    [
      { flags: ["coherent-system", "coherent-local"] },
      "COHERENT_SYSTEM and COHERENT_LOCAL exclude each other",
    ],
    [
      { flags: ["coherent-system-required"] },
      "COHERENT_SYSTEM_REQUIRED, and this GPU does not see the CPU's caches",
    ],
    [{ flags: ["grow-on-gpf"] }, "GROW_ON_GPF needs an extension: use ioctl"],
    [
      { flags: ["0x40000000"] },
      "unknown flag bits, or memory is short: kbase answers ENOMEM to both",
    ],
    [{ size: 1n << 40n }, "more than there is room for"],
    [{ size: 1n << 40n, cached: true }, "more than there is room for"],
    [{ size: 1n << 40n, noMmap: true }, "more than there is room for"],
  ];
  const device = open();
  for (const [given, reason] of cases) {
    const error = assertThrows(() => kbase.create(device, request(given)), KernelRefusal);
    assertEquals(error.message, `KBASE_IOCTL_MEM_ALLOC on kbase: ENOMEM: ${reason}`);
  }
});

Deno.test("kbase plans MSYNC and CSYNC, and nothing where memory is coherent or not cached", () => {
  const device = openWith({ coherency: "io-coherent" });
  const create = (given: Partial<CreateRequest>): CreatedBuffer =>
    kbase.create(device, request(given));
  const op = (buffer: BufferFacts, to: "device" | "cpu"): string =>
    kbase.plan(device, buffer, { for: to, access: "rw" }).op;
  const cached = create({ cached: true });
  assertEquals([op(facts(cached), "device"), op(facts(cached), "cpu")], ["flush", "invalidate"]);
  assertEquals(op(facts(cached, true), "cpu"), "none");
  assertEquals(op(facts(create({})), "device"), "none");
  assertEquals(op(facts(create({ cached: true, flags: ["coherent-system"] })), "cpu"), "none");
});

Deno.test("kbase makes a call for each range, by the address of the buffer's own mapping", () => {
  const sent: bigint[] = [];
  class Watched extends WrappedKernel {
    override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
      const [, code, argument] = args;
      if (code === uapi.ioctls.MEM_SYNC.code && typeof argument !== "bigint") {
        const view = new DataView(argument.bytes.buffer);
        sent.push(view.getBigUint64(8, true) - view.getBigUint64(0, true));
      }
      return super.ioctl(...args);
    }
  }
  const device = open((kernel) => new Watched(kernel));
  const buffer = kbase.create(device, request({ cached: true }));
  const ranges = [{ offset: 32n, length: 4n }, { offset: 4000n, length: 96n }];
  kbase.sync(device, facts(buffer), kbase.syncOps.flush ?? never(), ranges);
  assertEquals(sent, [32n, 4000n]);
  const { invalidate = never() } = kbase.syncOps;
  const refused = (offset: bigint, length: bigint): string =>
    assertThrows(
      () => kbase.sync(device, facts(buffer), invalidate, [{ offset, length }]),
      KernelRefusal,
    ).message;
  const what = "KBASE_IOCTL_MEM_SYNC on kbase: EINVAL: ";
  assertEquals(refused(0n, 4097n), `${what}the range ends beyond the buffer's 4096 bytes`);
  assertEquals(refused(0n, 0n), `${what}a range of no bytes lies in no mapping`);
});

function never(): never {
  throw new Error("kbase has that operation");
}

Deno.test("rawSyncs() reads a MEM_SYNC by its own name, and no other call", () => {
  const fields = { handle: 0x10000, user_addr: 0x10040, size: 32, type: { raw: 2, names: [] } };
  assertEquals(kbase.rawSyncs?.("KBASE_IOCTL_MEM_SYNC", fields), [
    { handle: 0x10000, effect: "invalidate", range: { offset: 64, length: 32 } },
  ]);
  assertEquals(kbase.rawSyncs?.("KBASE_IOCTL_MEM_SYNC", { ...fields, user_addr: 0 }), []);
  assertEquals(kbase.rawSyncs?.("DRM_IOCTL_PANTHOR_BO_SYNC", fields), []);
});

Deno.test("kbase exports nothing, and says what to do instead", () => {
  const device = open();
  const { handle } = kbase.create(device, request());
  const error = assertThrows(
    () => family.exportHandle(device, handle, { rdwr: true, cloexec: true }),
    NotSupported,
  );
  assertEquals(error.hint?.includes("create --heap system"), true);
});

Deno.test("kbase frees the cookie where memory cannot be mapped", () => {
  const maps: number[] = [];
  class NoMap extends WrappedKernel {
    override mmap(...args: Parameters<WrappedKernel["mmap"]>): ReturnType<WrappedKernel["mmap"]> {
      maps.push(args[0]);
      return maps.length === 1 ? super.mmap(...args) : -errno.ENOMEM;
    }
  }
  const device = open((kernel) => new NoMap(kernel));
  for (let i = 0; i < 100; i++) {
    const error = assertThrows(() => kbase.create(device, request()), KernelRefusal);
    assertEquals(error.message, "mmap on kbase: ENOMEM: the GPU has no room at any free address");
  }
});

Deno.test("kbase tells what it knows of a refused import", () => {
  const device = open();
  assertThrows(() => family.importDescriptor(device, 99), KernelRefusal, "it is no dma-buf");
  class Refusing extends WrappedKernel {
    override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
      return args[1] === uapi.ioctls.MEM_IMPORT.code ? -errno.EPERM : super.ioctl(...args);
    }
  }
  const refusing = open((kernel) => new Refusing(kernel));
  const error = assertThrows(() => family.importDescriptor(refusing, 99), KernelRefusal);
  assertEquals(error.message, "KBASE_IOCTL_MEM_IMPORT on kbase: EPERM");
});
