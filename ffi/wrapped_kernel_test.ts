import { assertEquals, assertStrictEquals } from "@std/assert";
import { FakeKernel } from "./_fake_kernel.ts";
import type { Kernel } from "./kernel.ts";
import { WrappedKernel, WrappedMapping } from "./wrapped_kernel.ts";

Deno.test("WrappedKernel hands every call on", () => {
  const calls = (kernel: Kernel): unknown[] => {
    const fd = kernel.open("/dev/null", 0);
    const mapping = kernel.mmap(8, 3, 1, fd, 0n, "direct");
    const entries = [{ fd, events: 1, revents: 0 }];
    return [
      fd,
      kernel.ioctl(fd, 0xc0406400, 0n),
      typeof mapping,
      kernel.dup(fd),
      kernel.fcntl(fd, 1, 0),
      kernel.fstat(fd),
      kernel.fstatfs(fd),
      kernel.lseek(fd, 7n, 0),
      kernel.poll(entries, 0),
      entries,
      kernel.ftruncate(fd, 1n),
      kernel.memfdCreate("x", 0),
      kernel.readText("/a"),
      kernel.readDirectory("/a"),
      kernel.readLink("/a"),
      kernel.stat("/missing"),
      kernel.now(),
      kernel.close(fd),
      kernel.close(fd),
    ];
  };
  const plain = new FakeKernel();
  const inner = new FakeKernel();
  assertEquals(calls(new WrappedKernel(inner)), calls(plain));
  assertEquals(inner.reached, plain.reached);
});

Deno.test("WrappedKernel keeps identity, device side and dispose", () => {
  const inner = new FakeKernel();
  const outer = new WrappedKernel(inner);
  assertStrictEquals(outer.identity, inner.identity);
  assertStrictEquals(outer.deviceSide, inner.deviceSide);
  outer.dispose();
  assertEquals(inner.disposed, 1);
});

Deno.test("WrappedMapping hands every access on", () => {
  const inner = new FakeKernel();
  const mapping = inner.mmap(16, 3, 1, inner.open("/x"));
  if (typeof mapping === "number") throw new Error("mmap failed");
  const outer = new WrappedMapping(mapping);
  assertEquals([outer.length, outer.prot], [16, 3]);
  assertEquals(outer.write(2, new Uint8Array([1, 2])), 2);
  assertEquals(outer.fill(3, 2, 9), 2);
  const into = new Uint8Array(4);
  assertEquals(outer.read(2, into), 4);
  assertEquals([...into], [1, 9, 9, 0]);
  assertEquals([outer.unmap(), outer.unmap()], [0, -22]);
});
