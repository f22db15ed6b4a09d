import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import {
  F_GETFL,
  MAP_PRIVATE,
  MAP_SHARED,
  O_CLOEXEC,
  O_RDWR,
  O_WRONLY,
  PROT_READ,
} from "../../ffi/constants.ts";
import { dmaHeap } from "../../ffi/uapi/dma_heap.ts";
import { allocateHeap, kernelOf, mapOutcome, openNode, outcome } from "../_test_kit.ts";

const { ALLOC } = dmaHeap.ioctls;

Deno.test("DMA_HEAP_IOCTL_ALLOC refuses in its order", () => {
  const kernel = kernelOf("qemu");
  const heap = openNode(kernel, "/dev/dma_heap/system");
  const good = { len: 1n, fd_flags: O_RDWR | O_CLOEXEC };
  const cases: [string, Parameters<typeof call<typeof ALLOC.struct.fields>>[3], string][] = [
    ["fd given", { ...good, fd: 1 }, "EINVAL"],
    ["foreign fd_flags", { ...good, fd_flags: 0x100 }, "EINVAL"],
    ["heap_flags", { ...good, heap_flags: 1n }, "EINVAL"],
    ["fd given, before the length", { len: 1n << 40n, fd: 1 }, "EINVAL"],
    ["length 0", { len: 0n, fd_flags: O_RDWR }, "EINVAL"],
    ["length that wraps", { len: (1n << 64n) - 1n, fd_flags: O_RDWR }, "EINVAL"],
    ["more than there is", { len: 1n << 40n, fd_flags: O_RDWR }, "ENOMEM"],
    ["one byte", good, "ok"],
  ];
  for (const [what, values, wanted] of cases) {
    assertEquals(outcome(call(kernel, heap, ALLOC, values).result), wanted, what);
  }
  assertEquals(outcome(kernel.ioctl(heap, ALLOC.code, 0n)), "EFAULT");
  // The type is not looked at, only the number.
  assertEquals(outcome(kernel.ioctl(heap, ALLOC.code + 1, 0n)), "EINVAL");
  while (kernel.dup(heap) >= 0);
  assertEquals(outcome(call(kernel, heap, ALLOC, { len: 1n, fd_flags: O_RDWR }).result), "EMFILE");
});

Deno.test("a heap buffer has the access mode that it was asked for", () => {
  const kernel = kernelOf("qemu");
  const readOnly = allocateHeap(kernel, 4096, O_CLOEXEC);
  const writeOnly = allocateHeap(kernel, 4096, O_WRONLY);
  assertEquals(kernel.fcntl(readOnly, F_GETFL, 0), 0);
  assertEquals(mapOutcome(kernel, readOnly, 4096, 0n), "EACCES");
  assertEquals(mapOutcome(kernel, readOnly, 4096, 0n, PROT_READ), "ok");
  assertEquals(mapOutcome(kernel, writeOnly, 4096, 0n, PROT_READ), "EACCES");
  assertEquals(mapOutcome(kernel, writeOnly, 4096, 0n), "EACCES");
});

Deno.test("the heap's node itself maps nothing, and an unknown heap is not there", () => {
  const kernel = kernelOf("qemu");
  const heap = openNode(kernel, "/dev/dma_heap/system");
  assertEquals(mapOutcome(kernel, heap, 4096, 0n), "ENODEV");
  assertEquals(outcome(kernel.open("/dev/dma_heap/cma", O_RDWR)), "ENOENT");
  assertEquals(outcome(kernelOf("qemu-arm64").open("/dev/dma_heap/system", O_RDWR)), "ENOENT");
});

Deno.test("a CMA heap gives what its area has, under both of its names since 6.17", () => {
  const names = (board: string): unknown => kernelOf(board).readDirectory("/dev/dma_heap");
  assertEquals(names("rk3588"), ["default_cma_region", "reserved", "system"]);
  assertEquals(names("rk3588@6.12"), ["reserved", "system"]);
  assertEquals(names("s922x@6.12"), ["linux,cma", "system"]);

  const kernel = kernelOf("rk3588");
  const allocate = (name: string, bytes: number): number => {
    const heap = openNode(kernel, `/dev/dma_heap/${name}`);
    const { result, values } = call(kernel, heap, ALLOC, { len: BigInt(bytes), fd_flags: O_RDWR });
    kernel.close(heap);
    return result < 0 ? result : values.fd;
  };
  const most = 32 << 20;
  assertEquals(outcome(allocate("reserved", most + 1)), "ENOMEM");
  const first = allocate("reserved", most - 4096);
  const last = allocate("default_cma_region", 4096);
  assertEquals([outcome(first), outcome(last)], ["ok", "ok"]);
  assertEquals(outcome(allocate("reserved", 1)), "ENOMEM");
  assertEquals(outcome(allocate("system", most)), "ok");
  kernel.close(last);
  assertEquals(outcome(allocate("reserved", 1)), "ok");
});

Deno.test("a CMA heap's buffers cannot be mapped privately, not even for reading", () => {
  const kernel = kernelOf("rk3588");
  const heap = openNode(kernel, "/dev/dma_heap/reserved");
  const { values } = call(kernel, heap, ALLOC, { len: 4096n, fd_flags: O_RDWR });
  const map = (fd: number, flags: number): string =>
    mapOutcome(kernel, fd, 4096, 0n, PROT_READ, flags);
  assertEquals([map(values.fd, MAP_PRIVATE), map(values.fd, MAP_SHARED)], ["EINVAL", "ok"]);
  assertEquals(map(allocateHeap(kernel, 4096), MAP_PRIVATE), "ok");
});
