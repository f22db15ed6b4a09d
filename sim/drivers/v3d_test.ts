import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { v3d } from "../../ffi/uapi/v3d.ts";
import { kernelOf, mustCall, openNode, outcome } from "../_test_kit.ts";

// What more than one kernel tells is in live/calls/v3d.ts; here is what guests are not asked.
const { CREATE_BO, GET_BO_OFFSET } = v3d.ioctls;
const node = "/dev/dri/renderD133";

Deno.test("v3d refuses a buffer of more than the board's RAM, and nothing is left of it", () => {
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, node);
  const { result } = call(kernel, fd, CREATE_BO, { size: 0xffff_0000 });
  assertEquals(outcome(result), "ENOMEM");
  assertEquals(mustCall(kernel, fd, CREATE_BO, { size: 4096 }).offset, 4096);
});

Deno.test("v3d's GPU addresses: 128 KiB apart before super pages, by size since", () => {
  const sizes = [1, 8192, 65536, 4096, 1 << 20, 4096];
  const addresses = (board: string): number[] => {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, node);
    return sizes.map((size) => mustCall(kernel, fd, CREATE_BO, { size }).offset >> 12);
  };
  assertEquals(addresses("qemu-arm64@6.12"), [32, 64, 96, 128, 160, 416]);
  assertEquals(addresses("qemu-arm64@7.2"), [1, 2, 16, 4, 256, 5]);
});

Deno.test("v3d takes up all GPU addresses, and says ENOSPC then", () => {
  const kernel = kernelOf("qemu-arm64@6.12");
  const fd = openNode(kernel, node);
  // 128 KiB each of 4 GiB, of which the first is never given.
  for (let made = 1; made < 32768; made++) mustCall(kernel, fd, CREATE_BO, { size: 4096 });
  assertEquals(outcome(call(kernel, fd, CREATE_BO, { size: 4096 }).result), "ENOSPC");
  mustCall(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: 7 });
  const { handle } = mustCall(kernel, fd, CREATE_BO, { size: 4096 });
  assertEquals(mustCall(kernel, fd, GET_BO_OFFSET, { handle }).offset, 7 << 17);
});
