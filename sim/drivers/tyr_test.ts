import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { errno } from "../../ffi/errno.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import { readBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";

function kernelWithTyr(): ReturnType<typeof openSimulatedKernel> {
  return openSimulatedKernel(readBoard("rust.json", {
    name: "rust",
    summary: "a board with tyr",
    arch: "aarch64",
    kernel: "7.2",
    kernels: { "7.2": "7.2.13" },
    pageBytes: 4096,
    cache: { lineBytes: 64 },
    devices: [{ driver: "tyr", path: "platform/fb000000.gpu", coherency: "none" }],
  }));
}

Deno.test("tyr answers DEV_QUERY of GPU_INFO, and EINVAL to everything else of panthor", () => {
  const kernel = kernelWithTyr();
  const fd = kernel.open("/dev/dri/renderD128", 2);
  const { DEV_QUERY, ...others } = panthor.ioctls;
  const told = call(kernel, fd, DEV_QUERY, { type: 0 });
  assertEquals([told.result, told.values.size], [0, 104]);
  assertEquals(call(kernel, fd, DEV_QUERY, { type: 1 }).result, -errno.EINVAL);
  for (const { code } of Object.values(others)) {
    assertEquals(kernel.ioctl(fd, code, { bytes: new Uint8Array(256) }), -errno.EINVAL);
  }
});
