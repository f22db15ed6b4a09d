/** virtio_gpu: blobs of the guest and of the host, where the host has them; waits for them. */
import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE } from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { virtioGpu } from "../../ffi/uapi/virtio_gpu.ts";
import {
  beginJob,
  bytesOf,
  createDumb,
  deviceSide,
  endJob,
  exportFd,
  importHandle,
  importOutcome,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
} from "../_test_kit.ts";
import { loadBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";

const { ioctls } = virtioGpu;
const GUEST = 1;
const HOST = 2;
const HOST_AND_GUEST = 3;
const MAPPABLE = 1;
const CARD = "/dev/dri/card1";
const VGEM = "/dev/dri/card0";

/** The test machine on a host that has these. */
function hostWith(
  registers: Readonly<Record<string, bigint>>,
  board = "qemu@7.2",
  change: { readonly coherency?: "none" } = {},
): Kernel {
  const loaded = loadBoard(board);
  const devices = loaded.devices.map((device) =>
    device.driver === "virtio_gpu" ? { ...device, registers, ...change } : device
  );
  return openSimulatedKernel({ ...loaded, devices });
}
const blobs = { resource_blob: 1n };
const with3d = { ...blobs, virgl_3d: 1n, host_visible: 1n };

type Values = Parameters<typeof call<typeof ioctls.RESOURCE_CREATE_BLOB.struct.fields>>[3];

function blob(kernel: Kernel, fd: number, values: Values): number {
  return mustCall(kernel, fd, ioctls.RESOURCE_CREATE_BLOB, { size: 8192n, ...values }).bo_handle;
}
function offsetOf(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, ioctls.MAP, { handle }).offset;
}

Deno.test("RESOURCE_CREATE_BLOB refuses in its order, without 3D and with it", () => {
  const good = { blob_mem: GUEST, blob_flags: MAPPABLE, size: 5000n };
  const cases: [string, Values, without: string, with3d: string][] = [
    ["an unknown flag", { blob_flags: 8 }, "EINVAL", "EINVAL"],
    ["use across devices", { blob_flags: 4 }, "EINVAL", "EINVAL"],
    ["no memory", { blob_mem: 0 }, "EINVAL", "EINVAL"],
    ["memory 4", { blob_mem: 4 }, "EINVAL", "EINVAL"],
    ["guest memory with the host's id", { blob_id: 1n }, "EINVAL", "EINVAL"],
    ["guest memory with a command", { cmd_size: 4 }, "EINVAL", "EINVAL"],
    ["the host's memory", { blob_mem: HOST }, "EINVAL", "ok"],
    ["the host's memory by an id", { blob_mem: HOST, blob_id: 1n }, "EINVAL", "ok"],
    ["both", { blob_mem: HOST_AND_GUEST }, "EINVAL", "ok"],
    ["a command of 2 bytes", { blob_mem: HOST, cmd_size: 2, cmd: 1n }, "EINVAL", "EINVAL"],
    ["a command nowhere", { blob_mem: HOST, cmd_size: 4, cmd: 1n }, "EINVAL", "EFAULT"],
    ["no bytes", { size: 0n }, "ENOSPC", "ENOSPC"],
    ["no bytes of the host", { blob_mem: HOST, size: 0n }, "EINVAL", "ENOSPC"],
    ["guest memory", {}, "ok", "ok"],
  ];
  const kernels = [hostWith(blobs), hostWith(with3d)].map((kernel) => ({
    kernel,
    fd: openNode(kernel, CARD),
  }));
  for (const [what, values, ...wanted] of cases) {
    const told = kernels.map(({ kernel, fd }) =>
      outcome(call(kernel, fd, ioctls.RESOURCE_CREATE_BLOB, { ...good, ...values }).result)
    );
    assertEquals(told, wanted, what);
  }
});

