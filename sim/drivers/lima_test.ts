import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { lima } from "../../ffi/uapi/lima.ts";
import { kernelOf, mustCall, openNode, outcome } from "../_test_kit.ts";

// What more than one kernel tells is in live/calls/lima.ts; here is what guests are not asked.
const { GEM_CREATE, GEM_INFO } = lima.ioctls;
const node = "/dev/dri/renderD135";
const card = "/dev/dri/card7";

Deno.test("lima refuses a buffer of more than the board's RAM, but for a heap of that size", () => {
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, node);
  const size = 0xffff_f000;
  assertEquals(outcome(call(kernel, fd, GEM_CREATE, { size }).result), "ENOMEM");
  mustCall(kernel, fd, GEM_CREATE, { size, flags: 1 });
});

Deno.test("two handles of one lima buffer share its GPU address until both are gone", () => {
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, card);
  const create = (): number => mustCall(kernel, fd, GEM_CREATE, { size: 4096 }).handle;
  const address = (handle: number): number => mustCall(kernel, fd, GEM_INFO, { handle }).va;
  const first = create();
  const { name } = mustCall(kernel, fd, drm.ioctls.GEM_FLINK, { handle: first });
  const second = mustCall(kernel, fd, drm.ioctls.GEM_OPEN, { name }).handle;
  assertEquals([first === second, address(first), address(second)], [false, 0, 0]);
  mustCall(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: first });
  assertEquals([address(second), address(create())], [0, 4096]);
  mustCall(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: second });
  assertEquals(address(create()), 0);
});
