import { assertEquals, assertNotEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { F_GETFD, F_GETFL, MAP_PRIVATE, O_RDWR, PROT_READ } from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import {
  allocateHeap,
  bytesOf,
  createDumb,
  createPanthor,
  DRM_CLOEXEC,
  DRM_RDWR,
  exportFd,
  importHandle,
  importOutcome,
  kernelOf,
  map,
  mapOutcome,
  mapPanthor,
  mustCall,
  openNode,
  outcome,
  panthorOffset,
  READ_WRITE,
} from "../_test_kit.ts";

const { ioctls } = drm;

function setUp(board = "panthor"): { kernel: Kernel; gpu: number; display: number; vgem: number } {
  const kernel = kernelOf(board);
  return {
    kernel,
    gpu: openNode(kernel, "/dev/dri/renderD128"),
    display: openNode(kernel, "/dev/dri/card1"),
    vgem: openNode(kernel, "/dev/dri/card2"),
  };
}
function inodeOf(kernel: Kernel, fd: number): bigint {
  const stat = kernel.fstat(fd);
  return typeof stat === "number" ? -1n : stat.inode;
}
function fdinfo(kernel: Kernel, fd: number, field: string): string {
  const text = String(kernel.readText(`/proc/self/fdinfo/${fd}`));
  return new RegExp(`^${field}:\t(.*)$`, "m").exec(text)?.[1] ?? "none";
}

Deno.test("PRIME_HANDLE_TO_FD refuses flags, a full table, an unknown handle, in that order", () => {
  const { kernel, gpu } = setUp();
  createPanthor(kernel, gpu, 4096);
  const toFd = (values: { handle: number; flags: number }): string =>
    outcome(call(kernel, gpu, ioctls.PRIME_HANDLE_TO_FD, values).result);
  for (const flags of [1, 3, 0x10, 0x8000_0000]) {
    assertEquals(toFd({ handle: 99, flags }), "EINVAL", String(flags));
  }
  assertEquals(toFd({ handle: 99, flags: DRM_RDWR | DRM_CLOEXEC }), "ENOENT");
  assertEquals(toFd({ handle: 0, flags: 0 }), "ENOENT");
  while (kernel.dup(gpu) >= 0);
  assertEquals(toFd({ handle: 99, flags: 0 }), "EMFILE");
});

Deno.test("PRIME_FD_TO_HANDLE refuses a closed descriptor and one that is no dma-buf", () => {
  const { kernel, gpu } = setUp();
  assertEquals(importOutcome(kernel, gpu, 99), "EBADF");
  assertEquals(importOutcome(kernel, gpu, -1), "EBADF");
  assertEquals(importOutcome(kernel, gpu, gpu), "EINVAL");
  assertEquals(importOutcome(kernel, gpu, openNode(kernel, "/dev/null")), "EINVAL");
});

Deno.test("the first export fixes the access mode of the dma-buf", () => {
  const { kernel, gpu } = setUp();
  const handle = createPanthor(kernel, gpu, 4096);
  const first = exportFd(kernel, gpu, handle, 0);
  const late = exportFd(kernel, gpu, handle, DRM_RDWR);
  assertNotEquals(first, late);
  assertEquals(inodeOf(kernel, first), inodeOf(kernel, late));
  assertEquals(kernel.fcntl(late, F_GETFL, 0) & 3, 0);
  assertEquals(mapOutcome(kernel, late, 4096, 0n), "EACCES");
  assertEquals(mapOutcome(kernel, late, 4096, 0n, PROT_READ), "ok");
  const other = exportFd(kernel, gpu, createPanthor(kernel, gpu, 4096), DRM_RDWR);
  assertEquals(mapOutcome(kernel, other, 4096, 0n), "ok");
});

Deno.test("the mode stays while the dma-buf lives, though every descriptor is closed", () => {
  const { kernel, gpu } = setUp();
  const handle = createPanthor(kernel, gpu, 4096);
  const first = exportFd(kernel, gpu, handle, 0);
  const inode = inodeOf(kernel, first);
  kernel.close(first);
  const again = exportFd(kernel, gpu, handle, DRM_RDWR);
  assertEquals(inodeOf(kernel, again), inode);
  assertEquals(mapOutcome(kernel, again, 4096, 0n), "EACCES");
});

Deno.test("close-on-exec is the descriptor's, and comes from the flags", () => {
  const { kernel, gpu } = setUp();
  const handle = createPanthor(kernel, gpu, 4096);
  const flagsOf = (flags: number): number =>
    kernel.fcntl(exportFd(kernel, gpu, handle, flags), F_GETFD, 0);
  assertEquals([flagsOf(0), flagsOf(DRM_CLOEXEC)], [0, 1]);
});

Deno.test("importing a dma-buf twice gives the same handle, which one close destroys", () => {
  const { kernel, gpu, vgem } = setUp();
  const fd = exportFd(kernel, gpu, createPanthor(kernel, gpu, 8192));
  const handle = importHandle(kernel, vgem, fd);
  assertEquals(importHandle(kernel, vgem, fd), handle);
  mustCall(kernel, vgem, ioctls.GEM_CLOSE, { handle });
  assertEquals(outcome(call(kernel, vgem, ioctls.GEM_CLOSE, { handle }).result), "EINVAL");
  const other = openNode(kernel, "/dev/dri/card2");
  assertEquals(importHandle(kernel, other, fd), 1);
});

Deno.test("a device's own dma-buf comes back as the original object", () => {
  const { kernel, gpu } = setUp();
  const handle = createPanthor(kernel, gpu, 4096);
  const fd = exportFd(kernel, gpu, handle);
  assertEquals(importHandle(kernel, gpu, fd), handle);
  const other = openNode(kernel, "/dev/dri/card0");
  const second = importHandle(kernel, other, fd);
  const mapping = mapPanthor(kernel, gpu, handle, 4096);
  mapping.fill(0, 4, 0x5a);
  assertEquals(
    bytesOf(mapPanthor(kernel, other, second, 4096), 0, 2),
    new Uint8Array(2).fill(0x5a),
  );
});

Deno.test("re-exporting an import returns the original dma-buf, whatever the flags", () => {
  const { kernel, gpu, vgem } = setUp();
  const fd = exportFd(kernel, gpu, createPanthor(kernel, gpu, 4096), 0);
  const imported = importHandle(kernel, vgem, fd);
  const again = exportFd(kernel, vgem, imported, DRM_RDWR);
  assertEquals(inodeOf(kernel, again), inodeOf(kernel, fd));
  assertEquals(kernel.fcntl(again, F_GETFL, 0) & 3, 0);
});

Deno.test("the dma-buf keeps the object alive after handles and nodes are gone", () => {
  const { kernel, gpu } = setUp();
  const handle = createPanthor(kernel, gpu, 4096);
  const mapping = mapPanthor(kernel, gpu, handle, 4096);
  mapping.fill(0, 4096, 0x77);
  mapping.unmap();
  const fd = exportFd(kernel, gpu, handle);
  mustCall(kernel, gpu, ioctls.GEM_CLOSE, { handle });
  kernel.close(gpu);
  assertEquals(bytesOf(map(kernel, fd, 4096), 0, 4), new Uint8Array(4).fill(0x77));
  const reopened = openNode(kernel, "/dev/dri/renderD128");
  const back = importHandle(kernel, reopened, fd);
  assertEquals(
    bytesOf(mapPanthor(kernel, reopened, back, 4096), 4092, 4),
    new Uint8Array(4).fill(0x77),
  );
});

Deno.test("fdinfo counts the references that descriptors, objects and importers hold", () => {
  const { kernel, gpu, vgem } = setUp();
  const handle = createPanthor(kernel, gpu, 4096);
  const fd = exportFd(kernel, gpu, handle);
  const count = (): string => fdinfo(kernel, fd, "count");
  assertEquals(count(), "3"); // descriptor, object, handle cache
  const copy = kernel.dup(fd);
  assertEquals(count(), "4");
  kernel.close(copy);
  const imported = importHandle(kernel, vgem, fd);
  assertEquals(count(), "6"); // the importer's attachment, object and cache
  mustCall(kernel, vgem, ioctls.GEM_CLOSE, { handle: imported });
  assertEquals(count(), "3");
  mustCall(kernel, gpu, ioctls.GEM_CLOSE, { handle });
  assertEquals(count(), "1");
});

Deno.test("a node's fdinfo adds its buffers up, and an export makes one shared", () => {
  const { kernel, gpu, display } = setUp();
  const handle = createPanthor(kernel, gpu, 1 << 20);
  createPanthor(kernel, gpu, 4096);
  const shared = (): string[] =>
    ["driver", "total-memory", "shared-memory"].map((name) => fdinfo(kernel, gpu, `drm-${name}`));
  assertEquals(shared(), ["panthor", "1028 KiB", "0"]);
  exportFd(kernel, gpu, handle);
  assertEquals(shared(), ["panthor", "1028 KiB", "1 MiB"]);
  assertEquals(fdinfo(kernel, display, "drm-driver"), "none");
});

Deno.test("MAP_DUMB of an imported buffer is EINVAL, of the exporter's own it works", () => {
  const { kernel, display, vgem } = setUp();
  const handle = createDumb(kernel, vgem);
  const fd = exportFd(kernel, vgem, handle);
  const own = importHandle(kernel, vgem, fd);
  assertEquals(outcome(call(kernel, vgem, ioctls.MODE_MAP_DUMB, { handle: own }).result), "ok");
  const foreign = importHandle(kernel, display, fd);
  const { result } = call(kernel, display, ioctls.MODE_MAP_DUMB, { handle: foreign });
  assertEquals(outcome(result), "EINVAL");
});

Deno.test("mmap on the node wants exactly the fake offset, a handle, and no more than the size", () => {
  const { kernel, gpu } = setUp();
  const other = openNode(kernel, "/dev/dri/renderD128");
  const readOnly = kernel.open("/dev/dri/renderD128", 0);
  const handle = createPanthor(kernel, gpu, 3 * 4096);
  const at = panthorOffset(kernel, gpu, handle);
  assertEquals(at >= 1n << 32n, true);
  const cases: [string, number, number, bigint, number, string][] = [
    ["the whole", gpu, 3 * 4096, at, READ_WRITE, "ok"],
    ["less", gpu, 4096, at, READ_WRITE, "ok"],
    ["part of a page", gpu, 100, at, READ_WRITE, "ok"],
    ["more", gpu, 4 * 4096, at, READ_WRITE, "EINVAL"],
    ["inside", gpu, 4096, at + 4096n, READ_WRITE, "EINVAL"],
    ["0", gpu, 4096, 0n, READ_WRITE, "EINVAL"],
    ["not a page", gpu, 4096, at + 1n, READ_WRITE, "EINVAL"],
    ["no bytes", gpu, 0, at, READ_WRITE, "EINVAL"],
    ["a file without a handle", other, 4096, at, READ_WRITE, "EACCES"],
  ];
  for (const [what, fd, length, offset, prot, wanted] of cases) {
    assertEquals(mapOutcome(kernel, fd, length, offset, prot), wanted, what);
  }
  assertEquals(mapOutcome(kernel, gpu, 4096, at, PROT_READ, MAP_PRIVATE), "EINVAL");
  const own = createPanthor(kernel, readOnly, 4096);
  const ownAt = panthorOffset(kernel, readOnly, own);
  assertEquals(mapOutcome(kernel, readOnly, 4096, ownAt), "EACCES");
  assertEquals(mapOutcome(kernel, readOnly, 4096, ownAt, PROT_READ), "ok");
});

Deno.test("a freed object's offset is EINVAL, and is given to the next that fits", () => {
  const { kernel, gpu } = setUp();
  const first = createPanthor(kernel, gpu, 8192);
  const at = panthorOffset(kernel, gpu, first);
  createPanthor(kernel, gpu, 4096);
  mustCall(kernel, gpu, ioctls.GEM_CLOSE, { handle: first });
  assertEquals(mapOutcome(kernel, gpu, 4096, at), "EINVAL");
  assertEquals(panthorOffset(kernel, gpu, createPanthor(kernel, gpu, 4096)), at);
});

Deno.test("a read-only dma-buf is writable through its importer's node", () => {
  const kernel = kernelOf("qemu-arm64");
  const exporter = openNode(kernel, "/dev/dri/renderD131");
  const importer = openNode(kernel, "/dev/dri/renderD132");
  const fd = exportFd(kernel, exporter, createPanthor(kernel, exporter, 4096), 0);
  assertEquals(mapOutcome(kernel, fd, 4096, 0n), "EACCES");
  const handle = importHandle(kernel, importer, fd);
  const mapping = map(kernel, importer, 4096, panthorOffset(kernel, importer, handle));
  // Redirected: the mapping's file is the dma-buf.
  assertEquals(String(kernel.readText("/proc/self/maps")).trim().endsWith("/dmabuf:"), true);
  mapping.fill(0, 4, 0x11);
  assertEquals(bytesOf(map(kernel, fd, 4096, 0n, PROT_READ), 0, 1), new Uint8Array([0x11]));
});

Deno.test("mmap of a dma-buf at an offset: page 0 for shmem, the asked page for heaps and VRAM", () => {
  const kernel = kernelOf("qemu@6.12");
  const fill = (fd: number): void => {
    const whole = map(kernel, fd, 2 * 4096);
    whole.fill(0, 4096, 1);
    whole.fill(4096, 4096, 2);
    whole.unmap();
  };
  const secondPage = (fd: number): number | undefined => {
    fill(fd);
    return bytesOf(map(kernel, fd, 4096, 4096n), 0, 1)[0];
  };
  const dumbFd = (node: string): number => {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    return exportFd(kernel, fd, createDumb(kernel, fd, 64, 32));
  };
  assertEquals(secondPage(dumbFd("card0")), 1);
  assertEquals(secondPage(dumbFd("card1")), 1);
  assertEquals(secondPage(dumbFd("card2")), 2);
  assertEquals(secondPage(dumbFd("card3")), 1);
  assertEquals(secondPage(allocateHeap(kernel, 2 * 4096)), 2);
});

Deno.test("importing between the devices of the test machine goes as in the booted kernels", () => {
  const importers = ["card0", "card1", "card2", "card3"];
  const wanted: Record<string, Record<string, string[]>> = {
    "qemu@6.12": {
      card0: ["ok", "ENODEV", "EINVAL", "ok"],
      card1: ["ok", "ok", "EINVAL", "ok"],
      card2: ["ENOSYS", "ENOSYS", "ok", "ENOSYS"],
      card3: ["ok", "ENODEV", "EINVAL", "ok"],
      heap: ["ok", "ENODEV", "EINVAL", "ok"],
    },
    "qemu@7.2": {
      card0: ["ok", "ENODEV", "ok", "ok"],
      card1: ["ok", "ok", "ok", "ok"],
      card2: ["ok", "ENODEV", "ok", "ok"],
      card3: ["ok", "ENODEV", "ok", "ok"],
      heap: ["ok", "ENODEV", "ok", "ok"],
    },
  };
  for (const [board, rows] of Object.entries(wanted)) {
    const kernel = kernelOf(board);
    const nodes = importers.map((name) => openNode(kernel, `/dev/dri/${name}`));
    for (const [exporter, results] of Object.entries(rows)) {
      const index = importers.indexOf(exporter);
      const node = nodes[index];
      const fd = node === undefined
        ? allocateHeap(kernel, 4096)
        : exportFd(kernel, node, createDumb(kernel, node));
      const got = nodes.map((importer) => importOutcome(kernel, importer, fd));
      assertEquals(got, results, `${board}: ${exporter}`);
    }
  }
});

Deno.test("exporters name themselves as each release does", () => {
  const cases: [string, string, string][] = [
    ["qemu@6.12", "card0", "drm"],
    ["qemu@6.12", "card1", "virtio_gpu"],
    ["qemu@6.12", "card2", "drm"],
  ];
  for (const [board, node, wanted] of cases) {
    const kernel = kernelOf(board);
    const card = openNode(kernel, `/dev/dri/${node}`);
    const fd = exportFd(kernel, card, createDumb(kernel, card));
    assertEquals(fdinfo(kernel, fd, "exp_name"), wanted);
    assertEquals(fdinfo(kernel, fd, "size"), "4096");
    assertEquals(parseInt(fdinfo(kernel, fd, "flags"), 8) & 3, O_RDWR);
  }
});
