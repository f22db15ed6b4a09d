/**
 * panthor since 1.7: cached maps, exact-range BO_SYNC, QUERY_INFO, private buffers. Each case is for
 * the device that is not coherent, where it does not say otherwise.
 */
import { type Case, table } from "../_case.ts";
import { panthor, panthorCoherent } from "./_nodes.ts";

const on = `--on ${panthor}`;
const cached = `create ${on} --size 8KiB --cached --as a`;
const combined = `create ${on} --size 8KiB --as a`;
const coherent = `create --on ${panthorCoherent} --size 8KiB`;

export const cases: readonly Case[] = table(["arm64-7.2"], [
  {
    name: "panthor: --cached gives a write-back buffer, and QUERY reads the flag back",
    line: `${cached} , info a`,
    says: ["mapped write-back, flags wb-mmap", "kernel reads back:", "imported:  no"],
  },
  {
    name: "panthor: without --cached a buffer is write-combined and QUERY reads no flags",
    line: `${combined} , info a`,
    says: ["mapped write-combined", "no flags"],
  },
  {
    name: "panthor: flags are literal: a coherent device's buffer is write-back without the flag",
    line: `${coherent} --as a , info a`,
    says: ["mapped write-back", "no flags"],
  },
  {
    name: "panthor: the size is rounded to pages",
    line: `create ${on} --size 5000 --as a`,
    says: ["8 KiB (asked for 5000 B)"],
  },
  {
    name: "panthor: a cached buffer is written, synced by one range and read",
    line: `${cached} , mmap a --write 0x40=deadbeef , sync a --range 0x40:4 , mmap a --read 0x40:4`,
    says: ["flush (clean) of 0x40..0x44 (4 B)", "deadbeef"],
  },
  {
    name: "panthor: several ranges are one call",
    line: `--trace ${cached} , sync a --range 0:64 --range 4KiB:1 --range 100..200`,
    says: ["count=3", "flush (clean)"],
  },
  {
    name: "panthor: a range of no bytes at the end of the buffer is valid",
    line: `${cached} , sync a --range 8KiB:0`,
  },
  {
    name: "panthor: sync for the CPU is flush-invalidate",
    line: `${cached} , sync a --range 0:64 --for cpu`,
    says: ["flush-invalidate (clean-invalidate)"],
  },
  {
    name: "panthor: sync without a range is wrong usage and names --whole",
    line: `${cached} , sync a`,
    exit: 2,
    says: ["--whole"],
  },
  {
    name: "panthor: --whole is the whole buffer, exactly",
    line: `${cached} , sync a --whole`,
    says: ["flush (clean)"],
  },
  {
    name: "panthor: a write-combined buffer needs no sync, and that is told",
    line: `${combined} , sync a --range 0:64`,
    says: ["nothing to do: the buffer is write-combined"],
  },
  {
    name: "panthor: a coherent device needs no sync, and that is told",
    line: `${coherent} --cached --as a , sync a --range 0:64`,
    says: ["nothing to do: the device is coherent"],
  },
  {
    name: "panthor: flush on a coherent device is legal",
    line: `${coherent} --cached --as a , sync a --op flush --range 0:64`,
    says: ["flush (clean)"],
  },
  {
    name: "panthor: a range beyond the buffer is wrong usage and tells the size",
    line: `${cached} , sync a --range 8KiB:1`,
    exit: 2,
    says: ["ends beyond a, which has 8192 bytes", "--raw"],
  },
  {
    name: "panthor: a range beyond the buffer is EINVAL with --raw",
    line: `${cached} , sync a --range 8KiB:1 --raw`,
    errno: "EINVAL",
    says: ["DRM_IOCTL_PANTHOR_BO_SYNC on panthor", "ends beyond the buffer's 8192 bytes"],
  },
  {
    name: "panthor: the refused one of several ranges is found one by one",
    line: `${cached} , sync a --range 0:64 --range 8KiB:1 --raw --one-by-one`,
    errno: "EINVAL",
    says: ["Range 2 of 2 was refused"],
  },
  {
    name: "panthor: of several ranges, those before the refused one may be done",
    line: `${cached} , sync a --range 0:64 --range 8KiB:1 --raw`,
    errno: "EINVAL",
    says: ["Ranges before the refused one may be done"],
  },
  {
    name: "panthor: --op of another driver is wrong usage",
    line: `${cached} , sync a --op prep --range 0:64`,
    exit: 2,
    says: ["flush, flush-invalidate"],
  },
  {
    name: "panthor: --bracket needs a dma-buf",
    line: `${cached} , mmap a --bracket --read 0:1`,
    exit: 2,
  },
  {
    name: "panthor: a NO_MMAP buffer gets no offset",
    line: `create ${on} --size 4KiB --no-mmap --as a , mmap a --read 0:1`,
    errno: "EPERM",
    says: ["DRM_IOCTL_PANTHOR_BO_MMAP_OFFSET", "the buffer was created with NO_MMAP"],
  },
  {
    name: "panthor: a NO_MMAP buffer is mapped through its dma-buf all the same",
    line: `create ${on} --size 4KiB --no-mmap --as a , export a --rdwr --as d ,` +
      " mmap d --bracket --write 0=0b --read 0:1",
    says: ["0b"],
  },
  {
    name: "panthor: NO_MMAP and WB_MMAP exclude each other",
    line: `create ${on} --size 4KiB --no-mmap --cached`,
    errno: "EINVAL",
    says: ["NO_MMAP and WB_MMAP exclude each other"],
  },
  {
    name: "panthor: an unknown flag bit is EINVAL",
    line: `create ${on} --size 4KiB --flags 0x4`,
    errno: "EINVAL",
    says: ["unknown flag bits"],
  },
  {
    name: "panthor: size 0 is EINVAL",
    line: `create ${on} --size 0`,
    errno: "EINVAL",
    says: ["a size of 0 is not a buffer"],
  },
  {
    name: "panthor: a private buffer is mapped and synced as any other",
    line: `create ${on} --size 4KiB --cached --private --as a , mmap a --write 0=1f ,` +
      " sync a --range 0:64 , mmap a --read 0:1 , info a",
    says: ["1f", "yes: cannot be exported"],
  },
  {
    name: "panthor: a private buffer cannot be exported, and why is told",
    line: `create ${on} --size 4KiB --private --as a , export a`,
    errno: "EINVAL",
    says: ["a private buffer (exclusive VM) cannot be exported"],
  },
  {
    name: "panthor: a cached buffer can be exported",
    line: `${cached} , export a --rdwr --as d , info d`,
    says: ["exporter panthor", "caching write-back"],
  },
  {
    name: "panthor: dumb buffers are not supported",
    line: "ioctl card3 MODE_CREATE_DUMB height=1 width=1 bpp=32",
    errno: "ENOSYS",
  },
  {
    name: "panthor: bytes written through the dma-buf are read through the node",
    line: `${cached} , export a --rdwr --as d , mmap d --bracket --write 0=dead ,` +
      " mmap a --verify 0=dead",
  },
]);
