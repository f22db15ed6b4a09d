import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, PROT_READ } from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { decode } from "../../ffi/struct.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { powervr } from "../../ffi/uapi/powervr.ts";
import { loadBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";
import {
  createDumb,
  deviceRead,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
} from "../_test_kit.ts";

const { ioctls, structs } = powervr;
const PM_FW_PROTECT = 2n;
const ALLOW_CPU = 4n;

function gpuOf(kernel: Kernel): number {
  return openNode(kernel, "/dev/dri/renderD128");
}
function create(kernel: Kernel, fd: number, flags = ALLOW_CPU, size = 4096n): number {
  return mustCall(kernel, fd, ioctls.CREATE_BO, { size, flags }).handle;
}
function offsetOf(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, ioctls.GET_BO_MMAP_OFFSET, { handle }).offset;
}

Deno.test("VERSION of powervr is 1.0 on every kernel, and the calls have their codes", () => {
  for (const board of ["am62@6.12", "am62@7.2", "am62@7.3"]) {
    const kernel = kernelOf(board);
    const { version_major, version_minor } = mustCall(kernel, gpuOf(kernel), drm.ioctls.VERSION);
    assertEquals([version_major, version_minor], [1, 0], board);
  }
  assertEquals(
    [ioctls.CREATE_BO.code, ioctls.GET_BO_MMAP_OFFSET.code],
    [0xc018_6441, 0xc010_6442],
  );
});

Deno.test("CREATE_BO refuses in its order", () => {
  type Values = Parameters<typeof call<typeof ioctls.CREATE_BO.struct.fields>>[3];
  const cases: [string, Values, string][] = [
    ["padding", { size: 4096n, _padding_c: 1 }, "EINVAL"],
    ["size 0", { size: 0n }, "EINVAL"],
    ["a size that is no multiple of the page", { size: 4097n }, "EINVAL"],
    ["flag bit 3", { size: 4096n, flags: 8n }, "EINVAL"],
    ["the kernel's own flag for cached, bit 63", { size: 4096n, flags: 1n << 63n }, "EINVAL"],
    ["PM_FW_PROTECT and ALLOW_CPU", { size: 4096n, flags: 6n }, "EINVAL"],
    ["both of them and a size without room", { size: 1n << 50n, flags: 6n }, "EINVAL"],
    ["more than the fake offsets have room for", { size: 1n << 50n }, "ENOSPC"],
    ["more than there is RAM", { size: 1n << 35n }, "ENOMEM"],
    ["PM_FW_PROTECT", { size: 4096n, flags: PM_FW_PROTECT }, "ok"],
    ["BYPASS_DEVICE_CACHE and ALLOW_CPU", { size: 4096n, flags: 5n }, "ok"],
    ["nothing", { size: 4096n }, "ok"],
  ];
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  for (const [what, values, wanted] of cases) {
    assertEquals(outcome(call(kernel, fd, ioctls.CREATE_BO, values).result), wanted, what);
  }
});

Deno.test("a size has to be a multiple of the kernel's own page", () => {
  const board = loadBoard("am62");
  const kernel = openSimulatedKernel({ ...board, pageBytes: 16_384 });
  const fd = gpuOf(kernel);
  const asked = (size: bigint): string =>
    outcome(call(kernel, fd, ioctls.CREATE_BO, { size }).result);
  assertEquals([asked(4096n), asked(16_384n)], ["EINVAL", "ok"]);
});

Deno.test("an unplugged device answers ENODEV: the core is asked before the driver's own EIO", () => {
  const kernel = openSimulatedKernel(loadBoard("am62"));
  const fd = gpuOf(kernel);
  kernel.unplug("platform/bus@f0000/fd00000.gpu");
  const result = call(kernel, fd, ioctls.CREATE_BO, { size: 4096n }).result;
  assertEquals(outcome(result), "ENODEV");
});

Deno.test("GET_BO_MMAP_OFFSET refuses padding, then an unknown handle", () => {
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  const asked = (handle: number, _padding_4 = 0): string =>
    outcome(call(kernel, fd, ioctls.GET_BO_MMAP_OFFSET, { handle, _padding_4 }).result);
  assertEquals([asked(9, 1), asked(9), asked(create(kernel, fd))], ["EINVAL", "ENOENT", "ok"]);
});

