import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, PROT_READ } from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { decode } from "../../ffi/struct.ts";
import { amdgpu } from "../../ffi/uapi/amdgpu.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { loadBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";
import {
  beginJob,
  booksOf,
  bytesOf,
  createDumb,
  deviceWrite,
  dmaBufSync,
  endJob,
  exportFd,
  importHandle,
  kernelOf,
  map,
  mapOutcome,
  must,
  mustCall,
  openNode,
  outcome,
  staleRanges,
  SYNC_READ,
  SYNC_WRITE,
} from "../_test_kit.ts";

const { ioctls, structs } = amdgpu;
const GTT = 2n;
const VRAM = 4n;
const NO_CPU_ACCESS = 2n;
const USWC = 4n;
const VM_ALWAYS_VALID = 0x40n;
const SIGBUS = 0;

function gpuOf(kernel: Kernel): number {
  return openNode(kernel, "/dev/dri/renderD128");
}
function create(kernel: Kernel, fd: number, domains = GTT, domain_flags = 0n): number {
  const { out } = mustCall(kernel, fd, ioctls.GEM_CREATE, {
    in: { bo_size: 8192n, alignment: 0n, domains, domain_flags },
  });
  return out.handle ?? 0;
}
function offsetOf(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, ioctls.GEM_MMAP, { in: { handle } }).out.addr_ptr ?? 0n;
}
function pagesMoved(kernel: Kernel, fd: number, handle: number): number {
  return booksOf(kernel, fd, handle).pagesMoved;
}

Deno.test("the calls have the headers' codes", () => {
  assertEquals(
    [ioctls.GEM_CREATE, ioctls.GEM_MMAP, ioctls.GEM_WAIT_IDLE, ioctls.GEM_OP].map((c) => c.code),
    [0xc020_6440, 0xc008_6441, 0xc010_6447, 0xc018_6450],
  );
});

Deno.test("GEM_CREATE refuses flags, domains and sizes", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const cases: [string, [bigint, bigint, bigint], string][] = [
    ["an unknown flag", [4096n, GTT, 0x10n], "EINVAL"],
    ["a flag of the kernel's own", [4096n, GTT, 0x20n], "EINVAL"],
    ["a flag beyond 32 bits", [4096n, GTT, 1n << 40n], "EINVAL"],
    ["an unknown domain", [4096n, 0x80n, 0n], "EINVAL"],
    ["GDS beside memory", [4096n, GTT | 8n, 0n], "EINVAL"],
    ["GDS and GWS", [4096n, 0x18n, 0n], "EINVAL"],
    ["GDS alone, which is not simulated", [4096n, 8n, 0n], "EOPNOTSUPP"],
    ["all memory", [4096n, 7n, 0n], "ok"],
    ["ENCRYPTED without a trusted zone", [4096n, GTT, 0x400n], "EINVAL"],
    ["a GDS buffer of one VM", [4096n, 8n, VM_ALWAYS_VALID], "EINVAL"],
    ["size 0", [0n, GTT, 0n], "ENOSPC"],
    ["more than there is", [1n << 40n, GTT, 0n], "ENOMEM"],
    ["one byte", [1n, GTT, 0n], "ok"],
    ["no domain", [4096n, 0n, 0n], "ok"],
    ["all that user space may set", [4096n, VRAM, 0x1f2cfn & ~2n], "ok"],
  ];
  for (const [what, [bo_size, domains, domain_flags], wanted] of cases) {
    const values = { in: { bo_size, alignment: 0n, domains, domain_flags } };
    const { result } = call(kernel, fd, ioctls.GEM_CREATE, values);
    assertEquals(outcome(result), wanted, what);
  }
});

Deno.test("what does not fit VRAM is allowed in system memory too; GEM_OP tells", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const type = structs.drm_amdgpu_gem_create_in;
  const told = (bo_size: bigint): bigint[] => {
    const values = { in: { bo_size, alignment: 0n, domains: VRAM, domain_flags: 0n } };
    const handle = mustCall(kernel, fd, ioctls.GEM_CREATE, values).out.handle ?? 0;
    const value = { bytes: new Uint8Array(type.size) };
    mustCall(kernel, fd, ioctls.GEM_OP, { handle, op: 0, value });
    const info = decode(type, value);
    return [info.bo_size, info.domains, info.domain_flags];
  };
  // VRAM_CLEARED and VRAM_WIPE_ON_RELEASE are the kernel's own.
  assertEquals(told(5000n), [8192n, VRAM, 0x208n]);
  assertEquals(told(1n << 30n), [1n << 30n, VRAM | GTT, 0x208n]);
  const asked = (values: Parameters<typeof call<typeof ioctls.GEM_OP.struct.fields>>[3]): string =>
    outcome(call(kernel, fd, ioctls.GEM_OP, values).result);
  assertEquals(
    [
      asked({ handle: 9, padding: 1 }),
      asked({ handle: 9 }),
      asked({ handle: 1, value: 1n }),
      asked({ handle: 1, op: 9 }),
    ],
    ["EINVAL", "ENOENT", "EFAULT", "EINVAL"],
  );
});

