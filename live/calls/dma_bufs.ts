/** The calls on the GPUs' dma-bufs, and what their files tell. */
import { assertEquals } from "@std/assert";
import {
  DMA_BUF_MAGIC,
  F_GETFD,
  F_GETFL,
  FD_CLOEXEC,
  O_ACCMODE,
  O_CLOEXEC,
  O_RDONLY,
  O_RDWR,
  POLLIN,
  POLLOUT,
} from "../../ffi/constants.ts";
import { type Argument, isError } from "../../ffi/kernel.ts";
import { dmaBuf } from "../../ffi/uapi/dma_buf.ts";
import { drm } from "../../ffi/uapi/drm.ts";
import { type Bench, outcome } from "./_bench.ts";
import { type CallCase, callCase, type CallGroup } from "./_call_case.ts";
import { gpus as on } from "./_gpus.ts";

const { SYNC, SET_NAME_A, SET_NAME_B, EXPORT_SYNC_FILE, IMPORT_SYNC_FILE } = dmaBuf.ioctls;
/** Whole pages, of 16 KiB too. */
const BYTES = 32768;
const READ = 1;
const WRITE = 2;
const END = 4;

function made(bench: Bench): number {
  return bench.export(bench.create(BYTES));
}

/** SYNC with each of these flags, in turn. */
function sync(bench: Bench, fd: number, ...flags: number[]): string[] {
  return flags.map((one) => bench.ask(SYNC, { flags: BigInt(one) }, fd));
}

function name(length: number): Argument {
  return { bytes: new Uint8Array(length + 1).fill(0x6e, 0, length) };
}

const cases: readonly CallCase[] = [
  callCase("SYNC takes flags 1 to 3 and 5 to 7, nothing else", on, (bench) => {
    const fd = made(bench);
    const taken = Array.from({ length: 16 }, (_, flags) => flags)
      .filter((flags) => sync(bench, fd, flags)[0] === "ok");
    assertEquals(taken, [1, 2, 3, 5, 6, 7]);
    assertEquals(bench.ask(SYNC, { flags: (1n << 63n) | 1n }, fd), "EINVAL");
    assertEquals(outcome(bench.kernel.ioctl(fd, SYNC.code, 0x10n)), "EFAULT");
  }),
  callCase(
    "SYNC keeps no balance: END first, START twice, another direction are done",
    on,
    (bench) => {
      const fd = made(bench);
      const calls = sync(
        bench,
        fd,
        READ | END,
        READ,
        WRITE,
        READ | WRITE | END,
        READ | END,
        READ | END,
      );
      assertEquals(calls, new Array(6).fill("ok"));
    },
  ),
  callCase("SYNC works once the buffer is imported elsewhere", on, (bench) => {
    const { dmaBufFd } = bench.foreign(BYTES);
    assertEquals(sync(bench, dmaBufFd, 1, 5, 2, 6, 3, 7), new Array(6).fill("ok"));
  }),
  callCase("SET_NAME takes 31 characters, both codes, and again", on, (bench) => {
    const fd = made(bench);
    for (const { code } of [SET_NAME_A, SET_NAME_B]) {
      const set = (argument: Argument): string => outcome(bench.kernel.ioctl(fd, code, argument));
      assertEquals([set(name(32)), set(0x10n)], ["EINVAL", "EFAULT"]);
      assertEquals([set(name(3)), set(name(31))], ["ok", "ok"]);
      assertEquals(bench.fdinfo(fd, "name"), "n".repeat(31));
    }
  }),
  callCase(
    "EXPORT_SYNC_FILE wants a direction, and gives a descriptor that is closed on exec",
    on,
    (bench) => {
      const fd = made(bench);
      const refused = [0, 4, 5, 0x8000_0000].map((flags) =>
        bench.ask(EXPORT_SYNC_FILE, { flags }, fd)
      );
      assertEquals(refused, new Array(4).fill("EINVAL"));
      for (const flags of [READ, WRITE, READ | WRITE]) {
        const file = bench.keep(bench.must(EXPORT_SYNC_FILE, { flags }, fd).fd, "sync_file");
        assertEquals(bench.kernel.fcntl(file, F_GETFD, 0), FD_CLOEXEC);
        const entry = { fd: file, events: POLLIN, revents: 0 };
        assertEquals([bench.kernel.poll([entry], 0), entry.revents], [1, POLLIN]);
      }
    },
  ),
  callCase("IMPORT_SYNC_FILE wants a direction and a sync_file", on, (bench) => {
    const fd = made(bench);
    const file = bench.keep(bench.must(EXPORT_SYNC_FILE, { flags: READ }, fd).fd, "sync_file");
    const put = (flags: number, from: number): string =>
      bench.ask(IMPORT_SYNC_FILE, { flags, fd: from }, fd);
    assertEquals([put(0, file), put(4, file), put(WRITE, fd), put(WRITE, -1)], [
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
    ]);
    assertEquals([put(READ, file), put(WRITE, file)], ["ok", "ok"]);
  }),
  callCase("any other call on a dma-buf is ENOTTY", on, (bench) => {
    const fd = made(bench);
    const answer = (code: number): string => outcome(bench.kernel.ioctl(fd, code, 0n));
    assertEquals([answer(0x4008_62ff), answer(drm.ioctls.GEM_CLOSE.code)], ["ENOTTY", "ENOTTY"]);
    assertEquals(answer(0x4010_6200), "ENOTTY"); // SYNC with another size: the whole code counts
  }),
  callCase(
    "a dma-buf tells its exporter, which has begin and end since its cached maps",
    on,
    (bench) => {
      const fd = made(bench);
      assertEquals(bench.fdinfo(fd, "exp_name"), bench.recent ? bench.gpu.driver : "drm");
      assertEquals(bench.fdinfo(fd, "size"), `${BYTES}`);
    },
  ),
  callCase("a dma-buf tells its size, and that it is one", on, (bench) => {
    const fd = made(bench);
    const { kernel } = bench;
    assertEquals(kernel.fstatfs(fd), DMA_BUF_MAGIC);
    const seek = (offset: bigint, whence: number): bigint => kernel.lseek(fd, offset, whence);
    assertEquals([seek(0n, 2), seek(0n, 0), seek(1n, 0), seek(0n, 1)], [
      BigInt(BYTES),
      0n,
      -22n,
      -22n,
    ]);
    const stat = kernel.fstat(fd);
    assertEquals(isError(stat) ? stat : stat.size, BigInt(BYTES));
    const entry = { fd, events: POLLIN | POLLOUT, revents: 0 };
    assertEquals([kernel.poll([entry], 0), entry.revents], [1, POLLIN | POLLOUT]);
  }),
  callCase(
    "the first export fixes the access mode, close-on-exec is each one's own",
    on,
    (bench) => {
      const handle = bench.create(BYTES);
      const first = bench.export(handle, 0);
      const second = bench.export(handle, O_RDWR | O_CLOEXEC);
      const mode = (fd: number): number => bench.kernel.fcntl(fd, F_GETFL, 0) & O_ACCMODE;
      assertEquals([mode(first), mode(second)], [O_RDONLY, O_RDONLY]);
      const onExec = (fd: number): number => bench.kernel.fcntl(fd, F_GETFD, 0);
      assertEquals([onExec(first), onExec(second)], [0, FD_CLOEXEC]);
      const inode = (fd: number): bigint | number => {
        const stat = bench.kernel.fstat(fd);
        return isError(stat) ? stat : stat.inode;
      };
      assertEquals(inode(first), inode(second));
    },
  ),
];

export const group: CallGroup = {
  subject: "dma-bufs",
  cases,
};
