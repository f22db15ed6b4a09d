/** kbase: the handshake, memory and its flags, in the order of the checks of r35p0. */
import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import { kbase } from "../../ffi/uapi/kbase.ts";
import { loadBoard } from "../board.ts";
import { openSimulatedKernel } from "../sim_kernel.ts";
import {
  kernelOf,
  kernelWith,
  map,
  mapOutcome,
  mustCall,
  openNode,
  outcome,
} from "../_test_kit.ts";
import {
  ALL,
  allocate,
  allocOutcome,
  CACHED,
  context,
  CPU_RD,
  CPU_WR,
  csfKernel,
  FIRST_COOKIE,
  GPU_EX,
  GPU_RD,
  GPU_WR,
  handshake,
  mapTracking,
  PAGE,
  query,
  SAME_VA,
} from "./_kbase_test_kit.ts";

const { ioctls } = kbase;
const COMMITTED = 1n;
const VA_SIZE = 2n;
const FLAGS = 3n;

Deno.test("the node is a misc device that everybody may open, with its device in sysfs", () => {
  const kernel = openSimulatedKernel(loadBoard("kbase"), { uid: 1000 });
  const stat = kernel.stat("/dev/mali0");
  assertEquals(typeof stat === "object" && [stat.kind, stat.mode, stat.rdev], [
    "character",
    0o666,
    "10:124",
  ]);
  assertEquals(kernel.open("/dev/mali0", 2) >= 0, true);
  assertEquals(kernel.readLink("/sys/class/misc/mali0/device"), "../../../fde60000.gpu");
  assertEquals(kernel.readText("/sys/class/misc/mali0/dev"), "10:124\n");
});

Deno.test("version check, then SET_FLAGS; neither a second time, and the flags not first", () => {
  const kernel = kernelOf("kbase");
  const fd = openNode(kernel, "/dev/mali0");
  const { SET_FLAGS, VERSION_CHECK_JM } = ioctls;
  assertEquals(outcome(call(kernel, fd, SET_FLAGS).result), "EPERM");
  assertEquals(outcome(call(kernel, fd, SET_FLAGS, { create_flags: 1 }).result), "EINVAL");
  assertEquals(handshake(kernel, fd), ["ok", "ok"]);
  assertEquals(handshake(kernel, fd), ["EPERM", "EPERM"]);
  // The version is told all the same.
  const { values } = call(kernel, fd, VERSION_CHECK_JM, { major: 5, minor: 99 });
  assertEquals([values.major, values.minor], [11, 33]);
});

Deno.test("the version check settles on the lower minor version, or tells its own", () => {
  const rows: readonly [number, number, number, number][] = [
    [11, 33, 11, 33],
    [11, 99, 11, 33],
    [11, 4, 11, 4],
    [1, 8, 11, 33],
  ];
  for (const [major, minor, ...settled] of rows) {
    const kernel = kernelOf("kbase");
    const fd = openNode(kernel, "/dev/mali0");
    const { values } = call(kernel, fd, ioctls.VERSION_CHECK_JM, { major, minor });
    assertEquals([values.major, values.minor], settled, `${major}.${minor}`);
  }
});

Deno.test("each kind of GPU has its own number for the version check, and EPERM at the other", () => {
  const { VERSION_CHECK_CSF, VERSION_CHECK_JM } = ioctls;
  const rows = [
    [kernelOf("kbase"), VERSION_CHECK_CSF, VERSION_CHECK_JM],
    [csfKernel(), VERSION_CHECK_JM, VERSION_CHECK_CSF],
  ] as const;
  for (const [kernel, others, own] of rows) {
    const fd = openNode(kernel, "/dev/mali0");
    // The refused one leaves the file as it was.
    assertEquals(outcome(call(kernel, fd, others).result), "EPERM");
    assertEquals(outcome(call(kernel, fd, own).result), "ok");
  }
  const kernel = csfKernel();
  const fd = openNode(kernel, "/dev/mali0");
  const { values } = call(kernel, fd, ioctls.VERSION_CHECK_CSF, { major: 1, minor: 2 });
  assertEquals([values.major, values.minor], [1, 2]);
});

