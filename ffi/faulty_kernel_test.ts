import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeKernel } from "./_fake_kernel.ts";
import { errno } from "./errno.ts";
import { faultyKernel } from "./faulty_kernel.ts";
import type { Kernel, Mapping } from "./kernel.ts";

/** Every call that a kernel may refuse, each answering a number when it fails. */
const calls: readonly [string, (kernel: Kernel, fd: number) => unknown][] = [
  ["open(/a)", (kernel) => kernel.open("/a", 0)],
  ["ioctl(3, 0xc0406400)", (kernel, fd) => kernel.ioctl(fd, 0xc0406400 | 0, 0n)],
  ["mmap(4096, 3)", (kernel, fd) => kernel.mmap(4096, 3, 1, fd, 0n, "copied")],
  ["dup(3)", (kernel, fd) => kernel.dup(fd)],
  ["fcntl(3, 1)", (kernel, fd) => kernel.fcntl(fd, 1, 0)],
  ["fstat(3)", (kernel, fd) => kernel.fstat(fd)],
  ["fstatfs(3)", (kernel, fd) => kernel.fstatfs(fd)],
  ["lseek(3)", (kernel, fd) => Number(kernel.lseek(fd, 1n, 0))],
  ["poll(3)", (kernel, fd) => kernel.poll([{ fd, events: 1, revents: 0 }], 0)],
  ["ftruncate(3, 1)", (kernel, fd) => kernel.ftruncate(fd, 1n)],
  ["memfd_create(x)", (kernel) => kernel.memfdCreate("x", 0)],
  ["readText(/a)", (kernel) => kernel.readText("/a")],
  ["readDirectory(/a)", (kernel) => kernel.readDirectory("/a")],
  ["readLink(/a)", (kernel) => kernel.readLink("/a")],
  ["stat(/a)", (kernel) => kernel.stat("/a")],
];

for (const [name, call] of calls) {
  Deno.test(`faultyKernel() fails ${name} when it is the second call, and no other`, () => {
    const inner = new FakeKernel();
    const kernel = faultyKernel(inner, { call: 2, errno: -errno.ENOMEM });
    const fd = kernel.open("/dev/x", 0);
    assertEquals([fd, kernel.calls, kernel.failed], [3, 1, undefined]);
    assertEquals(call(kernel, fd), -errno.ENOMEM);
    assertEquals(inner.reached, ["open"], "the failed call does not reach the kernel");
    assertEquals([kernel.calls, kernel.failed], [2, name]);
    call(kernel, fd);
    assertEquals([inner.reached.length, kernel.calls, kernel.failed], [2, 3, name]);
  });
}

Deno.test("faultyKernel() takes an errno of either sign", () => {
  const kernel = faultyKernel(new FakeKernel(), { call: 1, errno: errno.EMFILE });
  assertEquals(kernel.open("/x", 0), -errno.EMFILE);
});

Deno.test("faultyKernel() counts releases but never fails them", () => {
  const releases: [number, (kernel: Kernel, mapping: Mapping, fd: number) => number][] = [
    [3, (_kernel, mapping) => mapping.unmap()],
    [3, (kernel, _mapping, fd) => kernel.close(fd)],
  ];
  for (const [call, release] of releases) {
    const kernel = faultyKernel(new FakeKernel(), { call, errno: errno.EIO });
    const fd = kernel.open("/x", 0);
    const mapping = kernel.mmap(8, 3, 1, fd, 0n, "direct");
    if (typeof mapping === "number") throw new Error("mmap failed");
    mapping.write(0, new Uint8Array(1));
    assertEquals(kernel.calls, 2, "an access is no call");
    assertEquals(release(kernel, mapping, fd), 0);
    assertEquals([kernel.calls, kernel.failed], [3, undefined]);
  }
});

Deno.test("faultyKernel() keeps identity and device side", () => {
  const inner = new FakeKernel();
  const kernel = faultyKernel(inner, { call: 1, errno: errno.EIO });
  assertStrictEquals(kernel.identity, inner.identity);
  assertStrictEquals(kernel.deviceSide, inner.deviceSide);
  assertEquals(kernel.now(), 42n);
  assertEquals(kernel.calls, 0);
});
