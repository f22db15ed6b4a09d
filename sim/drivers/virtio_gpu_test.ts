import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, PROT_READ } from "../../ffi/constants.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { virtioGpu } from "../../ffi/uapi/virtio_gpu.ts";
import { loadBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";
import { createDumb, kernelOf, mapOutcome, mustCall, openNode, outcome } from "../_test_kit.ts";

const { ioctls } = virtioGpu;

Deno.test("RESOURCE_CREATE makes two-dimensional resources, of one page at least, and MAP maps them", () => {
  const kernel = kernelOf("qemu");
  const fd = openNode(kernel, "/dev/dri/renderD129");
  const plain = { target: 2, format: 1, width: 16, height: 16, depth: 1, array_size: 1 };
  for (const field of ["depth", "nr_samples", "last_level", "array_size"] as const) {
    const { result } = call(kernel, fd, ioctls.RESOURCE_CREATE, { ...plain, [field]: 2 });
    assertEquals(outcome(result), "EINVAL", field);
  }
  const target = call(kernel, fd, ioctls.RESOURCE_CREATE, { ...plain, target: 3 });
  assertEquals(outcome(target.result), "EINVAL");
  const made = mustCall(kernel, fd, ioctls.RESOURCE_CREATE, plain);
  const larger = mustCall(kernel, fd, ioctls.RESOURCE_CREATE, { ...plain, size: 5000 });
  assertEquals([made.bo_handle, larger.bo_handle], [1, 2]);
  const info = mustCall(kernel, fd, ioctls.RESOURCE_INFO, { bo_handle: larger.bo_handle });
  assertEquals([info.size, info.res_handle], [8192, larger.res_handle]);
  const { offset } = mustCall(kernel, fd, ioctls.MAP, { handle: 2 });
  assertEquals(mapOutcome(kernel, fd, 8192, offset), "ok");
  const unknown = [
    call(kernel, fd, ioctls.MAP, { handle: 9 }).result,
    call(kernel, fd, ioctls.RESOURCE_INFO, { bo_handle: 9 }).result,
    call(kernel, fd, ioctls.WAIT, { handle: 9 }).result,
  ];
  assertEquals(unknown.map(outcome), ["ENOENT", "ENOENT", "ENOENT"]);
  assertEquals(outcome(call(kernel, fd, ioctls.WAIT, { handle: 1, flags: 1 }).result), "ok");
});

Deno.test("what needs 3D, blobs or contexts is refused as on a device without them", () => {
  const kernel = kernelOf("qemu");
  const fd = openNode(kernel, "/dev/dri/renderD129");
  const results = [
    call(kernel, fd, ioctls.EXECBUFFER).result,
    call(kernel, fd, ioctls.GET_CAPS).result,
    call(kernel, fd, ioctls.RESOURCE_CREATE_BLOB).result,
    call(kernel, fd, ioctls.CONTEXT_INIT).result,
  ];
  assertEquals(results.map(outcome), ["ENOSYS", "ENOSYS", "EINVAL", "EINVAL"]);
});

Deno.test("GETPARAM writes an int through its pointer", () => {
  const kernel = kernelOf("qemu");
  const fd = openNode(kernel, "/dev/dri/renderD129");
  const param = (number: bigint): string => {
    const bytes = new Uint8Array(8).fill(0xee);
    const { result } = call(kernel, fd, ioctls.GETPARAM, { param: number, value: { bytes } });
    return result < 0 ? outcome(result) : bytes.toHex();
  };
  assertEquals(
    [param(1n), param(2n), param(99n)],
    ["00000000eeeeeeee", "01000000eeeeeeee", "EINVAL"],
  );
  const fault = call(kernel, fd, ioctls.GETPARAM, { param: 2n, value: 0n });
  assertEquals(outcome(fault.result), "EFAULT");
});

Deno.test("no display driver of the test machine maps a buffer privately", () => {
  const kernel = kernelOf("qemu@6.12");
  for (const node of ["card0", "card1", "card2", "card3"]) {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    const handle = createDumb(kernel, fd);
    const { offset } = mustCall(kernel, fd, drm.ioctls.MODE_MAP_DUMB, { handle });
    assertEquals(mapOutcome(kernel, fd, 4096, offset), "ok", node);
    assertEquals(mapOutcome(kernel, fd, 4096, offset, PROT_READ, MAP_PRIVATE), "EINVAL", node);
    kernel.close(fd);
  }
});

Deno.test("a board may have a host with blobs, which GETPARAM and RESOURCE_INFO tell", () => {
  const board = loadBoard("qemu");
  const devices = board.devices.map((device) =>
    device.driver === "virtio_gpu" ? { ...device, registers: { resource_blob: 1n } } : device
  );
  const kernel = openSimulatedKernel({ ...board, devices });
  const fd = openNode(kernel, "/dev/dri/renderD129");
  const bytes = new Uint8Array(4);
  mustCall(kernel, fd, ioctls.GETPARAM, { param: 3n, value: { bytes } });
  assertEquals(bytes[0], 1);
  mustCall(kernel, fd, ioctls.RESOURCE_CREATE_BLOB, { blob_mem: 1, blob_flags: 1, size: 5000n });
  const info = mustCall(kernel, fd, ioctls.RESOURCE_INFO, { bo_handle: 1 });
  assertEquals([info.size, info.blob_mem], [8192, 1]);
  const { result } = call(kernel, fd, ioctls.TRANSFER_TO_HOST, { bo_handle: 1 });
  assertEquals(outcome(result), "EINVAL");
});
