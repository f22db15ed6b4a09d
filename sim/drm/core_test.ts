import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { O_RDONLY } from "../../ffi/constants.ts";
import { requestCode } from "../../ffi/ioctl.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { decode, encode } from "../../ffi/struct.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { createDumb, createPanthor, kernelOf, mustCall, openNode, outcome } from "../_test_kit.ts";

const { ioctls, structs } = drm;

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("drm_ioctl() refuses in its order: type, number, copy-in, permission, handler", () => {
  const kernel = kernelOf("qemu@6.12");
  const render = openNode(kernel, "/dev/dri/renderD128");
  const good = encode(structs.drm_mode_create_dumb, { width: 64, height: 16, bpp: 32 });
  const cases: [string, number, typeof good | bigint, string][] = [
    ["a foreign type", requestCode("RW", "x", 0xb2, 32), 0n, "ENOTTY"],
    ["a number out of the driver's table", requestCode("RW", "d", 0x7f, 8), 0n, "EINVAL"],
    ["an empty core slot", requestCode("RW", "d", 0x30, 8), 0n, "EINVAL"],
    ["an address that is not mapped", ioctls.MODE_CREATE_DUMB.code, 0n, "EFAULT"],
    ["another such address", ioctls.MODE_CREATE_DUMB.code, 0xdead_beefn, "EFAULT"],
    ["a render node", ioctls.MODE_CREATE_DUMB.code, good, "EACCES"],
  ];
  for (const [what, request, argument, wanted] of cases) {
    assertEquals(outcome(kernel.ioctl(render, request, argument)), wanted, what);
  }
});

Deno.test("drm_ioctl() zero-fills what is not passed and copies back no more than was", () => {
  const kernel = kernelOf("qemu@6.12");
  const card = openNode(kernel, "/dev/dri/card0");
  // 16 bytes of CREATE_DUMB: flags is there, handle, pitch and size are not.
  const short = encode(structs.drm_mode_create_dumb, { width: 64, height: 16, bpp: 32 });
  const cut = { bytes: short.bytes.slice(0, 16) };
  const request = requestCode("RW", "d", 0xb2, 16);
  assertEquals(outcome(kernel.ioctl(card, request, cut)), "ok");
  const longer = { bytes: new Uint8Array(40).fill(0xee) };
  longer.bytes.set(short.bytes);
  assertEquals(outcome(kernel.ioctl(card, requestCode("RW", "d", 0xb2, 40), longer)), "ok");
  assertEquals(decode(structs.drm_mode_create_dumb, longer).handle, 2);
  assertEquals(longer.bytes.slice(32), new Uint8Array(8).fill(0xee));
  // Write-only direction bits: nothing comes back, though the call is done.
  const oneWay = encode(structs.drm_mode_create_dumb, { width: 64, height: 16, bpp: 32 });
  assertEquals(outcome(kernel.ioctl(card, requestCode("W", "d", 0xb2, 32), oneWay)), "ok");
  assertEquals(decode(structs.drm_mode_create_dumb, oneWay).handle, 0);
});

Deno.test("VERSION tells true lengths and fills what fits, without a NUL", () => {
  const kernel = kernelOf("panthor@6.12");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const name = new Uint8Array(3);
  const description = new Uint8Array(32).fill(0xff);
  const values = mustCall(kernel, fd, ioctls.VERSION, {
    name_len: 3n,
    name: { bytes: name },
    desc_len: 32n,
    desc: { bytes: description },
  });
  assertEquals([values.version_major, values.version_minor], [1, 0]);
  assertEquals([values.name_len, values.date_len, values.desc_len], [7n, 1n, 18n]);
  assertEquals(text(name), "pan");
  assertEquals(text(description.subarray(0, 18)), "Panthor DRM driver");
  assertEquals(description[18], 0xff);
  const bad = call(kernel, fd, ioctls.VERSION, { name_len: 8n, name: 0x1000n });
  assertEquals(outcome(bad.result), "EFAULT");
});