Deno.test("without ALLOW_CPU the offset is given and mmap is EINVAL, through the dma-buf too", () => {
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  const hidden = create(kernel, fd, 0n);
  assertEquals(mapOutcome(kernel, fd, 4096, offsetOf(kernel, fd, hidden)), "EINVAL");
  assertEquals(mapOutcome(kernel, exportFd(kernel, fd, hidden), 4096, 0n), "EINVAL");
  const shown = create(kernel, fd);
  const offset = offsetOf(kernel, fd, shown);
  assertEquals(mapOutcome(kernel, fd, 4096, offset), "ok");
  assertEquals(mapOutcome(kernel, exportFd(kernel, fd, shown), 4096, 0n), "ok");
  // As every buffer of the shmem helper.
  assertEquals(mapOutcome(kernel, fd, 4096, offset, PROT_READ, MAP_PRIVATE), "EINVAL");
});

Deno.test("an export of PM_FW_PROTECT is EPERM, of everything else allowed", () => {
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  const exported = (flags: bigint): string => {
    const values = { handle: create(kernel, fd, flags) };
    return outcome(call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, values).result);
  };
  assertEquals(
    [exported(PM_FW_PROTECT), exported(0n), exported(1n), exported(ALLOW_CPU)],
    ["EPERM", "ok", "ok", "ok"],
  );
});

Deno.test("an import gets an offset, and its mmap is EINVAL: it has no flags", () => {
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  const vgem = openNode(kernel, "/dev/dri/card1");
  const dmaBuf = exportFd(kernel, vgem, createDumb(kernel, vgem));
  const imported = importHandle(kernel, fd, dmaBuf);
  assertEquals(mapOutcome(kernel, fd, 4096, offsetOf(kernel, fd, imported)), "EINVAL");
  assertEquals(mapOutcome(kernel, dmaBuf, 4096, 0n), "ok");
  // Its own comes back as what it was.
  const own = create(kernel, fd);
  assertEquals(importHandle(kernel, fd, exportFd(kernel, fd, own)), own);
});

/** What a device that does not snoop sees of a byte that the CPU wrote through powervr's map. */
function seenBeside(spec: string, coherency: "none" | "io-coherent"): number {
  const board = loadBoard(spec);
  const devices = board.devices.map((device) =>
    device.driver === "powervr" ? { ...device, coherency } : device
  );
  const kernel = openSimulatedKernel({ ...board, devices });
  const fd = gpuOf(kernel);
  const handle = create(kernel, fd);
  const vgem = openNode(kernel, "/dev/dri/card1");
  const imported = importHandle(kernel, vgem, exportFd(kernel, fd, handle));
  map(kernel, fd, 4096, offsetOf(kernel, fd, handle)).write(0, new Uint8Array([7]));
  assertEquals(deviceRead(kernel, fd, handle, 0, 1)[0], 7);
  return deviceRead(kernel, vgem, imported, 0, 1)[0] ?? -1;
}

Deno.test("buffers are write-combined, and cached where the device is DMA coherent, since 6.16", () => {
  assertEquals(seenBeside("am62", "none"), 7);
  assertEquals(seenBeside("am62", "io-coherent"), 0);
  assertEquals(seenBeside("am62@6.12", "io-coherent"), 7);
});

Deno.test("its dma-bufs have no hooks, and the generic exporter's name", () => {
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  const text = kernel.readText(`/proc/self/fdinfo/${exportFd(kernel, fd, create(kernel, fd))}`);
  assertEquals(/exp_name:\t(\w+)/.exec(String(text))?.[1], "drm");
});

Deno.test("DEV_QUERY tells who the GPU is; its other types are not simulated", () => {
  const kernel = kernelOf("am62");
  const fd = gpuOf(kernel);
  const type = structs.drm_pvr_dev_query_gpu_info;
  assertEquals(mustCall(kernel, fd, ioctls.DEV_QUERY, { type: 0 }).size, type.size);
  const pointer = { bytes: new Uint8Array(type.size) };
  mustCall(kernel, fd, ioctls.DEV_QUERY, { type: 0, size: type.size, pointer });
  // Branch, version, number of scalable units, configuration: 33.15.11.3.
  assertEquals(decode(type, pointer).gpu_id, 33n << 48n | 15n << 32n | 11n << 16n | 3n);
  const asked = (values: Parameters<typeof call<typeof ioctls.DEV_QUERY.struct.fields>>[3]) =>
    outcome(call(kernel, fd, ioctls.DEV_QUERY, values).result);
  assertEquals(
    [asked({ type: 0, size: 8, pointer }), asked({ type: 0, size: 16, pointer: 1n })],
    ["EINVAL", "EFAULT"],
  );
  assertEquals([asked({ type: 1 }), asked({ type: 6 })], ["EOPNOTSUPP", "EINVAL"]);
});
