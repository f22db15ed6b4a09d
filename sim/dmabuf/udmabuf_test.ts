import { assertEquals } from "@std/assert";
import { call } from "../../ffi/call.ts";
import {
  F_ADD_SEALS,
  F_GET_SEALS,
  F_GETFD,
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MAP_PRIVATE,
  MFD_ALLOW_SEALING,
  PROT_READ,
  SEEK_END,
} from "../../ffi/constants.ts";
import type { Kernel } from "../../ffi/kernel.ts";
import { encodeArray } from "../../ffi/struct.ts";
import { udmabuf } from "../../ffi/uapi/udmabuf.ts";
import {
  bytesOf,
  dmaBufSync,
  kernelOf,
  map,
  mapOutcome,
  openNode,
  outcome,
  READ_WRITE,
  SYNC_END,
  SYNC_READ,
} from "../_test_kit.ts";

const { CREATE, CREATE_LIST } = udmabuf.ioctls;
const PAGE = 4096n;

function memfd(kernel: Kernel, size: bigint, seals = F_SEAL_SHRINK): number {
  const fd = kernel.memfdCreate("test", MFD_ALLOW_SEALING);
  kernel.ftruncate(fd, size);
  kernel.fcntl(fd, F_ADD_SEALS, seals);
  return fd;
}

Deno.test("UDMABUF_CREATE refuses in its order", () => {
  const kernel = kernelOf("qemu");
  const device = openNode(kernel, "/dev/udmabuf");
  const good = memfd(kernel, 4n * PAGE);
  const unsealed = memfd(kernel, 4n * PAGE, 0);
  const readOnly = memfd(kernel, 4n * PAGE, F_SEAL_SHRINK | F_SEAL_WRITE);
  const future = memfd(kernel, 4n * PAGE, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE);
  const limit = 64n << 20n;
  const cases: [string, { memfd: number; offset?: bigint; size?: bigint }, string][] = [
    ["offset not a page", { memfd: 99, offset: 1n, size: PAGE }, "EINVAL"],
    ["size not a page", { memfd: 99, size: 1n }, "EINVAL"],
    ["over the limit", { memfd: 99, size: limit + PAGE }, "EINVAL"],
    ["nothing", { memfd: 99, size: 0n }, "EINVAL"],
    ["not open", { memfd: 99, size: PAGE }, "EBADFD"],
    ["no memfd", { memfd: device, size: PAGE }, "EBADFD"],
    ["not sealed against shrinking", { memfd: unsealed, size: PAGE }, "EINVAL"],
    ["sealed against writing", { memfd: readOnly, size: PAGE }, "EINVAL"],
    ["sealed against future writing", { memfd: future, size: PAGE }, "EINVAL"],
    ["beyond the file", { memfd: good, offset: 4n * PAGE, size: PAGE }, "EINVAL"],
    ["half beyond the file", { memfd: good, offset: 3n * PAGE, size: 2n * PAGE }, "EINVAL"],
    ["wrapping", { memfd: good, offset: (1n << 64n) - PAGE, size: PAGE }, "EINVAL"],
    ["good", { memfd: good, offset: PAGE, size: 3n * PAGE }, "ok"],
  ];
  for (const [what, values, wanted] of cases) {
    assertEquals(outcome(call(kernel, device, CREATE, values).result), wanted, what);
  }
  assertEquals(outcome(kernel.ioctl(device, CREATE.code, 0n)), "EFAULT");
  assertEquals(outcome(kernel.ioctl(device, 0x40187599, 0n)), "ENOTTY");
});

Deno.test("flags beside CLOEXEC are ignored, and the buffer is the memfd's pages", () => {
  const kernel = kernelOf("qemu");
  const device = openNode(kernel, "/dev/udmabuf");
  const file = memfd(kernel, 4n * PAGE);
  const create = (flags: number): number =>
    call(kernel, device, CREATE, { memfd: file, flags, offset: PAGE, size: 2n * PAGE }).result;
  const [plain, closing] = [create(0xfe), create(1)];
  assertEquals([plain, closing].map((fd) => kernel.fcntl(fd, F_GETFD, 0)), [0, 1]);
  assertEquals(kernel.lseek(plain, 0n, SEEK_END), 2n * PAGE);
  map(kernel, file, 4 * 4096).fill(2 * 4096, 1, 0x33);
  assertEquals(bytesOf(map(kernel, plain, 4096, PAGE), 0, 1), new Uint8Array([0x33]));
  assertEquals(mapOutcome(kernel, plain, 4096, 0n, PROT_READ, MAP_PRIVATE), "EINVAL");
  kernel.close(file);
  assertEquals(bytesOf(map(kernel, plain, 4096, PAGE), 0, 1), new Uint8Array([0x33]));
});

