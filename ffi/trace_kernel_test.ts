import { assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { FakeKernel } from "./_fake_kernel.ts";
import { fakeDrm } from "./_fake_drm.ts";
import { call } from "./call.ts";
import {
  F_ADD_SEALS,
  F_GETFD,
  F_GETFL,
  F_SEAL_SHRINK,
  F_SETFD,
  FD_CLOEXEC,
  MAP_SHARED,
  MFD_ALLOW_SEALING,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  POLLIN,
  POLLOUT,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  SEEK_END,
} from "./constants.ts";
import type { Kernel } from "./kernel.ts";
import { encode } from "./struct.ts";
import { traceKernel } from "./trace_kernel.ts";
import { dmaBuf } from "./uapi/dma_buf.ts";
import { dmaHeap } from "./uapi/dma_heap.ts";
import { drm } from "./uapi/drm.ts";
import { panfrost } from "./uapi/panfrost.ts";
import { panthor } from "./uapi/panthor.ts";
import { udmabuf } from "./uapi/udmabuf.ts";

/** The lines that `body` leaves. */
function trace(inner: Kernel, body: (kernel: Kernel) => void): string[] {
  const lines: string[] = [];
  body(traceKernel(inner, (line) => lines.push(line)));
  return lines;
}

Deno.test("traceKernel() writes file calls as strace does", () => {
  const lines = trace(new FakeKernel(), (kernel) => {
    const fd = kernel.open("/dev/null", O_RDWR);
    kernel.open('/missing"x', O_RDONLY | O_CREAT | 0x40000000, { inherit: true });
    kernel.dup(fd);
    kernel.fcntl(fd, F_GETFD, 0);
    kernel.fcntl(fd, F_GETFL, 0);
    kernel.fcntl(fd, F_SETFD, FD_CLOEXEC);
    kernel.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
    kernel.fcntl(99, 1234, 5);
    kernel.fstat(fd);
    kernel.fstatfs(fd);
    kernel.fstatfs(99);
    kernel.lseek(fd, 0n, SEEK_END);
    kernel.lseek(99, 5n, 7);
    kernel.ftruncate(fd, 4096n);
    kernel.memfdCreate("pages", MFD_ALLOW_SEALING);
    kernel.poll(
      [{ fd, events: POLLIN | POLLOUT, revents: 0 }, { fd: 9, events: 0, revents: 0 }],
      5,
    );
    kernel.readText("/sys/x");
    kernel.readText("/missing");
    kernel.readDirectory("/dev/dri");
    kernel.readLink("/sys/link");
    kernel.stat("/dev/x");
    kernel.stat("/missing");
    kernel.now();
    kernel.close(fd);
    kernel.close(fd);
  });
  assertEquals(lines, [
    'open("/dev/null", O_RDWR|O_CLOEXEC) = 3',
    'open("/missing\\"x", O_RDONLY|O_CREAT|0x40000000) = -1 ENOENT (2)',
    "fcntl(3, F_DUPFD_CLOEXEC, 0) = 4",
    "fcntl(3, F_GETFD) = FD_CLOEXEC",
    "fcntl(3, F_GETFL) = O_WRONLY",
    "fcntl(3, F_SETFD, FD_CLOEXEC) = 1",
    "fcntl(3, F_ADD_SEALS, F_SEAL_SHRINK) = 1",
    "fcntl(99, 1234, 5) = -1 EBADF (9)",
    "fstat(3, {regular 0644, size=5, inode=9}) = 0",
    "fstatfs(3, {type=DMA_BUF_MAGIC}) = 0",
    "fstatfs(99) = -1 EBADF (9)",
    "lseek(3, 0, SEEK_END) = 0",
    "lseek(99, 5, 7) = -1 EBADF (9)",
    "ftruncate(3, 4096) = 0",
    'memfd_create("pages", MFD_CLOEXEC|MFD_ALLOW_SEALING) = 5',
    "poll([{3, POLLIN|POLLOUT}, {9, 0}], 5) = 2 [{3, POLLIN|POLLOUT}]",
    'readText("/sys/x") = "text\\n"',
    'readText("/missing") = -1 ENOENT (2)',
    'readDirectory("/dev/dri") = ["a", "b"]',
    'readlink("/sys/link") = "../target"',
    'stat("/dev/x", {regular 0644, size=5, inode=9}) = 0',
    'stat("/missing") = -1 ENOENT (2)',
    "close(3) = 0",
    "close(3) = -1 EBADF (9)",
  ]);
});

Deno.test("traceKernel() decodes ioctls and shows what came back where it differs", () => {
  const lines = trace(fakeDrm(), (kernel) => {
    const fd = kernel.open("/dev/dri/card0", O_RDWR);
    call(kernel, fd, drm.ioctls.VERSION, { name: { bytes: new Uint8Array(32) }, name_len: 32n });
    call(kernel, fd, panthor.ioctls.BO_CREATE, { size: 4096n, flags: 2 });
    call(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: 1 });
    call(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: 999 });
    kernel.ioctl(fd, drm.ioctls.GEM_CLOSE.code | 0, 8n);
  });
  assertMatch(lines[1] ?? "", /^ioctl\(3, DRM_IOCTL_VERSION, \{.* => \{.*"panthor".*\}\) = 0$/);
  assertEquals(lines.slice(2), [
    "ioctl(3, DRM_IOCTL_PANTHOR_BO_CREATE, " +
    "{size=4096, flags=WB_MMAP, exclusive_vm_id=0, handle=0, pad=0} => " +
    "{size=4096, flags=WB_MMAP, exclusive_vm_id=0, handle=1, pad=0}) = 0",
    "ioctl(3, DRM_IOCTL_GEM_CLOSE, {handle=1, pad=0}) = 0",
    "ioctl(3, DRM_IOCTL_GEM_CLOSE, {handle=999, pad=0}) = -1 EINVAL (22)",
    "ioctl(3, DRM_IOCTL_GEM_CLOSE, @0x8) = -1 EFAULT (14)",
  ]);
});