Deno.test("VERSION names the drivers as each release does", () => {
  const cases: [string, string, string][] = [
    ["panthor@6.12", "renderD128", "panthor 1.0"],
    ["panthor@7.2", "renderD128", "panthor 1.8"],
    ["panthor@7.3", "renderD128", "panthor 1.9"],
    ["panfrost@6.12", "renderD128", "panfrost 1.2"],
    ["panfrost@7.2", "renderD128", "panfrost 1.6"],
    ["panthor@6.12", "card1", "rockchip 1.0"],
    ["qemu@6.12", "card0", "vgem 1.0"],
    ["qemu@6.12", "renderD129", "virtio_gpu 0.1"],
    ["qemu@6.12", "card2", "bochs-drm 1.0"],
    ["qemu@6.12", "card3", "cirrus 2.0"],
    ["qemu@7.2", "card3", "cirrus-qemu 2.0"],
    ["qemu-arm64@6.12", "renderD136", "msm 1.12"],
    ["qemu-arm64@7.2", "renderD133", "v3d 1.0"],
    ["qemu-arm64@7.2", "renderD134", "etnaviv 1.4"],
    ["qemu-arm64@7.2", "renderD135", "lima 1.1"],
    ["qemu-arm64@7.2", "renderD136", "msm 1.13"],
    ["qemu-arm64@7.2", "renderD137", "vc4 0.0"],
    ["amdgpu-laptop", "renderD128", "amdgpu 3.64"],
    ["xe-card", "renderD128", "xe 1.1"],
    ["tegra", "renderD128", "tegra 1.0"],
    ["am62", "renderD128", "powervr 1.0"],
  ];
  for (const [board, node, wanted] of cases) {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, `/dev/dri/${node}`);
    const name = new Uint8Array(16);
    const date = new Uint8Array(16);
    const values = mustCall(kernel, fd, ioctls.VERSION, {
      name_len: 16n,
      name: { bytes: name },
      date_len: 16n,
      date: { bytes: date },
    });
    const told = `${text(name.subarray(0, Number(values.name_len)))} ` +
      `${values.version_major}.${values.version_minor}`;
    assertEquals(told, wanted);
    assertEquals(text(date.subarray(0, Number(values.date_len))), "0");
  }
});

function cap(kernel: Kernel, fd: number, capability: number): string {
  const { result, values } = call(kernel, fd, ioctls.GET_CAP, { capability: BigInt(capability) });
  return result < 0 ? outcome(result) : String(values.value);
}

Deno.test("GET_CAP tells a driver without modes from one with them", () => {
  const kernel = kernelOf("qemu@6.12");
  const [dumb, prime, timestamp, syncobj] = [1, 5, 6, 0x13];
  const cases: [string, string[]][] = [
    ["card0", ["EOPNOTSUPP", "3", "1", "0"]],
    ["renderD128", ["EOPNOTSUPP", "3", "1", "0"]],
    ["card1", ["1", "3", "1", "1"]],
    ["card2", ["1", "3", "1", "0"]],
    ["card3", ["1", "3", "1", "0"]],
  ];
  for (const [node, wanted] of cases) {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    assertEquals([dumb, prime, timestamp, syncobj].map((n) => cap(kernel, fd, n)), wanted, node);
    kernel.close(fd);
  }
  const vgem = openNode(kernel, "/dev/dri/card0");
  const bochs = openNode(kernel, "/dev/dri/card2");
  assertEquals([cap(kernel, vgem, 0x99), cap(kernel, bochs, 0x99)], ["EOPNOTSUPP", "EINVAL"]);
});

Deno.test("SET_CLIENT_CAP is for primary nodes of drivers with modes", () => {
  const kernel = kernelOf("qemu@6.12");
  const cases: [string, bigint, bigint, string][] = [
    ["renderD129", 2n, 1n, "EACCES"],
    ["card0", 2n, 1n, "EOPNOTSUPP"],
    ["card1", 2n, 1n, "ok"],
    ["card1", 2n, 2n, "EINVAL"],
    ["card1", 3n, 2n, "ok"],
    ["card1", 3n, 3n, "EINVAL"],
    ["card1", 5n, 1n, "EINVAL"],
    ["card1", 6n, 1n, "EINVAL"],
    ["card2", 6n, 1n, "EOPNOTSUPP"],
    ["card2", 7n, 1n, "EINVAL"],
    ["card1", 0x99n, 1n, "EINVAL"],
  ];
  for (const [node, capability, value, wanted] of cases) {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    const { result } = call(kernel, fd, ioctls.SET_CLIENT_CAP, { capability, value });
    assertEquals(outcome(result), wanted, `${node} ${capability}=${value}`);
    kernel.close(fd);
  }
});

