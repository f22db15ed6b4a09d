/**
 * The live kernel against DRM devices: run by `deno run -A vm/run.ts amd64-6.12 -- deno test …`,
 * skipped where there is none that may be opened.
 *
 * @module
 */
import { assert, assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import { accountingKernel } from "./accounting_kernel.ts";
import { call } from "./call.ts";
import {
  DMA_BUF_MAGIC,
  F_ADD_SEALS,
  F_GETFD,
  F_SEAL_SHRINK,
  FD_CLOEXEC,
  MAP_SHARED,
  MFD_ALLOW_SEALING,
  O_CLOEXEC,
  O_RDONLY,
  O_RDWR,
  PROT_READ,
  PROT_WRITE,
  SEEK_END,
} from "./constants.ts";
import { errno } from "./errno.ts";
import { type Address, type Block, isError, type Kernel, type Mapping } from "./kernel.ts";
import { openLiveKernel } from "./live_kernel.ts";
import { encode, encodeArray } from "./struct.ts";
import { dmaBuf } from "./uapi/dma_buf.ts";
import { dmaHeap } from "./uapi/dma_heap.ts";
import { drm } from "./uapi/drm.ts";
import { panthor } from "./uapi/panthor.ts";
import { udmabuf } from "./uapi/udmabuf.ts";

const RW = PROT_READ | PROT_WRITE;
const DRM_RDWR_CLOEXEC = O_RDWR | O_CLOEXEC;

function openable(path: string): boolean {
  if (Deno.build.os !== "linux") return false;
  const kernel = openLiveKernel();
  const fd = kernel.open(path, O_RDWR);
  if (fd >= 0) kernel.close(fd);
  kernel.dispose();
  return fd >= 0;
}

function cards(): string[] {
  if (Deno.build.os !== "linux") return [];
  const kernel = openLiveKernel();
  const names = kernel.readDirectory("/dev/dri");
  kernel.dispose();
  if (isError(names)) return [];
  return names.filter((name) => name.startsWith("card")).map((name) => `/dev/dri/${name}`)
    .filter(openable);
}

/** Runs `body` with a kernel and holds that neither books nor /proc/self/fd show anything left. */
function withKernel(body: (kernel: Kernel) => void): void {
  const before = [...Deno.readDirSync("/proc/self/fd")].length;
  const kernel = accountingKernel(openLiveKernel());
  try {
    body(kernel);
    assertEquals(kernel.leaks(), []);
  } finally {
    kernel.dispose();
  }
  assertEquals([...Deno.readDirSync("/proc/self/fd")].length, before);
}

function mapped(result: Mapping | number): Mapping {
  if (typeof result === "number") throw new Error(`mmap answered ${result}`);
  return result;
}

/** The driver's name, asked for as libdrm does: the length first. */
function driverOf(kernel: Kernel, fd: number): string {
  const length = call(kernel, fd, drm.ioctls.VERSION).values.name_len;
  const bytes = new Uint8Array(Number(length));
  const { result, values } = call(kernel, fd, drm.ioctls.VERSION, {
    name: { bytes },
    name_len: length,
  });
  assertEquals([result, values.name_len], [0, length]);
  return new TextDecoder().decode(bytes);
}

/** Whether a card has dumb buffers: GPUs' render drivers answer ENOSYS. */
function hasDumb(path: string): boolean {
  const kernel = openLiveKernel();
  const fd = kernel.open(path, O_RDWR);
  const size = { width: 1, height: 1, bpp: 32 };
  const { result } = call(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, size);
  kernel.close(fd);
  kernel.dispose();
  return result === 0;
}

/** The first card whose driver and minor version fit. */
function cardOf(name: string, minor: number): string | undefined {
  const kernel = openLiveKernel();
  const found = available.find((path) => {
    const fd = kernel.open(path, O_RDWR);
    const fits = driverOf(kernel, fd) === name &&
      call(kernel, fd, drm.ioctls.VERSION).values.version_minor >= minor;
    kernel.close(fd);
    return fits;
  });
  kernel.dispose();
  return found;
}

const available = cards();
Deno.test({
  name: "live device: cards tell their driver through a pointer, and EFAULT for a bad one",
  ignore: available.length === 0,
  fn: () =>
    withKernel((kernel) => {
      for (const card of available) {
        const fd = kernel.open(card, O_RDWR);
        const name = driverOf(kernel, fd);
        assert(/^[a-z][a-z0-9_-]+$/.test(name), name);
        const bad = encode(drm.structs.drm_version, { name: 8n, name_len: 8n });
        assertEquals(kernel.ioctl(fd, drm.ioctls.VERSION.code, bad), -errno.EFAULT);
        assertEquals(kernel.ioctl(fd, drm.ioctls.VERSION.code, 8n), -errno.EFAULT);
        assertEquals(kernel.ioctl(fd, 0xc04064ff, 0n), -errno.EINVAL);
        kernel.close(fd);
      }
    }),
});

for (const card of available.filter(hasDumb)) {
  Deno.test(`live device: a dumb buffer of ${card} is one memory in every mapping`, () => {
    withKernel((kernel) => {
      const fd = kernel.open(card, O_RDWR);
      const driver = driverOf(kernel, fd);
      const made = call(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, {
        width: 64,
        height: 64,
        bpp: 32,
      });
      assertEquals(made.result, 0, driver);
      const { handle, size } = made.values;
      const place = call(kernel, fd, drm.ioctls.MODE_MAP_DUMB, { handle });
      assertEquals(place.result, 0, driver);
      const length = Number(size);
      const { offset } = place.values;
      const direct = mapped(kernel.mmap(length, RW, MAP_SHARED, fd, offset, "direct"));
      const copied = mapped(kernel.mmap(length, RW, MAP_SHARED, fd, offset, "copied"));
      assertEquals(copied.write(5, new Uint8Array([1, 2, 3])), 3);
      assertEquals(direct.fill(length - 2, 2, 0x5a), 2);
      const seen = new Uint8Array(length);
      assertEquals(copied.read(0, seen), length);
      assertEquals([...seen.subarray(4, 9)], [0, 1, 2, 3, 0]);
      assertEquals([...seen.subarray(length - 2)], [0x5a, 0x5a]);
      const again = new Uint8Array(length);
      assertEquals(direct.read(0, again), length);
      assertEquals(again, seen);
      assertEquals([direct.unmap(), copied.unmap()], [0, 0]);
      assertEquals(call(kernel, fd, drm.ioctls.MODE_DESTROY_DUMB, { handle }).result, 0);
      assertEquals(call(kernel, fd, drm.ioctls.GEM_CLOSE, { handle }).result, -errno.EINVAL);
      kernel.close(fd);
    });
  });

  Deno.test(`live device: PRIME of ${card} gives a dma-buf with the access asked for`, () => {
    withKernel((kernel) => {
      const fd = kernel.open(card, O_RDWR);
      for (const flags of [O_CLOEXEC, DRM_RDWR_CLOEXEC]) {
        const { handle, size } = call(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, {
          width: 32,
          height: 32,
          bpp: 32,
        }).values;
        const shared = call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle, flags });
        if (shared.result === -errno.ENOSYS) { // bochs before 6.12
          call(kernel, fd, drm.ioctls.MODE_DESTROY_DUMB, { handle });
          continue;
        }
        assertEquals(shared.result, 0);
        const buffer = shared.values.fd;
        assertEquals(kernel.fstatfs(buffer), DMA_BUF_MAGIC);
        assertEquals(kernel.fcntl(buffer, F_GETFD, 0), FD_CLOEXEC);
        assertEquals(kernel.lseek(buffer, 0n, SEEK_END), size);
        const stat = kernel.fstat(buffer);
        assert(!isError(stat) && stat.size === size);
        assertEquals(call(kernel, buffer, dmaBuf.ioctls.SYNC, { flags: 3n }).result, 0);
        assertEquals(call(kernel, buffer, dmaBuf.ioctls.SYNC, { flags: 0x100n }).result, -22);
        const map = kernel.mmap(Number(size), RW, MAP_SHARED, buffer, 0n, "copied");
        if (flags === O_CLOEXEC) assertEquals(map, -errno.EACCES);
        else if (map !== -errno.ENOSYS) { // qxl on 6.1
          const memory = mapped(map);
          assertEquals(memory.fill(0, Number(size), 0xa5), Number(size));
          const last = new Uint8Array(1);
          assertEquals([memory.read(Number(size) - 1, last), last[0]], [1, 0xa5]);
          memory.unmap();
        }
        const imported = call(kernel, fd, drm.ioctls.PRIME_FD_TO_HANDLE, { fd: buffer });
        assertEquals([imported.result, imported.values.handle], [0, handle], "own buffer");
        call(kernel, fd, drm.ioctls.GEM_CLOSE, { handle });
        kernel.close(buffer);
      }
      kernel.close(fd);
    });
  });
}

