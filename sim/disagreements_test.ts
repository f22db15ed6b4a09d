// What random calls on real kernels and on the simulator showed: each test is one disagreement that
// was found, with what the kernel does and why.
import { assertEquals } from "@std/assert";
import { call } from "../ffi/call.ts";
import {
  MAP_PRIVATE,
  MAP_SHARED,
  POLLIN,
  POLLOUT,
  PROT_READ,
  PROT_WRITE,
} from "../ffi/constants.ts";
import { errno } from "../ffi/errno.ts";
import type { Kernel } from "../ffi/kernel.ts";
import { dmaHeap } from "../ffi/uapi/dma_heap.ts";
import { encodeArray } from "../ffi/struct.ts";
import { drm } from "../ffi/uapi/drm.ts";
import { panfrost } from "../ffi/uapi/panfrost.ts";
import { vgem } from "../ffi/uapi/vgem.ts";
import { loadBoard } from "./board.ts";
import { openSimulatedKernel } from "./sim_kernel.ts";

const O_RDWR = 2;
const F_ADD_SEALS = 1033;

function kernelOf(board: string): Kernel {
  return openSimulatedKernel(loadBoard(board));
}

function inodeOf(kernel: Kernel, fd: number): bigint {
  const stat = kernel.fstat(fd);
  if (typeof stat === "number") throw new Error(`fstat: ${stat}`);
  return stat.inode;
}

function mapped(kernel: Kernel, fd: number, length: number, flags: number, offset = 0n): number {
  const map = kernel.mmap(length, PROT_READ | PROT_WRITE, flags, fd, offset, "copied");
  if (typeof map === "number") return map;
  map.unmap();
  return 0;
}

Deno.test("seals are refused with EPERM where the file is not open for writing, before all else", () => {
  const kernel = kernelOf("qemu@6.12");
  const fd = kernel.open("/dev/dma_heap/system", O_RDWR);
  const alloc = (fd_flags: number): number =>
    call(kernel, fd, dmaHeap.ioctls.ALLOC, { len: 4096n, fd_flags }).values.fd;
  assertEquals(kernel.fcntl(alloc(0), F_ADD_SEALS, 4), -errno.EPERM);
  assertEquals(kernel.fcntl(alloc(O_RDWR), F_ADD_SEALS, 4), -errno.EINVAL);
});

Deno.test("files of different file systems have different mount ids, those of /dev the same", () => {
  const kernel = kernelOf("qemu@6.12");
  const mountOf = (fd: number): string | undefined =>
    /^mnt_id:\t(\d+)$/m.exec(String(kernel.readText(`/proc/self/fdinfo/${fd}`)))?.[1];
  const [card, heap, memfd] = [
    kernel.open("/dev/dri/card0", O_RDWR),
    kernel.open("/dev/dma_heap/system", O_RDWR),
    kernel.memfdCreate("m", 0),
  ];
  assertEquals(mountOf(card), mountOf(heap));
  assertEquals(mountOf(card) === mountOf(memfd), false);
});

Deno.test("sync files share one inode, as all files without a file system do", () => {
  const kernel = kernelOf("qemu@6.12");
  const card = kernel.open("/dev/dri/card1", O_RDWR);
  const { handle } = call(kernel, card, drm.ioctls.SYNCOBJ_CREATE, { flags: 1 }).values;
  const give = (): number =>
    call(kernel, card, drm.ioctls.SYNCOBJ_HANDLE_TO_FD, { handle, flags: 1 }).values.fd;
  assertEquals(inodeOf(kernel, give()), inodeOf(kernel, give()));
});

Deno.test("the console's buffer is at the first fake offset, where nobody may map it: EACCES", () => {
  const kernel = kernelOf("qemu@6.12");
  const first = 0x1_0000_0000n;
  const card = kernel.open("/dev/dri/card3", O_RDWR);
  assertEquals(mapped(kernel, card, 131072, MAP_SHARED, first), -errno.EACCES);
  // vgem has no console.
  const vgem = kernel.open("/dev/dri/card0", O_RDWR);
  assertEquals(mapped(kernel, vgem, 131072, MAP_SHARED, first), -errno.EINVAL);
});

Deno.test("destroying syncobj 0, which is none, gives the number away on 7.2 and not on 6.12", () => {
  for (const [board, next] of [["qemu@6.12", 2], ["qemu@7.2", 0]] as const) {
    const kernel = kernelOf(board);
    const card = kernel.open("/dev/dri/card1", O_RDWR);
    const { SYNCOBJ_CREATE, SYNCOBJ_DESTROY } = drm.ioctls;
    const create = (): number => call(kernel, card, SYNCOBJ_CREATE, {}).values.handle;
    // With no handle in use there is nothing that could be marked.
    assertEquals(call(kernel, card, SYNCOBJ_DESTROY, { handle: 0 }).result, -errno.EINVAL);
    assertEquals(create(), 1);
    assertEquals(call(kernel, card, SYNCOBJ_DESTROY, { handle: 0 }).result, -errno.EINVAL);
    assertEquals(create(), next, board);
    assertEquals(create(), next === 0 ? 2 : 3, board);
  }
});