Deno.test("clients before 11.15 have a context from the version check on", () => {
  for (const [minor, before] of [[14, "EINVAL"], [15, "EPERM"]] as const) {
    const kernel = kernelOf("kbase");
    const fd = openNode(kernel, "/dev/mali0");
    call(kernel, fd, ioctls.VERSION_CHECK_JM, { major: 11, minor });
    // EINVAL is an answer of the call itself: the tracking page is missing.
    assertEquals(allocOutcome(kernel, fd, {}), before, `11.${minor}`);
    assertEquals(outcome(call(kernel, fd, ioctls.SET_FLAGS).result), "ok");
    assertEquals(allocOutcome(kernel, fd, {}), "EINVAL");
  }
});

Deno.test("before the handshake every call and every mapping is EPERM, after it ENOTTY", () => {
  const kernel = kernelOf("kbase");
  const fd = openNode(kernel, "/dev/mali0");
  const unknown = 0x4008_80ff;
  assertEquals(kernel.ioctl(fd, unknown, { bytes: new Uint8Array(8) }), -errno.EPERM);
  assertEquals(allocOutcome(kernel, fd, {}), "EPERM");
  assertEquals(mapOutcome(kernel, fd, PAGE, 3n * 4096n, 0), "EPERM");
  handshake(kernel, fd);
  assertEquals(kernel.ioctl(fd, unknown, { bytes: new Uint8Array(8) }), -errno.ENOTTY);
  // The whole code counts, not the number alone as in DRM.
  const longer = ioctls.MEM_FREE.code + (8 << 16);
  assertEquals(kernel.ioctl(fd, longer, { bytes: new Uint8Array(16) }), -errno.ENOTTY);
  assertEquals(kernel.ioctl(fd, ioctls.MEM_FREE.code, 0x10n), -errno.EFAULT);
});

Deno.test("memory is allocated after the tracking page was mapped, which is once and for nothing", () => {
  const kernel = kernelOf("kbase");
  const fd = openNode(kernel, "/dev/mali0");
  handshake(kernel, fd);
  assertEquals(allocOutcome(kernel, fd, {}), "EINVAL");
  const page = mapTracking(kernel, fd);
  assertEquals(page.read(0, new Uint8Array(1)), 0);
  assertEquals(mapOutcome(kernel, fd, PAGE, 3n * 4096n, 0), "EFAULT");
  assertEquals(allocOutcome(kernel, fd, {}), "ok");
  // The process is known from then on, mapping or not.
  page.unmap();
  assertEquals(allocOutcome(kernel, fd, {}), "ok");
});

Deno.test("MEM_ALLOC says ENOMEM to flags and sizes that it does not like", () => {
  const { kernel, fd } = context();
  const rows: readonly [string, bigint][] = [
    ["ok", ALL],
    ["ok", ALL | SAME_VA],
    ["ok", GPU_RD | GPU_WR],
    ["ok", CPU_WR | GPU_RD],
    ["ENOMEM", 0n],
    ["ENOMEM", CPU_RD | CPU_WR], // nothing for the GPU
    ["ENOMEM", GPU_RD | CPU_RD], // nobody writes
    ["ENOMEM", GPU_WR | CPU_WR], // nobody reads
    ["ok", CPU_RD | CPU_WR | GPU_RD | GPU_EX],
    ["ENOMEM", ALL | GPU_EX],
    ["ENOMEM", ALL | 0x4000n], // NEED_MMAP, which only comes back
    ["ENOMEM", ALL | 0x200n], // GROW_ON_GPF without an extension
    ["ENOMEM", ALL | 0x4_0000n], // IMPORT_SHARED
    ["ENOMEM", ALL | 0x400_0000n], // IMPORT_SYNC_ON_MAP_UNMAP
    ["ENOMEM", ALL | 0x20n], // PERMANENT_KERNEL_MAPPING
    ["ENOMEM", ALL | 0x8000n], // COHERENT_SYSTEM_REQUIRED
    ["ok", ALL | 0x8000n | 0x20_0000n], // … which means nothing to memory uncached by the GPU
    ["ok", ALL | 0x400n],
    ["ENOMEM", ALL | 0x400n | 0x800n], // COHERENT_SYSTEM and COHERENT_LOCAL
    ["ENOMEM", ALL | 1n << 30n],
  ];
  for (const [expected, flags] of rows) {
    assertEquals(allocOutcome(kernel, fd, { flags }), expected, `flags 0x${flags.toString(16)}`);
  }
  const sizes: readonly [string, Parameters<typeof allocOutcome>[2]][] = [
    ["ENOMEM", { va_pages: 0n }],
    ["ENOMEM", { commit_pages: 2n }],
    ["ok", { va_pages: 4n }],
    ["ENOMEM", { va_pages: (8n << 18n) + 1n }], // more than 8 GiB
    ["ENOMEM", { va_pages: 4n, extension: 1n }],
    ["ok", { va_pages: 4n, extension: 1n, flags: ALL | 0x200n }],
    ["ENOMEM", { va_pages: 4n, extension: 3n, flags: ALL | 0x10_0000n }], // TILER_ALIGN_TOP
    ["ok", { va_pages: 4n, extension: 4n, flags: ALL | 0x10_0000n }],
  ];
  for (const [expected, asked] of sizes) {
    assertEquals(allocOutcome(kernel, fd, asked), expected, JSON.stringify(asked, String));
  }
});