Deno.test("the host's memory is MAPPABLE where the guest may see it, and mapped whole", () => {
  const blind = hostWith({ ...with3d, host_visible: 0n });
  const asked = (blob_flags: number): string => {
    const values = { blob_mem: HOST, blob_flags, size: 4096n };
    return outcome(call(blind, openNode(blind, CARD), ioctls.RESOURCE_CREATE_BLOB, values).result);
  };
  assertEquals([asked(0), asked(MAPPABLE)], ["ok", "EINVAL"]);
  const kernel = hostWith(with3d);
  const fd = openNode(kernel, CARD);
  const shown = offsetOf(kernel, fd, blob(kernel, fd, { blob_mem: HOST, blob_flags: MAPPABLE }));
  const hidden = offsetOf(kernel, fd, blob(kernel, fd, { blob_mem: HOST }));
  const told = [
    mapOutcome(kernel, fd, 8192, shown),
    mapOutcome(kernel, fd, 4096, shown),
    mapOutcome(kernel, fd, 8192, shown, 3, MAP_PRIVATE),
    mapOutcome(kernel, fd, 8192, hidden),
  ];
  assertEquals(told, ["ok", "EINVAL", "ok", "EINVAL"]);
});

Deno.test("the host says how its memory is cached", () => {
  const line = [{ offset: 0, length: 1 }];
  for (const [map_cache, stale] of [[1n, line], [2n, []], [3n, []]] as const) {
    // A device that does not snoop, so that what is in a line alone is stale to it.
    const kernel = hostWith({ ...with3d, map_cache }, "qemu@7.2", { coherency: "none" });
    const fd = openNode(kernel, CARD);
    const handle = blob(kernel, fd, { blob_mem: HOST, blob_flags: MAPPABLE });
    map(kernel, fd, 8192, offsetOf(kernel, fd, handle)).write(0, Uint8Array.of(9));
    assertEquals(deviceSide(kernel).stale(fd, handle, 0, 1), stale, `map_cache ${map_cache}`);
  }
});

Deno.test("a host blob that the guest does not see is exported, and EIO to who maps it", () => {
  for (const [board, atImport] of [["qemu@6.12", "EIO"], ["qemu@7.2", "ok"]] as const) {
    const kernel = hostWith(with3d, board);
    const fd = openNode(kernel, CARD);
    const vgem = openNode(kernel, VGEM);
    const hidden = exportFd(kernel, fd, blob(kernel, fd, { blob_mem: HOST }));
    assertEquals(importOutcome(kernel, vgem, hidden), atImport, board);
    // vgem of 7.2 takes what it never maps; a device's own access would have to.
    if (atImport === "ok") {
      const handle = importHandle(kernel, vgem, hidden);
      assertEquals(outcome(deviceSide(kernel).begin(vgem, handle, "read")), "EIO");
    }
    assertEquals(mapOutcome(kernel, hidden, 8192, 0n), "EINVAL");
    const shown = blob(kernel, fd, { blob_mem: HOST, blob_flags: MAPPABLE });
    assertEquals(importOutcome(kernel, vgem, exportFd(kernel, fd, shown)), "ok", board);
  }
});

