import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, MAP_SHARED, PROT_READ } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { tegra } from "../../ffi/uapi/tegra.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import {
  booksOf,
  bytesOf,
  createDumb,
  deviceRead,
  dmaBufSync,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
  READ_WRITE,
  SYNC_END,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const { ioctls } = tegra;
const RENDER = "/dev/dri/renderD128";
const CARD = "/dev/dri/card0";
const VGEM = "/dev/dri/card1";

function create(kernel: Kernel, fd: number, size = 4096n, flags = 0): number {
  return mustCall(kernel, fd, ioctls.GEM_CREATE, { size, flags }).handle;
}

function offsetOf(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, ioctls.GEM_MMAP, { handle }).offset;
}

Deno.test("tegra's calls answer as drm.c and gem.c do", () => {
  const kernel = kernelOf("tegra");
  const fd = openNode(kernel, RENDER);
  create(kernel, fd);
  const gemCreate = (size: bigint, flags = 0): number =>
    call(kernel, fd, ioctls.GEM_CREATE, { size, flags }).result;
  const setTiling = (handle: number, mode: number, value = 0): number =>
    call(kernel, fd, ioctls.GEM_SET_TILING, { handle, mode, value, pad: 1 }).result;
  const cases: readonly (readonly [string, number, string])[] = [
    ["GEM_CREATE, unknown flags are not looked at", gemCreate(1n, 0xffff_fffc), "ok"],
    ["GEM_CREATE, nothing: no room among fake offsets", gemCreate(0n), "ENOSPC"],
    ["GEM_CREATE, a size that wraps to nothing", gemCreate((1n << 64n) - 1n), "ENOSPC"],
    ["GEM_CREATE, more than a file holds", gemCreate(1n << 63n), "EINVAL"],
    ["GEM_CREATE, more than there is memory", gemCreate(8n << 30n), "ENOMEM"],
    ["GEM_MMAP, pad", call(kernel, fd, ioctls.GEM_MMAP, { handle: 1, pad: 1 }).result, "ok"],
    ["GEM_MMAP, unknown", call(kernel, fd, ioctls.GEM_MMAP, { handle: 9 }).result, "EINVAL"],
    ["SET_TILING, pitch", setTiling(1, 0), "ok"],
    ["SET_TILING, pitch with a value", setTiling(1, 0, 1), "EINVAL"],
    ["SET_TILING, tiled with a value", setTiling(1, 1, 1), "EINVAL"],
    ["SET_TILING, the largest block", setTiling(1, 2, 5), "ok"],
    ["SET_TILING, a larger block", setTiling(1, 2, 6), "EINVAL"],
    ["SET_TILING, unknown mode before unknown handle", setTiling(9, 3), "EINVAL"],
    ["SET_TILING, unknown handle", setTiling(9, 1), "ENOENT"],
    ["GET_TILING", call(kernel, fd, ioctls.GEM_GET_TILING, { handle: 9 }).result, "ENOENT"],
    [
      "SET_FLAGS, unknown flag before unknown handle",
      call(kernel, fd, ioctls.GEM_SET_FLAGS, { handle: 9, flags: 2 }).result,
      "EINVAL",
    ],
    ["SET_FLAGS", call(kernel, fd, ioctls.GEM_SET_FLAGS, { handle: 9 }).result, "ENOENT"],
    ["GET_FLAGS", call(kernel, fd, ioctls.GEM_GET_FLAGS, { handle: 9 }).result, "ENOENT"],
  ];
  for (const [what, result, wanted] of cases) assertEquals(outcome(result), wanted, what);
});

Deno.test("tegra's tiling and flags are those of creation until they are set", () => {
  const kernel = kernelOf("tegra");
  const fd = openNode(kernel, RENDER);
  const handle = create(kernel, fd, 4096n, 3);
  const told = (): number[] => {
    const { mode, value } = mustCall(kernel, fd, ioctls.GEM_GET_TILING, { handle, value: 9 });
    return [mode, value, mustCall(kernel, fd, ioctls.GEM_GET_FLAGS, { handle }).flags];
  };
  assertEquals(told(), [1, 0, 1]);
  mustCall(kernel, fd, ioctls.GEM_SET_TILING, { handle, mode: 2, value: 4 });
  mustCall(kernel, fd, ioctls.GEM_SET_FLAGS, { handle });
  assertEquals(told(), [2, 4, 0]);
});

Deno.test("tegra's lines of dumb buffers are aligned for the display, on the primary node alone", () => {
  for (const [board, size] of [["tegra@6.12", 12_800n], ["tegra", 16_384n]] as const) {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, CARD);
    const shape = { width: 50, height: 50, bpp: 32 };
    const made = mustCall(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, shape);
    assertEquals([made.pitch, made.size], [256, size], board);
    const render = openNode(kernel, RENDER);
    assertEquals(
      outcome(call(kernel, render, drm.ioctls.MODE_CREATE_DUMB, shape).result),
      "EACCES",
    );
  }
});

