import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal } from "../errors.ts";
import { O_RDWR } from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import { faultyKernel } from "../ffi/faulty_kernel.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { fdinfoField, isDmaBuf, readDmaBuf, syncDmaBuf } from "./dma_buf.ts";
import { allocateFromHeap } from "./dma_heap.ts";
import { createUdmabuf } from "./udmabuf.ts";

function open(): Kernel {
  return openSimulatedKernel(loadBoard("qemu"));
}

function heapBuffer(kernel: Kernel, rdwr: boolean): number {
  const heap = kernel.open("/dev/dma_heap/system", O_RDWR);
  try {
    return allocateFromHeap(kernel, heap, "system", 5000n, { rdwr, cloexec: true });
  } finally {
    kernel.close(heap);
  }
}

Deno.test("fdinfoField() finds a line's value, and nothing where there is none", () => {
  const text = "pos:\t0\nexp_name:\tsystem\nname:\ta: b\nsize:\t 4096\n";
  assertEquals(fdinfoField(text, "exp_name"), "system");
  assertEquals(fdinfoField(text, "name"), "a: b");
  assertEquals(fdinfoField(text, "size"), "4096");
  assertEquals(fdinfoField(text, "label"), "");
  assertEquals(fdinfoField("", "name"), "");
});

Deno.test("readDmaBuf() tells size, mode, exporter and an inode of its own", () => {
  const kernel = open();
  const a = readDmaBuf(kernel, heapBuffer(kernel, true), "a");
  const b = readDmaBuf(kernel, heapBuffer(kernel, false), "b");
  assertEquals([a.size, a.mode, a.exporter, a.label], [8192, "rw", "system", ""]);
  assertEquals(b.mode, "ro");
  assertEquals(a.inode === b.inode, false);
});

Deno.test("readDmaBuf() leaves the file's position at the start", () => {
  const kernel = open();
  const fd = heapBuffer(kernel, true);
  readDmaBuf(kernel, fd, "a");
  assertEquals(kernel.readText(`/proc/self/fdinfo/${fd}`).toString().split("\n")[0], "pos:\t0");
});

Deno.test("readDmaBuf() says that another file is no dma-buf", () => {
  const kernel = open();
  const fd = kernel.open("/dev/null", O_RDWR);
  assertEquals(isDmaBuf(kernel, fd), false);
  assertThrows(
    () => readDmaBuf(kernel, fd, "x"),
    KernelRefusal,
    "fstatfs on x: EINVAL: it is not a dma-buf",
  );
  assertThrows(() => readDmaBuf(kernel, 99, "x"), KernelRefusal, "fstatfs on x: EBADF");
});

Deno.test("syncDmaBuf() names begin and end as the kernel calls them", () => {
  const kernel = open();
  const udmabuf = kernel.open("/dev/udmabuf", O_RDWR);
  const fd = createUdmabuf(kernel, udmabuf, 4096n, { cloexec: true });
  assertThrows(
    () => syncDmaBuf(kernel, fd, "db", "end", "w"),
    KernelRefusal,
    "DMA_BUF_IOCTL_SYNC END on db: EINVAL: udmabuf refuses an END before the first START",
  );
  syncDmaBuf(kernel, fd, "db", "begin", "w");
  syncDmaBuf(kernel, fd, "db", "end", "w");
  assertThrows(
    () => syncDmaBuf(kernel, 99, "db", "begin", "r"),
    KernelRefusal,
    "START on db: EBADF",
  );
});

Deno.test("createUdmabuf() says why the driver refuses, and leaves no memfd", () => {
  const kernel = open();
  const device = kernel.open("/dev/udmabuf", O_RDWR);
  const cases: readonly (readonly [bigint, number | undefined, string])[] = [
    [0n, undefined, "a size of 0 is not a buffer"],
    [65n << 20n, undefined, "the size limit is 64 MiB (size_limit_mb)"],
    [4096n, 0, "the memfd must be sealed with F_SEAL_SHRINK"],
    [4096n, 2 | 8, "the memfd must not be sealed against writing"],
  ];
  for (const [size, seals, reason] of cases) {
    const options = { cloexec: true, ...(seals === undefined ? {} : { seals }) };
    assertThrows(
      () => createUdmabuf(kernel, device, size, options),
      KernelRefusal,
      `UDMABUF_CREATE on udmabuf: EINVAL: ${reason}`,
    );
  }
  const next = kernel.dup(device);
  assertEquals(next, device + 1, "no descriptor was left");
});

Deno.test("createUdmabuf() names the call that failed on the way", () => {
  const calls = ["memfd_create", "ftruncate", "fcntl F_ADD_SEALS", "UDMABUF_CREATE"];
  for (const [i, name] of calls.entries()) {
    const kernel = faultyKernel(open(), { call: 2 + i, errno: errno.ENOMEM });
    const device = kernel.open("/dev/udmabuf", O_RDWR);
    assertThrows(
      () => createUdmabuf(kernel, device, 4096n, { cloexec: true }),
      KernelRefusal,
      `${name} on udmabuf: ENOMEM`,
    );
  }
});