const panthorCard = cardOf("panthor", 7);
Deno.test({
  name: "live device: panthor follows the addresses inside BO_SYNC and BO_SET_LABEL",
  ignore: panthorCard === undefined,
  fn: () =>
    withKernel((kernel) => {
      const { ioctls, structs } = panthor;
      const fd = kernel.open(panthorCard ?? "", O_RDWR);
      assertEquals(driverOf(kernel, fd), "panthor");
      const { handle } = call(kernel, fd, ioctls.BO_CREATE, { size: 8192n, flags: 2 }).values;
      const label = { bytes: new TextEncoder().encode("label\0") };
      assertEquals(call(kernel, fd, ioctls.BO_SET_LABEL, { handle, label }).result, 0);
      assertEquals(
        call(kernel, fd, ioctls.BO_SET_LABEL, { handle, label: 8n }).result,
        -errno.EFAULT,
      );

      const sync = (array: Block | Address, count: number): number =>
        call(kernel, fd, ioctls.BO_SYNC, { ops: { stride: 24, count, array } }).result;
      const inside = { handle, type: 1, offset: 64n, size: 8128n };
      const ops = encodeArray(structs.drm_panthor_bo_sync_op, [
        inside,
        { ...inside, size: 8129n },
        { ...inside, handle: 999 },
      ]);
      assertEquals(sync(ops, 1), 0);
      assertEquals(sync(ops, 2), -errno.EINVAL, "one byte beyond the end");
      assertEquals(sync({ bytes: ops.bytes.subarray(48) }, 1), -errno.ENOENT);
      assertEquals(sync(8n, 1), -errno.EFAULT);
      assertEquals(sync(0n, 0), 0);

      const { offset } = call(kernel, fd, ioctls.BO_MMAP_OFFSET, { handle }).values;
      const map = mapped(kernel.mmap(8192, RW, MAP_SHARED, fd, offset, "copied"));
      assertEquals(map.fill(0, 8192, 0x5a), 8192);
      map.unmap();
      call(kernel, fd, drm.ioctls.GEM_CLOSE, { handle });
      kernel.close(fd);
    }),
});