Deno.test("handles start at 1 in each open file, and the lowest free number is next", () => {
  const kernel = kernelOf("panthor");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const other = openNode(kernel, "/dev/dri/renderD128");
  assertEquals([1, 2, 3].map(() => createPanthor(kernel, fd, 4096)), [1, 2, 3]);
  assertEquals(createPanthor(kernel, other, 4096), 1);
  mustCall(kernel, fd, ioctls.GEM_CLOSE, { handle: 2, pad: 77 });
  assertEquals(createPanthor(kernel, fd, 4096), 2);
  for (const handle of [0, 4, 0xffff_ffff]) {
    assertEquals(outcome(call(kernel, fd, ioctls.GEM_CLOSE, { handle }).result), "EINVAL");
  }
});

Deno.test("GEM_FLINK and GEM_OPEN share an object by name, on the primary node", () => {
  const kernel = kernelOf("qemu@6.12");
  const card = openNode(kernel, "/dev/dri/card0");
  const render = openNode(kernel, "/dev/dri/renderD128");
  const handle = createDumb(kernel, card);
  const { name } = mustCall(kernel, card, ioctls.GEM_FLINK, { handle });
  assertEquals(mustCall(kernel, card, ioctls.GEM_FLINK, { handle }).name, name);
  assertEquals(outcome(call(kernel, card, ioctls.GEM_FLINK, { handle: 9 }).result), "ENOENT");
  assertEquals(outcome(call(kernel, card, ioctls.GEM_OPEN, { name: 99 }).result), "ENOENT");
  assertEquals(outcome(call(kernel, render, ioctls.GEM_OPEN, { name }).result), "EACCES");
  const opened = mustCall(kernel, card, ioctls.GEM_OPEN, { name });
  assertEquals([opened.handle, opened.size], [2, 4096n]);
  mustCall(kernel, card, ioctls.GEM_CLOSE, { handle });
  mustCall(kernel, card, ioctls.GEM_CLOSE, { handle: 2 });
  assertEquals(outcome(call(kernel, card, ioctls.GEM_OPEN, { name }).result), "ENOENT");
});

Deno.test("CREATE_DUMB checks before any driver does, and MAP_DUMB and DESTROY_DUMB after it", () => {
  const kernel = kernelOf("panthor");
  const display = openNode(kernel, "/dev/dri/card1");
  const panthor = openNode(kernel, "/dev/dri/card0");
  const big = 0xffff_ffff;
  const cases: [string, number, { width: number; height: number; bpp: number }, string][] = [
    ["no dumb buffers", panthor, { width: 0, height: 0, bpp: 0 }, "ENOSYS"],
    ["width 0", display, { width: 0, height: 1, bpp: 32 }, "EINVAL"],
    ["height 0", display, { width: 1, height: 0, bpp: 32 }, "EINVAL"],
    ["bpp 0", display, { width: 1, height: 1, bpp: 0 }, "EINVAL"],
    ["bpp too large", display, { width: 1, height: 1, bpp: big - 7 }, "EINVAL"],
    ["stride overflow", display, { width: big, height: 1, bpp: 32 }, "EINVAL"],
    ["size overflow", display, { width: 1 << 16, height: 1 << 16, bpp: 8 }, "EINVAL"],
    ["page alignment overflow", display, { width: big, height: 1, bpp: 8 }, "EINVAL"],
    ["good", display, { width: 1, height: 1, bpp: 32 }, "ok"],
  ];
  for (const [what, fd, values, wanted] of cases) {
    assertEquals(outcome(call(kernel, fd, ioctls.MODE_CREATE_DUMB, values).result), wanted, what);
  }
  const made = mustCall(kernel, display, ioctls.MODE_CREATE_DUMB, {
    width: 100,
    height: 3,
    bpp: 32,
    handle: 99,
    pitch: 99,
    size: 99n,
  });
  // rockchip rounds lines to 64 bytes.
  assertEquals([made.handle, made.pitch, made.size], [2, 448, 4096n]);
  const mapDumb = (fd: number, handle: number): string =>
    outcome(call(kernel, fd, ioctls.MODE_MAP_DUMB, { handle }).result);
  assertEquals(
    [mapDumb(panthor, 1), mapDumb(display, 9), mapDumb(display, 1)],
    ["ENOSYS", "ENOENT", "ok"],
  );
  const destroy = (fd: number, handle: number): string =>
    outcome(call(kernel, fd, ioctls.MODE_DESTROY_DUMB, { handle }).result);
  assertEquals(
    [destroy(panthor, 1), destroy(display, 9), destroy(display, 1), destroy(display, 1)],
    ["ENOSYS", "EINVAL", "ok", "EINVAL"],
  );
});

