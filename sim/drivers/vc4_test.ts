import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { v3d } from "../../ffi/uapi/v3d.ts";
import { vc4 } from "../../ffi/uapi/vc4.ts";
import {
  exportFd,
  importOutcome,
  kernelOf,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
} from "../_test_kit.ts";
import { checkShader } from "./_vc4_shader.ts";

// What more than one kernel tells is in live/calls/vc4.ts; here is what guests are not asked.
const { CREATE_BO, CREATE_SHADER_BO } = vc4.ioctls;
const node = "/dev/dri/renderD137";
const BINNER = 0x1_0000_0000n;

Deno.test("vc4 takes a page of anybody's, and more only of what is one piece", () => {
  const kernel = kernelOf("qemu-arm64");
  const gpu = openNode(kernel, "/dev/dri/renderD133");
  const fd = openNode(kernel, node);
  const taken = (size: number): string => {
    const { handle } = mustCall(kernel, gpu, v3d.ioctls.CREATE_BO, { size });
    return importOutcome(kernel, fd, exportFd(kernel, gpu, handle));
  };
  assertEquals([taken(4096), taken(4097)], ["ok", "EINVAL"]);
  const other = openNode(kernel, node);
  const { handle } = mustCall(kernel, other, CREATE_BO, { size: 1 << 20 });
  assertEquals(importOutcome(kernel, fd, exportFd(kernel, other, handle)), "ok");
});

Deno.test("the binner's memory lies before a GPU's first buffer, and is nobody's to map", () => {
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, node);
  const ask = (): string => mapOutcome(kernel, fd, 4096, BINNER);
  assertEquals(ask(), "EINVAL");
  const { handle } = mustCall(kernel, fd, CREATE_BO, { size: 4096 });
  assertEquals(mustCall(kernel, fd, vc4.ioctls.MMAP_BO, { handle }).offset, BINNER + (16n << 20n));
  assertEquals(ask(), "EACCES");
  kernel.close(fd);
  const again = openNode(kernel, node);
  assertEquals(mapOutcome(kernel, again, 4096, BINNER), "EINVAL");
});

Deno.test("a program that does something is for a kernel to judge", () => {
  const program = (...words: number[]): Uint8Array<ArrayBuffer> =>
    new Uint8Array(new Uint32Array(words).buffer);
  const nop = [0x009e_7000, 0x1000_09e7];
  const end = [0x009e_7000, 0x3000_09e7];
  const told = (...words: number[]): string => outcome(checkShader(program(...words)));
  assertEquals(told(...nop, ...end, ...nop, ...nop), "ok");
  assertEquals(told(...end, ...nop), "EINVAL"); // zeroes follow
  assertEquals(told(0x009e_7000, 0x0000_09e7), "EINVAL"); // a breakpoint
  assertEquals(told(0x159e_7000, 0x1002_0827), "EOPNOTSUPP"); // an operation
  assertEquals(told(0x009e_7000, 0xf000_09e7), "EOPNOTSUPP"); // a branch
  const kernel = kernelOf("qemu-arm64");
  const fd = openNode(kernel, node);
  const data = { bytes: program(...nop, 0x009e_7000, 0xf000_09e7) };
  const { result } = call(kernel, fd, CREATE_SHADER_BO, { size: 16, data });
  assertEquals(outcome(result), "EOPNOTSUPP");
  assertEquals(outcome(call(kernel, fd, drm.ioctls.GEM_CLOSE, { handle: 1 }).result), "EINVAL");
});

Deno.test("a vc4 without a GPU of its own has no table of calls: EINVAL, before any ENODEV", () => {
  // Each handler says ENODEV of a later generation (vc4_bo.c, vc4_gem.c), and is never asked:
  // vc5_drm_driver names no ioctls.
  for (const board of ["rpi4", "rpi5"]) {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, "/dev/dri/card1");
    const { version_major, name_len } = mustCall(kernel, fd, drm.ioctls.VERSION);
    assertEquals([version_major, name_len], [0, 3n], board);
    for (const { name, code, struct } of Object.values(vc4.ioctls)) {
      const bytes = new Uint8Array(struct.size);
      assertEquals(outcome(kernel.ioctl(fd, code, { bytes })), "EINVAL", `${board}: ${name}`);
    }
    const shape = { width: 64, height: 16, bpp: 32 };
    const { handle } = mustCall(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, shape);
    const { offset } = mustCall(kernel, fd, drm.ioctls.MODE_MAP_DUMB, { handle });
    assertEquals(mapOutcome(kernel, fd, 4096, offset), "ok", board);
  }
});