Deno.test({
  name: "live device: a dma-heap buffer is zero and can be written",
  ignore: !openable("/dev/dma_heap/system"),
  fn: () =>
    withKernel((kernel) => {
      const heap = kernel.open("/dev/dma_heap/system", O_RDONLY);
      const { result, values } = call(kernel, heap, dmaHeap.ioctls.ALLOC, {
        len: 8192n,
        fd_flags: DRM_RDWR_CLOEXEC,
      });
      assertEquals(result, 0);
      assertNotEquals(values.fd, 0);
      const map = mapped(kernel.mmap(8192, RW, MAP_SHARED, values.fd, 0n, "copied"));
      const bytes = new Uint8Array(8192).fill(9);
      assertEquals(map.read(0, bytes), 8192);
      assert(bytes.every((byte) => byte === 0));
      assertEquals(map.write(100, bytes.fill(7, 0, 10).subarray(0, 10)), 10);
      map.unmap();
      kernel.close(values.fd);
      kernel.close(heap);
    }),
});

Deno.test({
  name: "live device: a udmabuf shows its memfd's pages, and END before START is EINVAL",
  ignore: !openable("/dev/udmabuf"),
  fn: () =>
    withKernel((kernel) => {
      const driver = kernel.open("/dev/udmabuf", O_RDWR);
      const memory = kernel.memfdCreate("pages", MFD_ALLOW_SEALING);
      assertEquals(kernel.ftruncate(memory, 65536n), 0);
      const values = { memfd: memory, flags: 1, size: 65536n };
      assertEquals(call(kernel, driver, udmabuf.ioctls.CREATE, values).result, -errno.EINVAL);
      assertEquals(kernel.fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
      const buffer = call(kernel, driver, udmabuf.ioctls.CREATE, values).result;
      assertGreater(buffer, 2);
      assertEquals(call(kernel, buffer, dmaBuf.ioctls.SYNC, { flags: 7n }).result, -errno.EINVAL);
      assertEquals(call(kernel, buffer, dmaBuf.ioctls.SYNC, { flags: 3n }).result, 0);
      const inside = mapped(kernel.mmap(65536, RW, MAP_SHARED, memory, 0n, "direct"));
      const shared = mapped(kernel.mmap(65536, RW, MAP_SHARED, buffer, 0n, "copied"));
      assertEquals(inside.fill(60000, 5, 0x42), 5);
      const seen = new Uint8Array(6);
      assertEquals(shared.read(59999, seen), 6);
      assertEquals([...seen], [0, 0x42, 0x42, 0x42, 0x42, 0x42]);
      assertEquals([inside.unmap(), shared.unmap()], [0, 0]);
      assertEquals(call(kernel, buffer, dmaBuf.ioctls.SYNC, { flags: 7n }).result, 0);
      for (const fd of [buffer, memory, driver]) kernel.close(fd);
    }),
});