Deno.test("traceKernel() reads a driver's numbers by the driver behind the descriptor", () => {
  const ambiguous = encode(panfrost.structs.drm_panfrost_wait_bo, { handle: 5 });
  const code = panfrost.ioctls.WAIT_BO.code;
  for (const [driver, name] of [["panfrost", "PANFROST_WAIT_BO"], ["panthor", "PANTHOR_"]]) {
    const lines = trace(fakeDrm(driver), (kernel) => {
      const fd = kernel.open("/dev/dri/renderD128", O_RDWR);
      call(kernel, fd, drm.ioctls.VERSION, { name: { bytes: new Uint8Array(32) }, name_len: 32n });
      kernel.ioctl(kernel.dup(fd), code, ambiguous);
    });
    assertMatch(lines[3] ?? "", new RegExp(`^ioctl\\(4, DRM_IOCTL_${name}.* = -1 ENOTTY`));
  }
});

Deno.test("traceKernel() knows the dma-bufs that ioctls give", () => {
  const lines = trace(fakeDrm(), (kernel) => {
    const node = kernel.open("/dev/dri/card0", O_RDWR);
    const exported = call(kernel, node, drm.ioctls.PRIME_HANDLE_TO_FD, { handle: 1, flags: 2 });
    call(kernel, exported.values.fd, dmaBuf.ioctls.SYNC, { flags: 1n });
    const heap = kernel.open("/dev/dma_heap/system", O_RDONLY);
    const allocated = call(kernel, heap, dmaHeap.ioctls.ALLOC, { len: 4096n, fd_flags: 2 });
    const name = { bytes: new TextEncoder().encode("name\0") };
    kernel.ioctl(allocated.values.fd, dmaBuf.ioctls.SET_NAME.code, name);
    const driver = kernel.open("/dev/udmabuf", O_RDWR);
    const made = call(kernel, driver, udmabuf.ioctls.CREATE, { memfd: 1, size: 4096n });
    call(kernel, made.result, dmaBuf.ioctls.SYNC, { flags: 5n });
  });
  assertEquals(lines, [
    'open("/dev/dri/card0", O_RDWR|O_CLOEXEC) = 3',
    "ioctl(3, DRM_IOCTL_PRIME_HANDLE_TO_FD, {handle=1, flags=RDWR, fd=0} => " +
    "{handle=1, flags=RDWR, fd=4}) = 0",
    "ioctl(4, DMA_BUF_IOCTL_SYNC, {flags=START|READ}) = 0",
    'open("/dev/dma_heap/system", O_RDONLY|O_CLOEXEC) = 5',
    "ioctl(5, DMA_HEAP_IOCTL_ALLOC, {len=4096, fd=0, fd_flags=O_RDWR, heap_flags=0} => " +
    "{len=4096, fd=6, fd_flags=O_RDWR, heap_flags=0}) = 0",
    'ioctl(6, DMA_BUF_SET_NAME, "name") = 0',
    'open("/dev/udmabuf", O_RDWR|O_CLOEXEC) = 7',
    "ioctl(7, UDMABUF_CREATE, {memfd=1, flags=0, offset=0, size=4096}) = 8",
    "ioctl(8, DMA_BUF_IOCTL_SYNC, {flags=END|READ}) = 0",
  ]);
});