Deno.test("another device's buffer comes in as a blob, without 3D: MAP and MAP_DUMB are EINVAL", () => {
  const hosts: [string, Readonly<Record<string, bigint>>, string, string][] = [
    ["blobs", blobs, "qemu@7.2", "ok"],
    ["no blobs", {}, "qemu@7.2", "ENODEV"],
    ["3D", with3d, "qemu@7.2", "ENODEV"],
    ["before 6.14", blobs, "qemu@6.12", "ENODEV"],
  ];
  for (const [what, registers, board, wanted] of hosts) {
    const kernel = hostWith(registers, board);
    const vgem = openNode(kernel, VGEM);
    const dmaBuf = exportFd(kernel, vgem, createDumb(kernel, vgem));
    assertEquals(importOutcome(kernel, openNode(kernel, CARD), dmaBuf), wanted, what);
  }
  const kernel = hostWith(blobs);
  const [fd, vgem] = [openNode(kernel, CARD), openNode(kernel, VGEM)];
  const dmaBuf = exportFd(kernel, vgem, createDumb(kernel, vgem));
  const handle = importHandle(kernel, fd, dmaBuf);
  const results = [
    call(kernel, fd, ioctls.MAP, { handle }).result,
    call(kernel, fd, drm.ioctls.MODE_MAP_DUMB, { handle }).result,
    call(kernel, fd, ioctls.TRANSFER_TO_HOST, { bo_handle: handle }).result,
  ];
  assertEquals(results.map(outcome), ["EINVAL", "EINVAL", "EINVAL"]);
  // It is mapped where it came from.
  map(kernel, dmaBuf, 4096).write(0, Uint8Array.of(7));
  assertEquals([...bytesOf(map(kernel, dmaBuf, 4096), 0, 1)], [7]);
  const info = mustCall(kernel, fd, ioctls.RESOURCE_INFO, { bo_handle: handle, blob_mem: 7 });
  // A blob of the guest's memory, of whose kind nothing is kept.
  assertEquals([info.size, info.blob_mem], [4096, 0]);
});

Deno.test("RESOURCE_INFO leaves blob_mem as it came where the buffer is no blob", () => {
  const kernel = hostWith(blobs);
  const fd = openNode(kernel, CARD);
  const bo_handle = createDumb(kernel, fd);
  const asked = { bo_handle, blob_mem: 7 };
  assertEquals(mustCall(kernel, fd, ioctls.RESOURCE_INFO, asked).blob_mem, 7);
});

Deno.test("TRANSFER_TO_HOST is EINVAL of guest pages that the host has already", () => {
  const kernel = hostWith(with3d);
  const fd = openNode(kernel, CARD);
  const told = [GUEST, HOST, HOST_AND_GUEST].map((blob_mem) => {
    const bo_handle = blob(kernel, fd, { blob_mem });
    return outcome(call(kernel, fd, ioctls.TRANSFER_TO_HOST, { bo_handle }).result);
  });
  assertEquals(told, ["EINVAL", "ok", "ok"]);
});

Deno.test("TRANSFER_TO_HOST of lines that are told is for the host's blobs, where there is 3D", () => {
  const told = (registers: Readonly<Record<string, bigint>>, blob_mem: number): string[] => {
    const kernel = hostWith(registers);
    const fd = openNode(kernel, CARD);
    const bo_handle = blob_mem === 0 ? createDumb(kernel, fd) : blob(kernel, fd, { blob_mem });
    return [{}, { stride: 64 }, { layer_stride: 64 }].map((strides) =>
      outcome(call(kernel, fd, ioctls.TRANSFER_TO_HOST, { bo_handle, ...strides }).result)
    );
  };
  assertEquals(told(with3d, 0), ["ok", "EINVAL", "EINVAL"]);
  assertEquals(told(with3d, HOST), ["ok", "ok", "ok"]);
  assertEquals(told(with3d, HOST_AND_GUEST), ["ok", "ok", "ok"]);
  assertEquals(told(blobs, 0), ["ok", "ok", "ok"]);
});

Deno.test("WAIT of a busy buffer is EBUSY: at once with NOWAIT, else after 15 s", () => {
  const kernel = hostWith(blobs);
  const fd = openNode(kernel, CARD);
  const handle = blob(kernel, fd, { blob_mem: GUEST });
  const wait = (flags: number): [string, bigint] => {
    const begun = kernel.now();
    const { result } = call(kernel, fd, ioctls.WAIT, { handle, flags });
    return [outcome(result), (kernel.now() - begun) / 1_000_000_000n];
  };
  assertEquals([wait(0), wait(1)], [["ok", 0n], ["ok", 0n]]);
  beginJob(kernel, fd, handle);
  assertEquals([wait(1), wait(0)], [["EBUSY", 0n], ["EBUSY", 15n]]);
  endJob(kernel, fd, handle);
  assertEquals(wait(0), ["ok", 0n]);
});
