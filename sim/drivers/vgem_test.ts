import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE } from "../../ffi/constants.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import {
  createDumb,
  createPanthor,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
  staleRanges,
} from "../_test_kit.ts";

// Its fences are in sim/dmabuf/dma_buf_test.ts.
const RENDER = "/dev/dri/renderD128";
const VGEM = "/dev/dri/card2";

Deno.test("vgem's buffers are write-combined: a device that does not snoop sees them at once", () => {
  const kernel = kernelOf("panthor");
  const vgem = openNode(kernel, VGEM);
  const handle = createDumb(kernel, vgem);
  const { offset } = mustCall(kernel, vgem, drm.ioctls.MODE_MAP_DUMB, { handle });
  map(kernel, vgem, 4096, offset).write(0, Uint8Array.of(1));
  const gpu = openNode(kernel, RENDER);
  const imported = importHandle(kernel, gpu, exportFd(kernel, vgem, handle));
  assertEquals(staleRanges(kernel, gpu, imported, 0, 4096), []);
  assertEquals(mapOutcome(kernel, vgem, 4096, offset, 3, MAP_PRIVATE), "EINVAL");
});

Deno.test("vgem has one way to an offset, MAP_DUMB, which takes no import", () => {
  const kernel = kernelOf("panthor");
  const [gpu, vgem] = [openNode(kernel, RENDER), openNode(kernel, VGEM)];
  const handle = importHandle(
    kernel,
    vgem,
    exportFd(kernel, gpu, createPanthor(kernel, gpu, 4096)),
  );
  assertEquals(outcome(call(kernel, vgem, drm.ioctls.MODE_MAP_DUMB, { handle }).result), "EINVAL");
});