Deno.test("memory is there from the start: more than the board has is ENOMEM, but for its address", () => {
  const { kernel, fd } = context(openSimulatedKernel({ ...loadBoard("kbase"), memoryMb: 1 }));
  assertEquals(allocOutcome(kernel, fd, { va_pages: 257n, commit_pages: 257n }), "ENOMEM");
  assertEquals(allocOutcome(kernel, fd, { va_pages: 257n, commit_pages: 256n }), "ok");
});

Deno.test("MEM_ALLOC gives back what it made of the flags", () => {
  const wished = ALL | CACHED | 0x400n;
  const rows = [
    ["none", ALL | CACHED | SAME_VA, ALL | CACHED],
    ["io-coherent", wished | SAME_VA, wished],
  ] as const;
  for (const [coherency, given, queried] of rows) {
    const { kernel, fd } = context(kernelWith("kbase", { coherency }));
    const { address, flags } = allocate(kernel, fd, wished);
    assertEquals(flags, given, coherency);
    assertEquals(query(kernel, fd, address, FLAGS), queried, coherency);
  }
});

Deno.test("CSF_EVENT is uncached where the GPU does not see the caches, and means nothing to JM", () => {
  const kernel = csfKernel();
  const fd = openNode(kernel, "/dev/mali0");
  call(kernel, fd, ioctls.VERSION_CHECK_CSF, { major: 1, minor: 8 });
  call(kernel, fd, ioctls.SET_FLAGS);
  mapTracking(kernel, fd);
  assertEquals(allocate(kernel, fd, ALL | 0x8_0000n).flags & (CACHED | 0x400n), 0n);
  assertEquals(allocOutcome(kernel, fd, { flags: ALL | 1n << 29n }), "ENOMEM");
});

Deno.test("cookies are given from the lowest, 63 of them, and again when they are mapped or freed", () => {
  const { kernel, fd } = context();
  const take = (): bigint =>
    mustCall(kernel, fd, ioctls.MEM_ALLOC, { in: { va_pages: 1n, commit_pages: 1n, flags: ALL } })
      .out.gpu_va ?? 0n;
  const cookies = Array.from({ length: 63 }, take);
  assertEquals(cookies[0], FIRST_COOKIE);
  assertEquals(cookies[62], 127n * 4096n);
  assertEquals(allocOutcome(kernel, fd, {}), "ENOMEM");
  assertEquals(
    outcome(call(kernel, fd, ioctls.MEM_FREE, { gpu_addr: cookies[5] ?? 0n }).result),
    "ok",
  );
  assertEquals(take(), cookies[5]);
  map(kernel, fd, PAGE, cookies[7]);
  assertEquals(take(), cookies[7]);
});