Deno.test("GEM_MMAP is ENOENT of no handle and EPERM with NO_CPU_ACCESS, as mmap of the dma-buf", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const hidden = create(kernel, fd, GTT, NO_CPU_ACCESS);
  const asked = (handle: number): string =>
    outcome(call(kernel, fd, ioctls.GEM_MMAP, { in: { handle } }).result);
  assertEquals([asked(9), asked(hidden)], ["ENOENT", "EPERM"]);
  assertEquals(mapOutcome(kernel, exportFd(kernel, fd, hidden), 4096, 0n), "EPERM");
  const offset = offsetOf(kernel, fd, create(kernel, fd));
  assertEquals(mapOutcome(kernel, fd, 4096, offset), "ok");
  assertEquals(mapOutcome(kernel, fd, 4096, offset, PROT_READ, MAP_PRIVATE), "EINVAL");
  assertEquals(mapOutcome(kernel, fd, 4096, offset, 0, MAP_PRIVATE), "ok");
});

Deno.test("GEM_USERPTR refuses what lies across pages, flags, and pages that the GPU writes untold", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const top = 0xffff_ffff_ffff_f000n;
  const READONLY = 1;
  const cases: [string, [bigint, bigint, number], string][] = [
    ["an address between pages", [0x1004n, 4096n, READONLY], "EINVAL"],
    ["a size between pages", [0x1000n, 4097n, READONLY], "EINVAL"],
    ["an unknown flag", [0x1000n, 4096n, 0x11], "EINVAL"],
    ["an unknown flag before what is missing", [0x1000n, 4096n, 0x10], "EINVAL"],
    ["neither READONLY nor REGISTER", [0x1000n, 4096n, 2], "EACCES"],
    ["no bytes", [0x1000n, 0n, READONLY], "ENOSPC"],
    ["pages behind the last address", [top, 8192n, READONLY], "EOVERFLOW"],
    ["READONLY", [0x1000n, 4096n, READONLY], "ok"],
    ["REGISTER and ANONONLY", [0x1000n, 8192n, 10], "ok"],
  ];
  for (const [what, [addr, size, flags], wanted] of cases) {
    const { result } = call(kernel, fd, ioctls.GEM_USERPTR, { addr, size, flags });
    assertEquals(outcome(result), wanted, what);
  }
});

Deno.test("pages of the process's own are EPERM at the offset, at export and to be moved", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const values = { addr: 0x1000n, size: 4096n, flags: 8 };
  const { handle } = mustCall(kernel, fd, ioctls.GEM_USERPTR, values);
  const results = [
    call(kernel, fd, ioctls.GEM_MMAP, { in: { handle } }).result,
    call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle }).result,
    call(kernel, fd, ioctls.GEM_OP, { handle, op: 1, value: GTT }).result,
  ];
  assertEquals(results.map(outcome), ["EPERM", "EPERM", "EPERM"]);
  // It is a buffer for all that: the buffer before it in the offsets is at 4 GiB.
  const own = offsetOf(kernel, fd, create(kernel, fd));
  assertEquals(mapOutcome(kernel, fd, 4096, own - 4096n), "EPERM");
});

Deno.test("system memory is mapped cached, with USWC and in VRAM write-combined", () => {
  const board = loadBoard("amdgpu-laptop");
  // To a device that did not snoop, what is in a line alone would be stale.
  const devices = board.devices.map((device) => ({ ...device, coherency: "none" as const }));
  const kernel = openSimulatedKernel({ ...board, devices });
  const fd = gpuOf(kernel);
  const rows: [bigint, bigint, stale: string[]][] = [
    [1n, 0n, ["0..1"]],
    [GTT, 0n, ["0..1"]],
    [GTT, USWC, []],
    [VRAM, 0n, []],
    [VRAM | GTT, 0n, []],
  ];
  for (const [domains, flags, stale] of rows) {
    const handle = create(kernel, fd, domains, flags);
    map(kernel, fd, 8192, offsetOf(kernel, fd, handle)).write(0, Uint8Array.of(1));
    assertEquals(staleRanges(kernel, fd, handle, 0, 1), stale, `${domains} ${flags}`);
  }
});

Deno.test("an export of VM_ALWAYS_VALID is EPERM", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const exported = (flags: bigint): string => {
    const values = { handle: create(kernel, fd, GTT, flags) };
    return outcome(call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, values).result);
  };
  assertEquals(
    [exported(VM_ALWAYS_VALID), exported(NO_CPU_ACCESS), exported(0n)],
    ["EPERM", "ok", "ok"],
  );
});

Deno.test("an import is mapped, and its first touch is SIGBUS", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const vgem = openNode(kernel, "/dev/dri/card1");
  const dmaBuf = exportFd(kernel, vgem, createDumb(kernel, vgem));
  const imported = importHandle(kernel, fd, dmaBuf);
  const mapping = map(kernel, fd, 4096, offsetOf(kernel, fd, imported));
  assertEquals(mapping.read(0, new Uint8Array(1)), SIGBUS);
  assertEquals(mapping.write(0, new Uint8Array(1)), SIGBUS);
  assertEquals(map(kernel, dmaBuf, 4096).read(0, new Uint8Array(1)), 1);
});

