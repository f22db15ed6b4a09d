/** lima: write-combined buffers, heaps, GEM_INFO, GEM_WAIT. */
import { type Case, table } from "../_case.ts";
import { arm64 } from "../_machine.ts";
import { lima as node, panthor } from "./_nodes.ts";

const on = `--on ${node}`;
const made = `create ${on} --size 8KiB --as a`;
const heap = `create ${on} --size 1MiB --flags heap --as a`;
const imported = `create --on ${panthor} --size 8KiB --as x , export x --rdwr --as d ,` +
  ` import d ${on} --as a`;

export const cases: readonly Case[] = table(arm64, [
  {
    name: "lima: a buffer is write-combined, and info tells its GPU address",
    line: `create ${on} --size 16KiB --as a , info a`,
    says: ["16 KiB (16384 bytes)", "write-combined", "GPU address:        0x0"],
  },
  {
    name: "lima: what is written through a mapping is read through its dma-buf",
    line: `${made} , export a --rdwr --as d , mmap a --write 0x40=feed , mmap d --read 0x40:2`,
    says: ["feed"],
  },
  {
    name: "lima: sync has nothing to do, and says why",
    line: `${made} , sync a --range 0:64`,
    says: ["nothing to do", "write-combined"],
  },
  {
    name: "lima: --cached is not supported",
    line: `create ${on} --size 4KiB --cached`,
    exit: 77,
    says: ["its mappings are always write-combined"],
  },
  {
    name: "lima: --private is not supported",
    line: `create ${on} --size 4KiB --private`,
    exit: 77,
  },
  { name: "lima: --dumb is not supported", line: `create ${on} --dumb 16x16x32`, exit: 77 },
  {
    name: "lima: size 0 is EINVAL",
    line: `create ${on} --size 0`,
    errno: "EINVAL",
    says: ["a size of 0 is not a buffer"],
  },
  {
    name: "lima: an unknown flag bit is EINVAL",
    line: `create ${on} --size 4KiB --flags 0x2`,
    errno: "EINVAL",
    says: ["unknown flag bits"],
  },
  {
    name: "lima: a heap keeps its size, and cannot be mapped",
    line: `${heap} , info a , mmap a --read 0:1`,
    errno: "EINVAL",
    says: ["1 MiB (1048576 bytes)", "heap"],
  },
  {
    name: "lima: a heap cannot be mapped through its dma-buf either",
    line: `${heap} , export a --rdwr --as d , mmap d --read 0:1`,
    errno: "EINVAL",
  },
  {
    name: "lima: a heap cannot be imported by another device: it cannot be pinned",
    line: `${heap} , export a --rdwr --as d , import d --on ${panthor}`,
    errno: "EINVAL",
  },
  {
    name: "lima: an import is mapped through its node by its exporter",
    line: `${imported} , mmap d --write 0=beef , mmap a --via node --read 0:2`,
    says: ["beef"],
  },
  {
    name: "lima: an import of a read-only dma-buf is written through its node",
    line: `create --on ${panthor} --size 8KiB --as x , export x --as d , import d ${on} --as a ,` +
      " mmap a --via node --write 0=0badbeef , mmap d --read 0:4",
    says: ["0badbeef"],
  },
  { name: "lima: an idle buffer is waited for with GEM_WAIT", line: `${made} , wait a` },
  {
    name: "lima: GEM_WAIT of an unknown handle is EINVAL",
    line: `ioctl ${node} GEM_WAIT handle=99 op=READ`,
    errno: "EINVAL",
  },
  {
    name: "lima: GEM_WAIT with op 0 looks at no handle",
    line: `ioctl ${node} GEM_WAIT handle=99`,
  },
  {
    name: "lima: GET_PARAM tells the GPU",
    line: `ioctl ${node} GET_PARAM param=GPU_ID`,
    says: ["value=1"],
  },
]);