Deno.test("SYNC END before the first START is EINVAL", () => {
  const kernel = kernelOf("qemu");
  const device = openNode(kernel, "/dev/udmabuf");
  const fd = call(kernel, device, CREATE, { memfd: memfd(kernel, PAGE), size: PAGE }).result;
  const sync = (flags: number): string => outcome(dmaBufSync(kernel, fd, flags));
  assertEquals(
    [sync(SYNC_READ | SYNC_END), sync(SYNC_READ), sync(SYNC_READ | SYNC_END)],
    ["EINVAL", "ok", "ok"],
  );
});

Deno.test("UDMABUF_CREATE_LIST joins memfds, and refuses too many, faults, and empty ranges", () => {
  const kernel = kernelOf("qemu");
  const device = openNode(kernel, "/dev/udmabuf");
  const [a, b] = [memfd(kernel, 2n * PAGE), memfd(kernel, PAGE)];
  const list = (
    count: number,
    items: { memfd: number; offset?: bigint; size: bigint }[],
  ): number => {
    const tail = encodeArray(udmabuf.structs.udmabuf_create_item, items).bytes;
    const bytes = new Uint8Array(8 + tail.length);
    new DataView(bytes.buffer).setUint32(4, count, true);
    bytes.set(tail, 8);
    return kernel.ioctl(device, CREATE_LIST.code, { bytes });
  };
  assertEquals(outcome(list(1025, [])), "EINVAL");
  assertEquals(outcome(list(1, [])), "EFAULT");
  assertEquals(outcome(list(0, [])), "EINVAL");
  const zero = [{ memfd: a, size: PAGE }, { memfd: b, size: 0n }];
  assertEquals(outcome(list(2, zero)), "EINVAL");
  const fd = list(2, [{ memfd: b, size: PAGE }, { memfd: a, offset: PAGE, size: PAGE }]);
  assertEquals(outcome(fd), "ok");
  map(kernel, fd, 8192).fill(4096, 1, 9);
  assertEquals(bytesOf(map(kernel, a, 8192), 4096, 1), new Uint8Array([9]));
});

Deno.test("the size limit is 64 MiB up to 7.2 and gone in 7.3", () => {
  for (const [board, wanted] of [["panthor@7.2", "EINVAL"], ["panthor@7.3", "ok"]] as const) {
    const kernel = kernelOf(board);
    const device = openNode(kernel, "/dev/udmabuf");
    const size = 65n << 20n;
    const { result } = call(kernel, device, CREATE, { memfd: memfd(kernel, size), size });
    assertEquals(outcome(result), wanted, board);
    const all = call(kernel, device, CREATE, { memfd: 99, size: 1n << 50n });
    assertEquals(outcome(all.result), wanted === "ok" ? "ENOMEM" : "EINVAL");
  }
  const text = kernelOf("qemu").readText("/sys/module/udmabuf/parameters/size_limit_mb");
  assertEquals(text, "64\n");
});

Deno.test("a memfd is sized, sealed and mapped like one", () => {
  const kernel = kernelOf("qemu");
  const plain = kernel.memfdCreate("plain", 0);
  assertEquals(kernel.fcntl(plain, F_GET_SEALS, 0), 1); // F_SEAL_SEAL
  assertEquals(outcome(kernel.fcntl(plain, F_ADD_SEALS, F_SEAL_SHRINK)), "EPERM");
  const fd = memfd(kernel, 8192n, 0);
  assertEquals(outcome(kernel.fcntl(fd, F_ADD_SEALS, 0x100)), "EINVAL");
  const mapping = map(kernel, fd, 8192);
  assertEquals(outcome(kernel.fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)), "EBUSY");
  kernel.ftruncate(fd, 5000n);
  assertEquals(mapping.write(4000, new Uint8Array(5000 - 4000)), 1000);
  kernel.ftruncate(fd, 4096n);
  // The second page is gone: a touch would be SIGBUS, so the access ends before it.
  assertEquals(mapping.write(4000, new Uint8Array(1000)), 96);
  assertEquals(mapping.read(4096, new Uint8Array(1)), 0);
  mapping.unmap();
  kernel.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  assertEquals(
    [kernel.ftruncate(fd, 0n), kernel.ftruncate(fd, 8192n)].map(outcome),
    ["EPERM", "EPERM"],
  );
  assertEquals(mapOutcome(kernel, fd, 4096, 0n), "EPERM");
  assertEquals(mapOutcome(kernel, fd, 4096, 0n, PROT_READ), "ok");
  assertEquals(mapOutcome(kernel, fd, 4096, 0n, READ_WRITE, MAP_PRIVATE), "ok");
  assertEquals(outcome(kernel.memfdCreate("x".repeat(250), 0)), "EINVAL");
  assertEquals(outcome(kernel.memfdCreate("x", 0x8000)), "EINVAL");
  assertEquals(outcome(kernel.memfdCreate("x", 8 | 0x10)), "EINVAL"); // exec and not exec
  const huge = memfd(kernel, 0n, 0);
  assertEquals(
    [kernel.ftruncate(huge, 1n << 60n), kernel.ftruncate(huge, -1n), kernel.ftruncate(99, 0n)]
      .map(outcome),
    ["EFBIG", "EINVAL", "EBADF"],
  );
});