Deno.test("pixels of 12 bits take two bytes since 6.19, packed modes and old kernels count bits", () => {
  for (const [board, wanted] of [["qemu@6.12", 95], ["qemu@7.2", 126]] as const) {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, "/dev/dri/card3");
    const pitch = (width: number, bpp: number): number =>
      mustCall(kernel, fd, ioctls.MODE_CREATE_DUMB, { width, height: 1, bpp }).pitch;
    assertEquals([pitch(63, 12), pitch(16, 1), pitch(5, 7)], [wanted, 2, 5], board);
  }
});

Deno.test("a failed CREATE_DUMB clears what goes out, in 6.12 only if the driver was asked", () => {
  const asked = { width: 1, height: 1, bpp: 24, handle: 77, pitch: 77, size: 77n };
  const left = (board: string, height: number): number => {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, "/dev/dri/card1");
    const { values } = call(kernel, fd, ioctls.MODE_CREATE_DUMB, { ...asked, height });
    return values.handle;
  };
  assertEquals([left("qemu@6.12", 0), left("qemu@6.12", 1)], [77, 0]);
  assertEquals([left("qemu@7.2", 0), left("qemu@7.2", 1)], [0, 0]);
});

Deno.test("dumb buffers are sized as each driver does", () => {
  const kernel = kernelOf("qemu@6.12");
  const cases: [string, number, string][] = [
    ["card0", 24, "300x16384"],
    ["card1", 24, "EINVAL"],
    ["card1", 32, "400x40960"],
    ["card2", 24, "300x32768"],
    ["card3", 24, "300x32768"],
  ];
  for (const [node, bpp, wanted] of cases) {
    const fd = openNode(kernel, `/dev/dri/${node}`);
    const height = node === "card0" ? 50 : 100;
    const { result, values } = call(kernel, fd, ioctls.MODE_CREATE_DUMB, {
      width: 100,
      height,
      bpp,
    });
    assertEquals(result < 0 ? outcome(result) : `${values.pitch}x${values.size}`, wanted, node);
    kernel.close(fd);
  }
});

Deno.test("SET_CLIENT_NAME takes 64 visible characters, from 6.13 on", () => {
  const kernel = kernelOf("qemu@7.2");
  const fd = openNode(kernel, "/dev/dri/renderD128");
  const name = (value: string): string => {
    const bytes = new TextEncoder().encode(value);
    const values = { name_len: BigInt(bytes.length), name: { bytes } };
    return outcome(call(kernel, fd, ioctls.SET_CLIENT_NAME, values).result);
  };
  const cases: [string, string][] = [
    ["boctl", "ok"],
    ["", "ok"],
    ["x".repeat(64), "ok"],
    ["x".repeat(65), "EINVAL"],
    ["two words", "EINVAL"],
    ["nul\0", "EINVAL"],
    ["ä", "EINVAL"],
  ];
  for (const [value, wanted] of cases) assertEquals(name(value), wanted, value);
  const fault = { name_len: 4n, name: 0x1000n };
  assertEquals(outcome(call(kernel, fd, ioctls.SET_CLIENT_NAME, fault).result), "EFAULT");
  const old = kernelOf("qemu@6.12");
  const oldFd = openNode(old, "/dev/dri/renderD128");
  // An empty slot: EINVAL comes before the argument is looked at.
  assertEquals(outcome(old.ioctl(oldFd, ioctls.SET_CLIENT_NAME.code, 0n)), "EINVAL");
});

Deno.test("GEM_CHANGE_HANDLE is EINVAL, whatever it is given", () => {
  for (const board of ["qemu@6.12", "qemu@7.2"]) {
    const kernel = kernelOf(board);
    const fd = openNode(kernel, "/dev/dri/card0");
    const handle = createDumb(kernel, fd);
    const { result } = call(kernel, fd, ioctls.GEM_CHANGE_HANDLE, { handle, new_handle: 7 });
    assertEquals(outcome(result), "EINVAL", board);
  }
});

Deno.test("a node that was opened read-only answers ioctls all the same", () => {
  const kernel = kernelOf("panthor");
  const fd = kernel.open("/dev/dri/renderD128", O_RDONLY);
  assertEquals(createPanthor(kernel, fd, 4096), 1);
});