Deno.test("tegra maps write-combined from the buffer's start, privately too", () => {
  const kernel = kernelOf("tegra");
  const fd = openNode(kernel, RENDER);
  const handle = create(kernel, fd, 8192n);
  const mapping = map(kernel, fd, 8192, offsetOf(kernel, fd, handle));
  mapping.write(0, new Uint8Array([1]));
  mapping.write(4096, new Uint8Array([2]));
  assertEquals([...deviceRead(kernel, fd, handle, 0, 1)], [1]);
  const dmaBuf = exportFd(kernel, fd, handle);
  // At an offset the first page shows: tegra_bo_fault() counts from the mapping's start.
  assertEquals([...bytesOf(map(kernel, dmaBuf, 4096, 4096n), 0, 1)], [1]);
  const copy = kernel.mmap(8192, READ_WRITE, MAP_PRIVATE, dmaBuf, 0n, "direct");
  if (typeof copy === "number") throw new Error(outcome(copy));
  copy.write(0, new Uint8Array([7]));
  assertEquals([...bytesOf(copy, 0, 1), ...bytesOf(mapping, 0, 1)], [7, 1]);
});

Deno.test("tegra's begin and end visit every line, whatever the direction", () => {
  const kernel = kernelOf("tegra");
  const fd = openNode(kernel, RENDER);
  const handle = create(kernel, fd);
  const dmaBuf = exportFd(kernel, fd, handle);
  const before = booksOf(kernel, fd, handle).linesTouched;
  assertEquals(outcome(dmaBufSync(kernel, dmaBuf, SYNC_WRITE)), "ok");
  // tegra_gem_prime_begin_cpu_access() says DMA_FROM_DEVICE, whatever it was asked.
  assertEquals(booksOf(kernel, fd, handle).linesTouched - before, 64);
  assertEquals(outcome(dmaBufSync(kernel, dmaBuf, SYNC_READ | SYNC_END)), "ok");
  const { linesTouched, bytesAsked } = booksOf(kernel, fd, handle);
  assertEquals([linesTouched - before, bytesAsked], [128, 8192]);
});

Deno.test("tegra gives an offset for an import, maps it, and shows nothing of it", () => {
  const kernel = kernelOf("tegra");
  const vgem = openNode(kernel, VGEM);
  const dmaBuf = exportFd(kernel, vgem, createDumb(kernel, vgem));
  const card = openNode(kernel, CARD);
  const handle = importHandle(kernel, card, dmaBuf);
  const offset = offsetOf(kernel, card, handle);
  assertEquals(mapOutcome(kernel, card, 4096, offset), "ok");
  assertEquals(mapOutcome(kernel, card, 8192, offset), "EINVAL");
  const mapping = kernel.mmap(4096, PROT_READ, MAP_SHARED, card, offset, "copied");
  if (typeof mapping === "number") throw new Error(outcome(mapping));
  assertEquals(mapping.read(0, new Uint8Array(4)), 0);
  assertEquals(outcome(call(kernel, card, drm.ioctls.MODE_MAP_DUMB, { handle }).result), "EINVAL");
});

Deno.test("tegra's own dma-buf comes back as the same handle, and vgem takes it, too", () => {
  const kernel = kernelOf("tegra");
  const fd = openNode(kernel, RENDER);
  const handle = create(kernel, fd);
  const dmaBuf = exportFd(kernel, fd, handle);
  assertEquals(
    kernel.readText(`/proc/self/fdinfo/${dmaBuf}`).toString().match(/exp_name:\t(.*)/)?.[1],
    "tegra_drm",
  );
  assertEquals(importHandle(kernel, fd, dmaBuf), handle);
  const vgem = openNode(kernel, VGEM);
  const there = importHandle(kernel, vgem, dmaBuf);
  map(kernel, dmaBuf, 4096).write(0, new Uint8Array([0x2a]));
  assertEquals([...deviceRead(kernel, vgem, there, 0, 1)], [0x2a]);
});

Deno.test("tegra's device has its parent's node of the device tree", () => {
  const kernel = kernelOf("tegra");
  const device = "/sys/class/drm/card0/device";
  assertEquals(kernel.readDirectory(`${device}/of_node`), -errno.ENOENT);
  assertEquals(kernel.readDirectory(`${device}/../of_node`), ["compatible"]);
  assertEquals(
    kernel.readText(`${device}/uevent`),
    "DRIVER=drm\nOF_NAME=host1x\nOF_FULLNAME=/host1x@50000000\n" +
      "OF_COMPATIBLE_0=nvidia,tegra210-host1x\nOF_COMPATIBLE_N=1\n",
  );
});
