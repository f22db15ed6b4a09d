import { assert, assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import {
  DMA_BUF_MAGIC,
  MAP_PRIVATE,
  POLLIN,
  POLLOUT,
  PROT_READ,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { dmaBuf } from "../../ffi/uapi/dma_buf.ts";
import { vgem } from "../../ffi/uapi/vgem.ts";
import {
  allocateHeap,
  createDumb,
  createPanthor,
  dmaBufSync,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const { ioctls } = dmaBuf;

function vgemBuffer(kernel: Kernel): { card: number; handle: number; fd: number } {
  const card = openNode(kernel, "/dev/dri/card0");
  const handle = createDumb(kernel, card);
  return { card, handle, fd: exportFd(kernel, card, handle) };
}

Deno.test("DMA_BUF_IOCTL_SYNC refuses in its order: EFAULT, unknown bits, no direction", () => {
  const kernel = kernelOf("qemu");
  const { fd } = vgemBuffer(kernel);
  assertEquals(outcome(kernel.ioctl(fd, ioctls.SYNC.code, 0n)), "EFAULT");
  const short = { bytes: new Uint8Array(4) };
  assertEquals(outcome(kernel.ioctl(fd, ioctls.SYNC.code, short)), "EFAULT");
  const cases: [bigint, string][] = [
    [0x100n, "EINVAL"],
    [1n << 40n, "EINVAL"],
    [8n | 1n, "EINVAL"],
    [0n, "EINVAL"],
    [4n, "EINVAL"],
    [1n, "ok"],
    [2n, "ok"],
    [3n, "ok"],
    [7n, "ok"],
  ];
  for (const [flags, wanted] of cases) {
    assertEquals(outcome(call(kernel, fd, ioctls.SYNC, { flags }).result), wanted, String(flags));
  }
});

Deno.test("a dma-buf answers unknown ioctls with ENOTTY", () => {
  const kernel = kernelOf("qemu");
  const { fd } = vgemBuffer(kernel);
  for (const request of [0, 0x40086209, 0xc0106400, 0xffff_ffff]) {
    assertEquals(outcome(kernel.ioctl(fd, request, 0n)), "ENOTTY");
  }
});

Deno.test("SET_NAME takes up to 31 characters, and a later name replaces an earlier one", () => {
  const kernel = kernelOf("qemu");
  const { fd } = vgemBuffer(kernel);
  const setName = (name: string, code: number = ioctls.SET_NAME_B.code): string =>
    outcome(kernel.ioctl(fd, code, { bytes: new TextEncoder().encode(name) }));
  assertEquals(kernel.readLink(`/proc/self/fd/${fd}`), "/dmabuf:");
  assertEquals(setName("frame\0"), "ok");
  assertEquals(kernel.readLink(`/proc/self/fd/${fd}`), "/dmabuf:frame");
  assertEquals(setName("x".repeat(32) + "\0"), "EINVAL");
  assertEquals(setName("x".repeat(31) + "\0", ioctls.SET_NAME_A.code), "ok");
  assertEquals(setName("no end"), "EFAULT");
  assertEquals(outcome(kernel.ioctl(fd, ioctls.SET_NAME_B.code, 0n)), "EFAULT");
  const info = String(kernel.readText(`/proc/self/fdinfo/${fd}`));
  assert(info.endsWith(`exp_name:\tdrm\nname:\t${"x".repeat(31)}\n`), info);
});

Deno.test("lseek tells the size and nothing else", () => {
  const kernel = kernelOf("qemu");
  const { fd } = vgemBuffer(kernel);
  const cases: [bigint, number, bigint][] = [
    [0n, SEEK_END, 4096n],
    [0n, SEEK_SET, 0n],
    [1n, SEEK_SET, -22n],
    [1n, SEEK_END, -22n],
    [0n, SEEK_CUR, -22n],
    [0n, 3, -22n],
  ];
  for (const [offset, whence, wanted] of cases) {
    assertEquals(kernel.lseek(fd, offset, whence), wanted);
  }
});

Deno.test("fstat and fstatfs identify a dma-buf", () => {
  const kernel = kernelOf("qemu");
  const { fd } = vgemBuffer(kernel);
  const other = allocateHeap(kernel, 8192);
  const [a, b] = [kernel.fstat(fd), kernel.fstat(other)];
  assert(typeof a !== "number" && typeof b !== "number");
  assertEquals([a.size, b.size], [4096n, 8192n]);
  assert(a.inode !== b.inode);
  assertEquals(kernel.fstatfs(fd), DMA_BUF_MAGIC);
});

Deno.test("mmap of a dma-buf is bounded by its size, and private maps are the exporter's choice", () => {
  const kernel = kernelOf("qemu");
  const { fd } = vgemBuffer(kernel);
  const heap = allocateHeap(kernel, 2 * 4096);
  const cases: [string, number, number, bigint, string][] = [
    ["whole", heap, 8192, 0n, "ok"],
    ["second page", heap, 4096, 4096n, "ok"],
    ["too long", heap, 8193, 0n, "EINVAL"],
    ["past the end", heap, 4096, 8192n, "EINVAL"],
    ["far past the end", heap, 4096, 1n << 62n, "EINVAL"],
    ["wrapping", heap, 8192, (1n << 64n) - 4096n, "EOVERFLOW"],
  ];
  for (const [what, file, length, offset, wanted] of cases) {
    assertEquals(mapOutcome(kernel, file, length, offset), wanted, what);
  }
  const privately = (file: number, length: number): string =>
    mapOutcome(kernel, file, length, 0n, PROT_READ, MAP_PRIVATE);
  assertEquals(privately(fd, 4096), "EINVAL");
  // remap_pfn_range(): copy-on-write over one whole mapping of one page, and no more.
  assertEquals([privately(heap, 4096), privately(heap, 8192)], ["ok", "EINVAL"]);
});

Deno.test("poll tells readers from writers by the fences that are pending", () => {
  const kernel = kernelOf("qemu");
  const { card, handle, fd } = vgemBuffer(kernel);
  const poll = (timeoutMs: number): [number, number] => {
    const entry = { fd, events: POLLIN | POLLOUT, revents: 0 };
    return [kernel.poll([entry], timeoutMs), entry.revents];
  };
  assertEquals(poll(0), [1, POLLIN | POLLOUT]);
  const reader = mustCall(kernel, card, vgem.ioctls.FENCE_ATTACH, { handle });
  assertEquals(poll(0), [1, POLLIN]);
  mustCall(kernel, card, vgem.ioctls.FENCE_SIGNAL, { fence: reader.out_fence });
  mustCall(kernel, card, vgem.ioctls.FENCE_ATTACH, { handle, flags: 1 });
  assertEquals(poll(0), [0, 0]);
  const before = kernel.now();
  assertEquals(poll(1000), [0, 0]);
  assert(kernel.now() - before >= 1_000_000_000n && kernel.now() - before < 1_100_000_000n);
  // The fence expires ten seconds after it was attached: the poll ends then, not at its time-out.
  assertEquals(poll(60_000), [1, POLLIN | POLLOUT]);
  assert(kernel.now() - before < 11_000_000_000n);
});

Deno.test("SYNC START waits for implicit fences as its direction says, SYNC END does not", () => {
  const kernel = kernelOf("qemu");
  const { card, handle, fd } = vgemBuffer(kernel);
  mustCall(kernel, card, vgem.ioctls.FENCE_ATTACH, { handle });
  const took = (flags: number): bigint => {
    const before = kernel.now();
    assertEquals(dmaBufSync(kernel, fd, flags), 0);
    return (kernel.now() - before) / 1_000_000_000n;
  };
  assertEquals(took(SYNC_READ), 0n);
  assertEquals(took(SYNC_WRITE | SYNC_END), 0n);
  assertEquals(took(SYNC_WRITE), 9n);
});

Deno.test("a sync_file carries a buffer's fences out and in", () => {
  const kernel = kernelOf("qemu");
  const { card, handle, fd } = vgemBuffer(kernel);
  const exported = (flags: number): string =>
    outcome(call(kernel, fd, ioctls.EXPORT_SYNC_FILE, { flags }).result);
  assertEquals([exported(0), exported(4), exported(3)], ["EINVAL", "EINVAL", "ok"]);
  for (const { code } of [ioctls.EXPORT_SYNC_FILE, ioctls.IMPORT_SYNC_FILE]) {
    assertEquals(outcome(kernel.ioctl(fd, code, 0n)), "EFAULT");
  }
  mustCall(kernel, card, vgem.ioctls.FENCE_ATTACH, { handle, flags: 1 });
  const file = mustCall(kernel, fd, ioctls.EXPORT_SYNC_FILE, { flags: 1 }).fd;
  const ready = (): number => kernel.poll([{ fd: file, events: POLLIN, revents: 0 }], 0);
  assertEquals(ready(), 0);
  const heap = allocateHeap(kernel, 4096);
  const imported = (flags: number, from: number): string =>
    outcome(call(kernel, heap, ioctls.IMPORT_SYNC_FILE, { flags, fd: from }).result);
  assertEquals(
    [imported(0, file), imported(8, file), imported(2, heap), imported(2, 99), imported(2, file)],
    ["EINVAL", "EINVAL", "EINVAL", "EINVAL", "ok"],
  );
  assertEquals(kernel.poll([{ fd: heap, events: POLLIN, revents: 0 }], 0), 0);
  mustCall(kernel, card, vgem.ioctls.FENCE_SIGNAL, { fence: 1 });
  assertEquals(ready(), 1);
  assertEquals(kernel.poll([{ fd: heap, events: POLLIN, revents: 0 }], 0), 1);
});

Deno.test("a vgem fence refuses a conflict, and signals once, in time or too late", () => {
  const kernel = kernelOf("qemu");
  const { card, handle } = vgemBuffer(kernel);
  const attach = (values: { handle: number; flags?: number; pad?: number }): string =>
    outcome(call(kernel, card, vgem.ioctls.FENCE_ATTACH, values).result);
  const signal = (fence: number, flags = 0): string =>
    outcome(call(kernel, card, vgem.ioctls.FENCE_SIGNAL, { fence, flags }).result);
  const cases: [Parameters<typeof attach>[0], string][] = [
    [{ handle: 99, flags: 2 }, "EINVAL"],
    [{ handle: 99, pad: 1 }, "EINVAL"],
    [{ handle: 99 }, "ENOENT"],
    [{ handle }, "ok"],
    [{ handle }, "ok"], // readers do not conflict
    [{ handle, flags: 1 }, "EBUSY"],
  ];
  for (const [values, wanted] of cases) assertEquals(attach(values), wanted);
  assertEquals([signal(1, 1), signal(7), signal(1), signal(1)], [
    "EINVAL",
    "ENOENT",
    "ok",
    "ENOENT",
  ]);
  kernel.poll([], 11_000);
  assertEquals(signal(2), "ETIMEDOUT");
});

Deno.test("panthor's begin and end act on every device mapping, older panthor's on none", () => {
  for (const [board, cleaned] of [["panthor@7.2", 64], ["panthor@6.12", 0]] as const) {
    const kernel = kernelOf(board);
    const gpu = openNode(kernel, "/dev/dri/renderD128");
    const display = openNode(kernel, "/dev/dri/card1");
    const handle = createPanthor(kernel, gpu, 4096, board === "panthor@7.2" ? 2 : 0);
    const fd = exportFd(kernel, gpu, handle);
    importHandle(kernel, display, fd);
    map(kernel, fd, 4096).fill(0, 4096, 1);
    dmaBufSync(kernel, fd, SYNC_WRITE | SYNC_END);
    const books = kernel.deviceSide?.books(gpu, handle);
    assert(typeof books === "object");
    // Two mappings: the second visit finds the lines clean.
    const visits = cleaned === 0 ? 0 : 2 * 64;
    assertEquals([books.linesCleaned, books.linesTouched], [cleaned, visits], board);
  }
});

Deno.test("a heap's begin and end act on importers only, and letting go invalidates", () => {
  const kernel = kernelOf("panthor");
  const display = openNode(kernel, "/dev/dri/card1");
  const fd = allocateHeap(kernel, 4096);
  const mapping = map(kernel, fd, 4096);
  mapping.fill(0, 4096, 1);
  assertEquals(dmaBufSync(kernel, fd, SYNC_READ), 0);
  const handle = importHandle(kernel, display, fd); // mapping it cleans
  const books = (): { cleaned: number; discarded: number } => {
    const found = kernel.deviceSide?.books(display, handle);
    assert(typeof found === "object");
    return { cleaned: found.linesCleaned, discarded: found.dirtyBytesDiscarded };
  };
  assertEquals(books(), { cleaned: 64, discarded: 0 });
  mapping.fill(0, 64, 2);
  assertEquals(dmaBufSync(kernel, fd, SYNC_READ), 0); // begin for reading discards the write
  assertEquals(books(), { cleaned: 64, discarded: 64 });
  const seen = new Uint8Array(1);
  mapping.read(0, seen);
  assertEquals(seen, new Uint8Array([1]));
});