Deno.test("a cookie is mapped once, whole, and with no more rights than the memory has", () => {
  const { kernel, fd } = context();
  const take = (flags: bigint): bigint =>
    mustCall(kernel, fd, ioctls.MEM_ALLOC, { in: { va_pages: 2n, commit_pages: 2n, flags } })
      .out.gpu_va ?? 0n;
  const cookie = take(CPU_RD | GPU_RD | GPU_WR);
  const rows: readonly [string, string][] = [
    [mapOutcome(kernel, fd, PAGE, cookie, PROT_READ), "ENOMEM"],
    [mapOutcome(kernel, fd, 3 * PAGE, cookie, PROT_READ), "ENOMEM"],
    [mapOutcome(kernel, fd, 2 * PAGE, cookie, PROT_READ, MAP_PRIVATE), "EINVAL"],
    [mapOutcome(kernel, fd, 2 * PAGE, cookie, PROT_READ | PROT_WRITE), "EPERM"],
    // All of these left the cookie as it was.
    [mapOutcome(kernel, fd, 2 * PAGE, cookie, PROT_READ), "ok"],
    [mapOutcome(kernel, fd, 2 * PAGE, cookie, PROT_READ), "EINVAL"],
    [mapOutcome(kernel, fd, PAGE, 0n), "EINVAL"],
    [mapOutcome(kernel, fd, PAGE, 4n * 4096n), "EINVAL"],
    [mapOutcome(kernel, fd, PAGE, 1n << 40n), "ENOMEM"],
  ];
  for (const [i, [got, expected]] of rows.entries()) assertEquals(got, expected, `row ${i}`);
  // Memory that only the GPU has is mapped without rights.
  assertEquals(mapOutcome(kernel, fd, 2 * PAGE, take(GPU_RD | GPU_WR), 0), "ok");
});

Deno.test("memory lies where it is mapped, for both; it is mapped again at that address", () => {
  const { kernel, fd } = context();
  const { mapping, address } = allocate(kernel, fd, ALL | CACHED, 2);
  mapping.write(PAGE, Uint8Array.of(1, 2, 3));
  const second = map(kernel, fd, PAGE, address + 4096n);
  const bytes = new Uint8Array(3);
  second.read(0, bytes);
  assertEquals([...bytes], [1, 2, 3]);
  assertEquals(mapOutcome(kernel, fd, 2 * PAGE, address + 4096n), "ENOMEM");
});

Deno.test("munmap frees: the address means nothing then, and other mappings keep the bytes", () => {
  const { kernel, fd } = context();
  const { mapping, address, handle } = allocate(kernel, fd, ALL);
  const second = map(kernel, fd, PAGE, address);
  mapping.write(0, Uint8Array.of(7));
  assertEquals(outcome(call(kernel, fd, ioctls.MEM_FREE, { gpu_addr: address }).result), "EINVAL");
  assertEquals(mapping.unmap(), 0);
  assertEquals(query(kernel, fd, address, VA_SIZE), "EINVAL");
  assertEquals(kernel.deviceSide?.read(fd, handle, 0, 1), -errno.ENOENT);
  const bytes = new Uint8Array(1);
  second.read(0, bytes);
  assertEquals([...bytes], [7]);
  assertEquals(mapOutcome(kernel, fd, PAGE, address), "ENOMEM");
});

Deno.test("MEM_FREE is for cookies", () => {
  const { kernel, fd } = context();
  const free = (gpu_addr: bigint): string =>
    outcome(call(kernel, fd, ioctls.MEM_FREE, { gpu_addr }).result);
  const rows = [0n, 1n, FIRST_COOKIE, FIRST_COOKIE + 1n, 1n << 40n];
  for (const address of rows) assertEquals(free(address), "EINVAL", `${address}`);
  assertEquals(allocOutcome(kernel, fd, {}), "ok");
  assertEquals(free(FIRST_COOKIE), "ok");
  assertEquals(free(FIRST_COOKIE), "EINVAL");
});