Deno.test("traceKernel() shows calls that are in no table raw", () => {
  const lines = trace(new FakeKernel(() => 7), (kernel) => {
    const fd = kernel.open("/dev/null", O_RDWR);
    kernel.ioctl(fd, 0x80045499, { bytes: new Uint8Array([1, 2, 3, 4]) });
    kernel.ioctl(fd, 0x5401, 0n);
    kernel.ioctl(fd, 0xc0104800, 0n); // DMA_HEAP_IOCTL_ALLOC's number, on what is no heap
    kernel.ioctl(fd, 0xc0107f00, 2n ** 64n - 1n);
    kernel.ioctl(77, 0xc0080199, { bytes: new Uint8Array(40) });
  });
  assertEquals(lines.slice(1), [
    "ioctl(3, _IOC(R, 'T', 0x99, 4), hex:01020304) = 7",
    "ioctl(3, _IOC(none, 'T', 0x1, 0), NULL) = 7",
    "ioctl(3, _IOC(RW, 'H', 0x0, 16), NULL) = 7",
    "ioctl(3, _IOC(RW, 0x7f, 0x0, 16), 0xffffffffffffffff) = 7",
    `ioctl(77, _IOC(RW, 0x1, 0x99, 8), hex:${"00".repeat(32)}…) = -1 EBADF (9)`,
  ]);
});

Deno.test("traceKernel() writes mappings and their accesses", () => {
  const inner = new FakeKernel();
  inner.present = 100;
  const lines = trace(inner, (kernel) => {
    const fd = kernel.open("/dev/x", O_RDWR);
    const map = kernel.mmap(128, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0x100000000n, "copied");
    if (typeof map === "number") throw new Error("mmap failed");
    map.write(0, new Uint8Array([0xde, 0xad]));
    map.fill(4, 60, 0xa5);
    map.read(0, new Uint8Array(6));
    map.read(40, new Uint8Array(80));
    map.write(101, new Uint8Array([1]));
    map.read(128, new Uint8Array());
    map.unmap();
    map.unmap();
    kernel.mmap(128, PROT_NONE, 0, 99, 0n, "direct");
    kernel.mmap(128, PROT_NONE, MAP_SHARED, fd, 0n, "direct");
  });
  assertEquals(lines.slice(1), [
    "mmap(NULL, 128, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0x100000000) = map#1 copied",
    "map#1 write 0:2 dead = 2",
    "map#1 fill 4:60 a5 = 60",
    "map#1 read 0:6 dead0000a5a5 = 6",
    `map#1 read 40:80 ${"a5".repeat(24)}${"00".repeat(8)}… = 60 (the next byte faults)`,
    "map#1 write 101:1 01 = 0 (the next byte faults)",
    "map#1 read 128:0 = 0",
    "map#1 unmap = 0",
    "map#1 unmap = -1 EINVAL (22)",
    "mmap(NULL, 128, PROT_NONE, 0, 99, 0x0) = -1 EBADF (9)",
    "mmap(NULL, 128, PROT_NONE, MAP_SHARED, 3, 0x0) = map#2 direct",
  ]);
});

Deno.test("traceKernel() keeps identity and device side", () => {
  const inner = new FakeKernel();
  const kernel = traceKernel(inner, () => {});
  assertStrictEquals(kernel.identity, inner.identity);
  assertStrictEquals(kernel.deviceSide, inner.deviceSide);
});