Deno.test("a heap's buffer is mapped for copies a page at a time, on 7.2 a chunk at a time", () => {
  for (const [board, outcome] of [["qemu@6.12", -errno.EINVAL], ["qemu@7.2", 0]] as const) {
    const kernel = kernelOf(board);
    const fd = kernel.open("/dev/dma_heap/system", O_RDWR);
    const alloc = (len: bigint): number =>
      call(kernel, fd, dmaHeap.ioctls.ALLOC, { len, fd_flags: O_RDWR }).values.fd;
    assertEquals(mapped(kernel, alloc(65536n), 4096, MAP_PRIVATE), 0);
    assertEquals(mapped(kernel, alloc(65536n), 5000, MAP_PRIVATE), outcome, board);
    // Two chunks of a page each.
    assertEquals(mapped(kernel, alloc(8192n), 8192, MAP_PRIVATE), -errno.EINVAL);
  }
});

Deno.test("a buffer in VRAM loses its fake offset with its last handle, mapped or not", () => {
  const kernel = kernelOf("qemu@6.12");
  const card = kernel.open("/dev/dri/card2", O_RDWR);
  const { MODE_CREATE_DUMB, MODE_MAP_DUMB, GEM_CLOSE } = drm.ioctls;
  const size = { width: 16, height: 16, bpp: 32 };
  const { handle } = call(kernel, card, MODE_CREATE_DUMB, size).values;
  const { offset } = call(kernel, card, MODE_MAP_DUMB, { handle }).values;
  const map = kernel.mmap(4096, PROT_READ | PROT_WRITE, MAP_SHARED, card, offset, "copied");
  if (typeof map === "number") throw new Error("mmap");
  assertEquals(map.write(0, new Uint8Array([7])), 1);
  call(kernel, card, GEM_CLOSE, { handle });
  assertEquals(mapped(kernel, card, 4096, MAP_SHARED, offset), -errno.EINVAL);
  const seen = new Uint8Array(1);
  map.read(0, seen);
  assertEquals(seen[0], 7);
  // TTM's object, which the mapping holds, still occupies the range: the next buffer is elsewhere.
  const place = (): unknown => {
    const { handle } = call(kernel, card, MODE_CREATE_DUMB, size).values;
    return call(kernel, card, MODE_MAP_DUMB, { handle }).values.offset;
  };
  assertEquals(place() === offset, false);
  map.unmap();
  assertEquals(place(), offset);
});

Deno.test("bochs of 6.1 knows no PRIME: ENOSYS before flags, handle and descriptor are looked at", () => {
  // Drivers had to name the two operations until 6.6, and bochs named none.
  const { GET_CAP, PRIME_HANDLE_TO_FD, PRIME_FD_TO_HANDLE } = drm.ioctls;
  for (const [board, value, refused] of [["qemu@6.1", 0n, "ENOSYS"], ["qemu@6.12", 3n, "EINVAL"]]) {
    const kernel = kernelOf(String(board));
    const card = kernel.open("/dev/dri/card2", O_RDWR);
    assertEquals(call(kernel, card, GET_CAP, { capability: 5n }).values.value, value);
    const wanted = -(refused === "ENOSYS" ? errno.ENOSYS : errno.EINVAL);
    assertEquals(call(kernel, card, PRIME_HANDLE_TO_FD, { flags: 16 }).result, wanted);
    assertEquals(call(kernel, card, PRIME_FD_TO_HANDLE, { fd: card }).result, wanted);
  }
});

Deno.test("virtio_gpu of 6.1 has no sync objects, and refuses them before their arguments", () => {
  for (const [board, refused] of [["qemu@6.1", errno.EOPNOTSUPP], ["qemu@6.12", errno.EINVAL]]) {
    const kernel = kernelOf(String(board));
    const card = kernel.open("/dev/dri/card1", O_RDWR);
    const { SYNCOBJ_CREATE, SYNCOBJ_DESTROY } = drm.ioctls;
    assertEquals(call(kernel, card, SYNCOBJ_CREATE, { flags: 2 }).result, -Number(refused));
    assertEquals(call(kernel, card, SYNCOBJ_DESTROY, { pad: 1 }).result, -Number(refused));
  }
});

