// What random calls and direct ones on qxl of booted kernels showed.
import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_SHARED, PROT_READ } from "../../ffi/constants.ts";
import { qxl } from "../../ffi/uapi/qxl.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { createDumb, kernelOf, mapOutcome, mustCall, openNode, outcome } from "../_test_kit.ts";

const { MODE_CREATE_DUMB, MODE_MAP_DUMB, PRIME_FD_TO_HANDLE, PRIME_HANDLE_TO_FD } = drm.ioctls;
const RDWR = 2;
const NODES = { vgem: "card0", virtio_gpu: "card1", bochs: "card2", cirrus: "card3" };

Deno.test("qxl refuses a format after it has told the size, which 7.2 takes back", () => {
  for (const [board, size] of [["qemu@6.1", 4096n], ["qemu@6.12", 4096n], ["qemu@7.2", 0n]]) {
    const kernel = kernelOf(String(board));
    const fd = openNode(kernel, "/dev/dri/card4");
    const odd = call(kernel, fd, MODE_CREATE_DUMB, { width: 16, height: 16, bpp: 24 });
    assertEquals(outcome(odd.result), "EINVAL");
    assertEquals([odd.values.size, odd.values.pitch, odd.values.handle], [size, 0, 0]);
    assertEquals(
      mustCall(kernel, fd, MODE_CREATE_DUMB, { width: 16, height: 16, bpp: 16 }).pitch,
      32,
    );
  }
});

Deno.test("a dma-buf of qxl is mapped by the CPU from 6.12 on, on 6.1 it is ENOSYS", () => {
  for (const [board, wanted] of [["qemu@6.1", "ENOSYS"], ["qemu@6.12", "ok"], ["qemu@7.2", "ok"]]) {
    const kernel = kernelOf(String(board));
    const fd = openNode(kernel, "/dev/dri/card4");
    const handle = createDumb(kernel, fd);
    const db = mustCall(kernel, fd, PRIME_HANDLE_TO_FD, { handle, flags: RDWR }).fd;
    assertEquals(mapOutcome(kernel, db, 4096, 0n), wanted, String(board));
    const { offset } = mustCall(kernel, fd, MODE_MAP_DUMB, { handle });
    assertEquals(mapOutcome(kernel, fd, 4096, offset), "ok");
  }
});

Deno.test("who maps qxl's buffers for a device is refused; drivers of 7.2 that map none take them", () => {
  const importers = (board: string): Record<string, string> => {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, "/dev/dri/card4");
    const handle = createDumb(kernel, fd);
    const db = mustCall(kernel, fd, PRIME_HANDLE_TO_FD, { handle, flags: RDWR }).fd;
    return Object.fromEntries(
      Object.entries(NODES).map(([name, node]) => {
        const importer = openNode(kernel, `/dev/dri/${node}`);
        return [name, outcome(call(kernel, importer, PRIME_FD_TO_HANDLE, { fd: db }).result)];
      }),
    );
  };
  const [no, ok] = ["ENOSYS", "ok"];
  assertEquals(importers("qemu@6.1"), { vgem: no, virtio_gpu: no, bochs: no, cirrus: no });
  assertEquals(importers("qemu@6.12"), { vgem: no, virtio_gpu: no, bochs: "EINVAL", cirrus: no });
  assertEquals(importers("qemu@7.2"), { vgem: ok, virtio_gpu: no, bochs: ok, cirrus: ok });
});

Deno.test("consoles take as much as their first mode needs, and qxl's are nine objects", () => {
  const kernel = kernelOf("qemu@6.12");
  const first = 0x1_0000_0000n;
  const own = (node: string, page: number, pages: number): string => {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    const at = first + BigInt(page * 4096);
    const result = mapOutcome(kernel, fd, pages * 4096, at, PROT_READ, MAP_SHARED);
    kernel.close(fd);
    return result;
  };
  // 1280x800 in 32 bits, 1024x768 in 16: EACCES is somebody's, EINVAL nobody's or not so long.
  assertEquals([own("card1", 0, 1000), own("card1", 0, 1001)], ["EACCES", "EINVAL"]);
  assertEquals([own("card2", 0, 1000), own("card2", 0, 1001)], ["EACCES", "EINVAL"]);
  assertEquals([own("card3", 0, 384), own("card3", 0, 385)], ["EACCES", "EINVAL"]);
  const starts = [0, 1, 769, 770, 771, 772, 1541, 1542, 1543];
  assertEquals(starts.map((page) => own("card4", page, 1)), starts.map(() => "EACCES"));
  assertEquals([own("card4", 1, 768), own("card4", 772, 769), own("card4", 0, 2)], [
    "EACCES",
    "EACCES",
    "EINVAL",
  ]);
  assertEquals(own("card4", 2312, 1), "EINVAL");
});

Deno.test("qxl's own calls: a buffer in video memory with a fake offset, parameters, what is refused", () => {
  const { ALLOC, GETPARAM, MAP } = qxl.ioctls;
  const kernel = kernelOf("qemu@6.12");
  const fd = openNode(kernel, "/dev/dri/card4");
  assertEquals(outcome(call(kernel, fd, ALLOC, { size: 0 }).result), "EINVAL");
  const { handle } = mustCall(kernel, fd, ALLOC, { size: 5000 });
  const { offset } = mustCall(kernel, fd, MAP, { handle, pad: 1 });
  assertEquals(mapOutcome(kernel, fd, 8192, offset), "ok");
  assertEquals(outcome(call(kernel, fd, MAP, { handle: 99 }).result), "ENOENT");
  assertEquals(mustCall(kernel, fd, GETPARAM, { param: 1n }).value, 1024n);
  assertEquals(mustCall(kernel, fd, GETPARAM, { param: 2n }).value, 96n);
  assertEquals(outcome(call(kernel, fd, GETPARAM, { param: 3n }).result), "EINVAL");
});