Deno.test("MEM_QUERY tells sizes in pages and the flags, of an address where memory begins", () => {
  const { kernel, fd } = context();
  const { address } = allocate(kernel, fd, ALL, 3);
  const rows: readonly [bigint, bigint, bigint | string][] = [
    [address, COMMITTED, 3n],
    [address, VA_SIZE, 3n],
    [address, FLAGS, ALL],
    [address, 4n, "EINVAL"],
    [address + 1n, VA_SIZE, "EINVAL"],
    [address + 4096n, VA_SIZE, "EINVAL"],
    [FIRST_COOKIE, VA_SIZE, "EINVAL"],
  ];
  for (const [at, what, expected] of rows) {
    assertEquals(query(kernel, fd, at, what), expected, `${at - address} ${what}`);
  }
});

Deno.test("MEM_COMMIT takes pages away and gives new ones; touching beyond them is SIGBUS", () => {
  const { kernel, fd } = context();
  const { mapping, address } = allocate(kernel, fd, ALL, 2);
  const commit = (pages: bigint): string =>
    outcome(call(kernel, fd, ioctls.MEM_COMMIT, { gpu_addr: address, pages }).result);
  mapping.write(PAGE, Uint8Array.of(9));
  assertEquals([commit(3n), commit(1n)], ["EINVAL", "ok"]);
  assertEquals(query(kernel, fd, address, COMMITTED), 1n);
  assertEquals(mapping.read(0, new Uint8Array(2 * PAGE)), PAGE);
  assertEquals(commit(2n), "ok");
  const bytes = new Uint8Array(1);
  mapping.read(PAGE, bytes);
  assertEquals([...bytes], [0]);
});

Deno.test("MEM_FLAGS_CHANGE makes memory evictable, and refuses what it cannot change", () => {
  const { kernel, fd } = context();
  const { address: gpu_va } = allocate(kernel, fd, ALL);
  const change = (flags: bigint, mask: bigint, at = gpu_va): string =>
    outcome(call(kernel, fd, ioctls.MEM_FLAGS_CHANGE, { gpu_va: at, flags, mask }).result);
  assertEquals(change(CACHED, CACHED), "EINVAL");
  assertEquals(change(0x2_0000n, 0x2_0000n), "ok");
  // Taking it back works and says EINVAL: the result is that of native memory's coherency.
  assertEquals(change(0n, 0x2_0000n), "EINVAL");
  assertEquals(change(0x400n, 0x400n), "EINVAL");
  assertEquals(change(0x20n, 0n), "ENOMEM");
  assertEquals(change(0n, 0n, 0n), "EINVAL");
});

Deno.test("GET_GPUPROPS and GET_DDK_VERSION tell their length, and nothing to less room", () => {
  const { kernel, fd } = context();
  const length = call(kernel, fd, ioctls.GET_GPUPROPS).result;
  const buffer = { bytes: new Uint8Array(length) };
  const props = (size: number, flags = 0): string | number => {
    const { result } = call(kernel, fd, ioctls.GET_GPUPROPS, { buffer, size, flags });
    return result < 0 ? outcome(result) : result;
  };
  assertEquals([props(length - 1), props(length, 1), props(length)], ["EINVAL", "EINVAL", length]);
  const version_buffer = { bytes: new Uint8Array(64) };
  const text = call(kernel, fd, ioctls.GET_DDK_VERSION).result;
  const told = (size: number): string | number => {
    const { result } = call(kernel, fd, ioctls.GET_DDK_VERSION, { version_buffer, size });
    return result < 0 ? outcome(result) : result;
  };
  assertEquals([told(text - 1), told(64)], ["EOVERFLOW", text]);
  assertEquals(
    new TextDecoder().decode(version_buffer.bytes.subarray(0, text)),
    "K:r35p0-01eac0(GPL)\0",
  );
});

Deno.test("a context's memory is its own: another open file does not find it", () => {
  const { kernel, fd } = context();
  const { address, handle } = allocate(kernel, fd, ALL | CACHED);
  const other = context(kernel).fd;
  assertEquals(query(kernel, other, address, VA_SIZE), "EINVAL");
  assertEquals(mapOutcome(kernel, other, PAGE, address, PROT_READ, MAP_SHARED), "ENOMEM");
  assertEquals(kernel.deviceSide?.read(other, handle, 0, 1), -errno.ENOENT);
});