Deno.test("a capability that came after a kernel is unknown to it: EINVAL, not 0", () => {
  const ATOMIC_ASYNC_PAGE_FLIP = 0x15n;
  const CURSOR_PLANE_HOTSPOT = 6n;
  const { GET_CAP, SET_CLIENT_CAP } = drm.ioctls;
  for (const [board, unknown] of [["qemu@6.1", true], ["qemu@6.12", false]] as const) {
    const kernel = kernelOf(board);
    const cirrus = kernel.open("/dev/dri/card3", O_RDWR);
    const flip = call(kernel, cirrus, GET_CAP, { capability: ATOMIC_ASYNC_PAGE_FLIP }).result;
    assertEquals(flip, unknown ? -errno.EINVAL : 0);
    const hotspot = { capability: CURSOR_PLANE_HOTSPOT, value: 1n };
    // cirrus has no hotspots: where the capability is known, that is what is said.
    const set = call(kernel, cirrus, SET_CLIENT_CAP, hotspot).result;
    assertEquals(set, unknown ? -errno.EINVAL : -errno.EOPNOTSUPP);
  }
});

Deno.test("memfds of 6.1 are executable for good: neither flag nor seal for it is known", () => {
  const [NOEXEC_SEAL, F_SEAL_EXEC] = [8, 0x20];
  for (const [board, refused] of [["qemu@6.1", errno.EINVAL], ["qemu@6.12", 0]] as const) {
    const kernel = kernelOf(board);
    const fd = kernel.memfdCreate("m", NOEXEC_SEAL);
    assertEquals(fd < 0 ? -fd : 0, refused);
    const sealing = kernel.memfdCreate("m", 2);
    assertEquals(kernel.fcntl(sealing, F_ADD_SEALS, F_SEAL_EXEC), 0 - refused);
  }
});

Deno.test("drivers of 6.1 tell the date that they were given once, later ones tell 0", () => {
  for (const [board, date] of [["qemu@6.1", "20130925"], ["qemu@6.12", "0"]] as const) {
    const kernel = kernelOf(board);
    const card = kernel.open("/dev/dri/card2", O_RDWR);
    const bytes = new Uint8Array(16);
    const told = call(kernel, card, drm.ioctls.VERSION, { date_len: 16n, date: { bytes } }).values;
    assertEquals(new TextDecoder().decode(bytes.subarray(0, Number(told.date_len))), date);
  }
});

Deno.test("numbers of drivers of old: a render node of 6.1 says EACCES, later tables have them not", () => {
  const ADD_MAP = 0x6415;
  const MODESET_CTL = 0x6408;
  const ask = (board: string, node: string, request: number): number => {
    const kernel = kernelOf(board);
    return kernel.ioctl(kernel.open(node, O_RDWR), request, { bytes: new Uint8Array(0) });
  };
  assertEquals(ask("qemu@6.1", "/dev/dri/renderD128", ADD_MAP), -errno.EACCES);
  assertEquals(ask("qemu@6.1", "/dev/dri/card0", ADD_MAP), -errno.EINVAL);
  assertEquals(ask("qemu@6.12", "/dev/dri/renderD128", ADD_MAP), -errno.EINVAL);
  assertEquals(ask("qemu@6.1", "/dev/dri/card0", MODESET_CTL), 0);
  assertEquals(ask("qemu@6.12", "/dev/dri/card0", MODESET_CTL), -errno.EINVAL);
});

Deno.test("vgem, which sets no modes, answers some numbers of mode setting otherwise than EOPNOTSUPP", () => {
  const numbers = [0xa8, 0xce, 0x3a, 0xd0];
  const ask = (board: string): number[] => {
    const kernel = kernelOf(board);
    const vgem = kernel.open("/dev/dri/card0", O_RDWR);
    return numbers.map((nr) => kernel.ioctl(vgem, 0x6400 | nr, { bytes: new Uint8Array(0) }));
  };
  const { EINVAL, EOPNOTSUPP } = errno;
  // ATTACHMODE does nothing; GETFB2 asks for modes itself; CLOSEFB came in 6.8.
  assertEquals(ask("qemu@6.1"), [0, -EINVAL, -EOPNOTSUPP, -EINVAL]);
  assertEquals(ask("qemu@6.12"), [0, -EINVAL, -EOPNOTSUPP, -EOPNOTSUPP]);
});

Deno.test("a sync of a cached heap fetches its pages, so that fdinfo tells of residency", () => {
  const kernel = kernelOf("qemu-arm64@7.2");
  // dma-coherent: cached without the flag.
  const fd = kernel.open("/dev/dri/renderD130", O_RDWR);
  const { CREATE_BO, SYNC_BO } = panfrost.ioctls;
  const { handle } = call(kernel, fd, CREATE_BO, { size: 4096, flags: 3 }).values;
  const resident = (): string | undefined =>
    /^drm-resident-memory:\t(.*)$/m.exec(String(kernel.readText(`/proc/self/fdinfo/${fd}`)))?.[1];
  assertEquals(resident(), undefined);
  const ops = encodeArray(panfrost.structs.drm_panfrost_bo_sync_op, [{ handle, size: 4096 }]);
  assertEquals(call(kernel, fd, SYNC_BO, { ops, op_count: 1 }).result, 0);
  assertEquals(resident(), "0");
});

