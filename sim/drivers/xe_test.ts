import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import { MAP_PRIVATE, PROT_READ } from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { decode } from "../../ffi/struct.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { xe } from "../../ffi/uapi/xe.ts";
import { loadBoard } from "../board.ts";
import {
  booksOf,
  bytesOf,
  createDumb,
  deviceWrite,
  dmaBufSync,
  exportFd,
  importHandle,
  importOutcome,
  kernelOf,
  kernelWith,
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

const { ioctls, structs } = xe;
const WB = 1;
const WC = 2;
const SYSTEM = 1;
const VRAM = 2;
const SCANOUT = 2;
const VISIBLE = 4;
const NO_COMPRESSION = 8;

type Create = Parameters<typeof call<typeof ioctls.GEM_CREATE.struct.fields>>[3];

function gpuOf(kernel: Kernel): number {
  return openNode(kernel, "/dev/dri/renderD128");
}
function create(kernel: Kernel, fd: number, values: Create = {}): number {
  const usual = { size: 8192n, placement: SYSTEM, cpu_caching: WC };
  return mustCall(kernel, fd, ioctls.GEM_CREATE, { ...usual, ...values }).handle;
}
function offsetOf(kernel: Kernel, fd: number, handle: number): bigint {
  return mustCall(kernel, fd, ioctls.GEM_MMAP_OFFSET, { handle }).offset;
}

Deno.test("the calls have the headers' codes", () => {
  assertEquals(
    [ioctls.GEM_CREATE.code, ioctls.GEM_MMAP_OFFSET.code],
    [0xc038_6441, 0xc028_6442],
  );
});

Deno.test("GEM_CREATE refuses in its order", () => {
  const kernel = kernelOf("xe-card");
  const fd = gpuOf(kernel);
  const good: Create = { size: 4096n, placement: SYSTEM, cpu_caching: WC };
  const cases: [string, Create, string][] = [
    ["padding", { pad: [0n, 1n, 0n] }, "EINVAL"],
    ["a reserved word", { reserved: [0n, 1n] }, "EINVAL"],
    ["no placement", { placement: 0 }, "EINVAL"],
    ["a placement that is not there", { placement: 4 }, "EINVAL"],
    ["an unknown flag", { flags: 0x10 }, "EINVAL"],
    ["a handle", { handle: 1 }, "EINVAL"],
    ["size 0", { size: 0n }, "EINVAL"],
    ["a size that is no multiple of the page", { size: 5000n }, "EINVAL"],
    ["visible VRAM without VRAM", { flags: VISIBLE }, "EINVAL"],
    ["no caching", { cpu_caching: 0 }, "EINVAL"],
    ["caching 3", { cpu_caching: 3 }, "EINVAL"],
    ["cached VRAM", { placement: VRAM, cpu_caching: WB }, "EINVAL"],
    ["cached VRAM or system", { placement: VRAM | SYSTEM, cpu_caching: WB }, "EINVAL"],
    ["cached scanout", { flags: SCANOUT, cpu_caching: WB }, "EINVAL"],
    ["an unknown VM", { vm_id: 7 }, "ENOENT"],
    ["an unknown VM and no caching: what comes first", { vm_id: 7, cpu_caching: 0 }, "EINVAL"],
    ["an extension at a bad address", { extensions: 1n }, "EFAULT"],
    ["an unknown VM before the extension", { vm_id: 7, extensions: 1n }, "ENOENT"],
    ["more VRAM than there is", { placement: VRAM, size: 1n << 36n }, "ENOMEM"],
    ["cached system memory", { cpu_caching: WB }, "ok"],
    ["write-combined scanout", { flags: SCANOUT }, "ok"],
    ["visible VRAM", { placement: VRAM, flags: VISIBLE }, "ok"],
    ["without compression", { flags: NO_COMPRESSION }, "ok"],
  ];
  for (const [what, values, wanted] of cases) {
    const { result } = call(kernel, fd, ioctls.GEM_CREATE, { ...good, ...values });
    assertEquals(outcome(result), wanted, what);
  }
});

Deno.test("an integrated GPU has no second placement", () => {
  const kernel = kernelOf("xe-laptop");
  const fd = gpuOf(kernel);
  const values = { size: 4096n, placement: VRAM, cpu_caching: WC };
  assertEquals(outcome(call(kernel, fd, ioctls.GEM_CREATE, values).result), "EINVAL");
});

Deno.test("GEM_MMAP_OFFSET refuses extensions, reserved words, flags, then an unknown handle", () => {
  const kernel = kernelOf("xe-laptop");
  const fd = gpuOf(kernel);
  type Values = Parameters<typeof call<typeof ioctls.GEM_MMAP_OFFSET.struct.fields>>[3];
  const asked = (values: Values): string =>
    outcome(call(kernel, fd, ioctls.GEM_MMAP_OFFSET, { handle: 9, ...values }).result);
  assertEquals(
    [asked({ extensions: 1n }), asked({ reserved: [1n] }), asked({ flags: 2 }), asked({})],
    ["EINVAL", "EINVAL", "EINVAL", "ENOENT"],
  );
  const offset = offsetOf(kernel, fd, create(kernel, fd));
  assertEquals(mapOutcome(kernel, fd, 8192, offset), "ok");
  assertEquals(mapOutcome(kernel, fd, 8192, offset, PROT_READ, MAP_PRIVATE), "EINVAL");
});

Deno.test("the page that is a PCI barrier is a card's, and no buffer's", () => {
  const asked = (board: string, values: { handle?: number; flags: number }): string => {
    const kernel = kernelOf(board);
    const fd = gpuOf(kernel);
    create(kernel, fd);
    return outcome(call(kernel, fd, ioctls.GEM_MMAP_OFFSET, values).result);
  };
  assertEquals(asked("xe-laptop", { flags: 1 }), "EINVAL");
  assertEquals(asked("xe-card", { flags: 3 }), "EINVAL");
  assertEquals(asked("xe-card", { flags: 1, handle: 1 }), "EINVAL");
  assertEquals(asked("xe-card", { flags: 1 }), "EOPNOTSUPP"); // not simulated
});

Deno.test("without compression is for GPUs that have it, after the size and before the rest", () => {
  const kernel = kernelWith("xe-card", { registers: { vram_bytes: 1n << 30n, graphics: 12n } });
  const fd = gpuOf(kernel);
  const asked = (values: Create): string => {
    const usual = { size: 4096n, placement: SYSTEM, flags: NO_COMPRESSION, cpu_caching: WC };
    return outcome(call(kernel, fd, ioctls.GEM_CREATE, { ...usual, ...values }).result);
  };
  assertEquals(
    [asked({}), asked({ cpu_caching: 0 }), asked({ vm_id: 7 }), asked({ size: 5000n })],
    ["EOPNOTSUPP", "EOPNOTSUPP", "EOPNOTSUPP", "EINVAL"],
  );
});

Deno.test("maps are cached as was asked, of a card's system memory always, of VRAM never", () => {
  const rows: [string, number, number, stale: boolean][] = [
    ["xe-laptop", SYSTEM, WB, true],
    ["xe-laptop", SYSTEM, WC, false],
    ["xe-card", SYSTEM, WB, true],
    ["xe-card", SYSTEM, WC, true],
    ["xe-card", VRAM, WC, false],
    ["xe-card", VRAM | SYSTEM, WC, false],
  ];
  for (const [board, placement, cpu_caching, stale] of rows) {
    // To a device that did not snoop, what is in a line alone would be stale.
    const { devices } = loadBoard(board);
    const registers = devices.find(({ driver }) => driver === "xe")?.registers ?? {};
    const kernel = kernelWith(board, { coherency: "none", registers });
    const fd = gpuOf(kernel);
    const handle = create(kernel, fd, { placement, cpu_caching });
    map(kernel, fd, 8192, offsetOf(kernel, fd, handle)).write(0, Uint8Array.of(1));
    const told = staleRanges(kernel, fd, handle, 0, 1).length > 0;
    assertEquals(told, stale, `${board} ${placement} ${cpu_caching}`);
  }
});

Deno.test("VM_CREATE and VM_DESTROY keep numbers for each open file", () => {
  const kernel = kernelOf("xe-laptop");
  const [fd, other] = [gpuOf(kernel), gpuOf(kernel)];
  const make = (flags: number): string =>
    outcome(call(kernel, fd, ioctls.VM_CREATE, { flags }).result);
  assertEquals([make(0x10), make(4), make(6), make(0)], ["EINVAL", "EINVAL", "ok", "ok"]);
  const drop = (file: number, vm_id: number, pad = 0): string =>
    outcome(call(kernel, file, ioctls.VM_DESTROY, { vm_id, pad }).result);
  assertEquals(
    [drop(fd, 1, 1), drop(other, 1), drop(fd, 1), drop(fd, 1)],
    ["EINVAL", "ENOENT", "ok", "ENOENT"],
  );
});

Deno.test("an export of a buffer of one VM is EPERM", () => {
  const kernel = kernelOf("xe-laptop");
  const fd = gpuOf(kernel);
  const { vm_id } = mustCall(kernel, fd, ioctls.VM_CREATE);
  const exported = (handle: number): string =>
    outcome(call(kernel, fd, drm.ioctls.PRIME_HANDLE_TO_FD, { handle }).result);
  assertEquals(
    [exported(create(kernel, fd, { vm_id })), exported(create(kernel, fd))],
    ["EPERM", "ok"],
  );
});

Deno.test("an import is mapped, and its first touch is SIGBUS", () => {
  const kernel = kernelOf("xe-laptop");
  const fd = gpuOf(kernel);
  const vgem = openNode(kernel, "/dev/dri/card1");
  const imported = importHandle(kernel, fd, exportFd(kernel, vgem, createDumb(kernel, vgem)));
  const mapping = map(kernel, fd, 4096, offsetOf(kernel, fd, imported));
  assertEquals(mapping.read(0, new Uint8Array(1)), 0);
});

Deno.test("a begin for reading moves VRAM to system memory where it may be there", () => {
  const moved = (placement: number): number[] => {
    const kernel = kernelOf("xe-card");
    const fd = gpuOf(kernel);
    const handle = create(kernel, fd, { placement });
    const mapping = map(kernel, fd, 8192, offsetOf(kernel, fd, handle));
    mapping.write(4096, new Uint8Array([5]));
    const dmaBuf = exportFd(kernel, fd, handle);
    const books = [SYNC_WRITE, SYNC_READ].map((access) => {
      must(dmaBufSync(kernel, dmaBuf, access), "begin");
      return booksOf(kernel, fd, handle).pagesMoved;
    });
    deviceWrite(kernel, fd, handle, 0, 6);
    assertEquals([...bytesOf(mapping, 0, 1), ...bytesOf(mapping, 4096, 1)], [6, 5]);
    return [...books, booksOf(kernel, fd, handle).pagesMoved];
  };
  assertEquals(moved(VRAM | SYSTEM), [0, 2, 4]);
  assertEquals(moved(VRAM), [0, 0, 0]);
  assertEquals(moved(SYSTEM), [0, 0, 0]);
});

Deno.test("a device that cannot reach VRAM attaches to what may be in system memory only", () => {
  const kernel = kernelOf("xe-card");
  const fd = gpuOf(kernel);
  const vgem = openNode(kernel, "/dev/dri/card1");
  const imported = (placement: number): string =>
    importOutcome(kernel, vgem, exportFd(kernel, fd, create(kernel, fd, { placement })));
  assertEquals([imported(VRAM | SYSTEM), imported(VRAM)], ["ok", "EOPNOTSUPP"]);
});

Deno.test("DEVICE_QUERY tells the regions: the size first, then what fits it exactly", () => {
  const kernel = kernelOf("xe-card");
  const fd = gpuOf(kernel);
  const query = 1;
  const { size } = mustCall(kernel, fd, ioctls.DEVICE_QUERY, { query });
  const data = { bytes: new Uint8Array(size) };
  mustCall(kernel, fd, ioctls.DEVICE_QUERY, { query, size, data });
  const { mem_regions } = decode(structs.drm_xe_query_mem_regions, data);
  assertEquals(mem_regions.map((one) => [one.mem_class, one.instance]), [[0, 0], [1, 1]]);
  const asked = (values: Parameters<typeof call<typeof ioctls.DEVICE_QUERY.struct.fields>>[3]) =>
    outcome(call(kernel, fd, ioctls.DEVICE_QUERY, { query, ...values }).result);
  assertEquals(
    [asked({ size: 4, data }), asked({ size, data: 1n }), asked({ query: 99 })],
    ["EINVAL", "EFAULT", "EINVAL"],
  );
});