Deno.test("MODE_MAP_DUMB is GEM_MMAP: it takes imports, and is EPERM where that is", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = openNode(kernel, "/dev/dri/card0");
  const vgem = openNode(kernel, "/dev/dri/card1");
  const imported = importHandle(kernel, fd, exportFd(kernel, vgem, createDumb(kernel, vgem)));
  const handles = [9, create(kernel, fd, GTT, NO_CPU_ACCESS), imported, createDumb(kernel, fd)];
  const told = handles.map((handle) =>
    outcome(call(kernel, fd, drm.ioctls.MODE_MAP_DUMB, { handle }).result)
  );
  assertEquals(told, ["ENOENT", "EPERM", "ok", "ok"]);
});

Deno.test("GEM_WAIT_IDLE answers a time-out with status 1, at an absolute time", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const handle = create(kernel, fd);
  const status = (timeout: bigint): number | undefined =>
    mustCall(kernel, fd, ioctls.GEM_WAIT_IDLE, { in: { handle, flags: 0, timeout } }).out.status;
  assertEquals(status(0n), 0);
  beginJob(kernel, fd, handle);
  const until = kernel.now() + 5000n;
  assertEquals([status(0n), status(until), kernel.now() >= until], [1, 1, true]);
  endJob(kernel, fd, handle);
  assertEquals(status(0xffff_ffff_ffff_ffffn), 0);
  const { result } = call(kernel, fd, ioctls.GEM_WAIT_IDLE, { in: { handle: 9 } });
  assertEquals(outcome(result), "ENOENT");
});

/** Pages that moved when the CPU began to read, and to write, through the dma-buf. */
function movedByBegin(domains: bigint, flags: bigint, displaysSystem = 1n): number[] {
  const board = loadBoard("amdgpu-laptop");
  const devices = board.devices.map((device) => ({
    ...device,
    registers: { ...device.registers, gpu_vm_support: displaysSystem },
  }));
  const kernel = openSimulatedKernel({ ...board, devices });
  const fd = gpuOf(kernel);
  const handle = create(kernel, fd, domains, flags);
  const dmaBuf = exportFd(kernel, fd, handle);
  return [SYNC_WRITE, SYNC_READ, SYNC_READ].map((access) => {
    must(dmaBufSync(kernel, dmaBuf, access), "begin");
    return pagesMoved(kernel, fd, handle);
  });
}

Deno.test("a begin for reading moves VRAM to system memory, where the display could show it there", () => {
  assertEquals(movedByBegin(VRAM, USWC), [0, 2, 2]);
  assertEquals(movedByBegin(VRAM, 0n), [0, 0, 0]); // not USWC
  assertEquals(movedByBegin(VRAM, USWC, 0n), [0, 0, 0]); // a card with its own memory
  assertEquals(movedByBegin(VRAM, USWC | 0x1000n), [0, 0, 0]); // DISCARDABLE: in VRAM alone
  assertEquals(movedByBegin(GTT, USWC), [0, 0, 0]); // there already
});

Deno.test("the next job moves it back, and the bytes stay", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const handle = create(kernel, fd, VRAM, USWC);
  const mapping = map(kernel, fd, 8192, offsetOf(kernel, fd, handle));
  mapping.write(4096, new Uint8Array([5]));
  const dmaBuf = exportFd(kernel, fd, handle);
  must(dmaBufSync(kernel, dmaBuf, SYNC_READ), "begin");
  deviceWrite(kernel, fd, handle, 0, 6);
  assertEquals(pagesMoved(kernel, fd, handle), 4);
  assertEquals([...bytesOf(mapping, 0, 1), ...bytesOf(mapping, 4096, 1)], [6, 5]);
});

Deno.test("another device's attachment moves it to system memory and keeps it there", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = gpuOf(kernel);
  const handle = create(kernel, fd, VRAM);
  const vgem = openNode(kernel, "/dev/dri/card1");
  importHandle(kernel, vgem, exportFd(kernel, fd, handle));
  assertEquals(pagesMoved(kernel, fd, handle), 2);
  deviceWrite(kernel, fd, handle, 0, 6);
  assertEquals(pagesMoved(kernel, fd, handle), 2);
});

Deno.test("a dumb buffer's lines are aligned by pixels", () => {
  const kernel = kernelOf("amdgpu-laptop");
  const fd = openNode(kernel, "/dev/dri/card0");
  const pitch = (width: number, bpp: number): number =>
    mustCall(kernel, fd, drm.ioctls.MODE_CREATE_DUMB, { width, height: 1, bpp }).pitch;
  assertEquals([pitch(1, 32), pitch(65, 32), pitch(1, 8), pitch(129, 16)], [256, 512, 256, 512]);
});