Deno.test("a magic is free again once its file is closed: the master's numbers are an IDR", () => {
  const kernel = kernelOf("qemu@6.12");
  const master = kernel.open("/dev/dri/card1", O_RDWR);
  const magicOf = (fd: number): number => call(kernel, fd, drm.ioctls.GET_MAGIC).values.magic;
  const second = kernel.open("/dev/dri/card1", O_RDWR);
  assertEquals([magicOf(second), magicOf(master)], [1, 2]);
  kernel.close(second);
  const third = kernel.open("/dev/dri/card1", O_RDWR);
  assertEquals([magicOf(third), magicOf(master)], [1, 2]);
  // One that has been used stays taken while its file is open.
  assertEquals(call(kernel, master, drm.ioctls.AUTH_MAGIC, { magic: 1 }).result, 0);
  assertEquals(magicOf(kernel.open("/dev/dri/card1", O_RDWR)), 3);
});

Deno.test("calls of old on 6.1 are looked at before they are refused: EFAULT, EACCES, zeroes", () => {
  const open = loadBoard("qemu@6.1");
  const anyone = { mode: 0o666, gid: 0 };
  const board = { ...open, access: { ...open.access, primary: anyone } };
  const [root, user] = [0, 1000].map((uid) => openSimulatedKernel(board, { uid }));
  if (root === undefined || user === undefined) throw new Error("no kernel");
  const asked = (kernel: Kernel, code: number): number[] => {
    const card = kernel.open("/dev/dri/card0", O_RDWR);
    const block = { bytes: new Uint8Array(64).fill(0xff) };
    const answers = [kernel.ioctl(card, code, block), kernel.ioctl(card, code, 0x1000n)];
    kernel.close(card);
    return [...answers, block.bytes[0] ?? 0];
  };
  const { EACCES, EFAULT, EINVAL } = errno;
  const addMap = 0xc040_6415; // root's alone
  assertEquals(asked(root, addMap), [-EINVAL, -EFAULT, 0xff]);
  assertEquals(asked(user, addMap), [-EACCES, -EFAULT, 0xff]);
  const agpInfo = 0xc040_6433; // whoever is authenticated; the kernel's own code only reads
  assertEquals(asked(user, agpInfo), [-EINVAL, -EFAULT, 0]);
});

Deno.test("who polls a dma-buf with a fence pending holds it: count rises, for each direction once", () => {
  // dma_buf_poll() takes a reference for the callback that it queues, until the fence signals.
  const kernel = kernelOf("qemu@6.12");
  const heap = kernel.open("/dev/dma_heap/system", O_RDWR);
  const { fd } = call(kernel, heap, dmaHeap.ioctls.ALLOC, { len: 4096n, fd_flags: O_RDWR }).values;
  const node = kernel.open("/dev/dri/renderD128", O_RDWR);
  const { handle } = call(kernel, node, drm.ioctls.PRIME_FD_TO_HANDLE, { fd }).values;
  const attached = call(kernel, node, vgem.ioctls.FENCE_ATTACH, { handle });
  const count = (): string => {
    const text = String(kernel.readText(`/proc/self/fdinfo/${fd}`));
    return /^count:\t(\d+)$/m.exec(text)?.[1] ?? "";
  };
  const before = Number(count());
  const poll = (events: number): number => {
    const entry = { fd, events, revents: 0 };
    kernel.poll([entry], 0);
    return entry.revents;
  };
  assertEquals([poll(POLLIN), Number(count()) - before], [POLLIN, 0]);
  assertEquals([poll(POLLIN | POLLOUT), Number(count()) - before], [POLLIN, 1]);
  assertEquals([poll(POLLOUT), Number(count()) - before], [0, 1]);
  call(kernel, node, vgem.ioctls.FENCE_SIGNAL, { fence: attached.values.out_fence });
  assertEquals([poll(POLLOUT), Number(count()) - before], [POLLOUT, 0]);
});

Deno.test("a syncobj's descriptor is on the file system of anonymous inodes", () => {
  const kernel = kernelOf("qemu@7.2");
  const node = kernel.open("/dev/dri/renderD129", O_RDWR);
  const { handle } = call(kernel, node, drm.ioctls.SYNCOBJ_CREATE, { flags: 1 }).values;
  const { fd } = call(kernel, node, drm.ioctls.SYNCOBJ_HANDLE_TO_FD, { handle }).values;
  assertEquals(kernel.fstatfs(fd), 0x09041934);
});
