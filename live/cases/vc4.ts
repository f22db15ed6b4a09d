/** vc4: contiguous write-combined buffers, dumb ones on the primary node, and what it imports. */
import { type Case, table } from "../_case.ts";
import { arm64 } from "../_machine.ts";
import { v3d, vc4 as node, vc4Card as card } from "./_nodes.ts";

const on = `--on ${node}`;
const made = `create ${on} --size 32KiB --as a`;
/** A page, which is contiguous in whoever's memory. */
const imported = `create --on ${v3d} --size 4KiB --as x , export x --rdwr --as d ,` +
  ` import d ${on} --as a`;

export const cases: readonly Case[] = table(arm64, [
  {
    name: "vc4: a buffer is write-combined",
    line: `${made} , info a`,
    says: ["32 KiB (32768 bytes)", "write-combined"],
  },
  {
    name: "vc4: what is written through a mapping is read through its dma-buf",
    line: `${made} , export a --rdwr --as d , mmap a --write 0x40=feed , mmap d --read 0x40:2`,
    says: ["feed"],
  },
  {
    name: "vc4: sync has nothing to do, and says why",
    line: `${made} , sync a --range 0:64`,
    says: ["nothing to do", "write-combined"],
  },
  {
    name: "vc4: --cached is not supported",
    line: `create ${on} --size 4KiB --cached`,
    exit: 77,
    says: ["its mappings are always write-combined"],
  },
  { name: "vc4: --private is not supported", line: `create ${on} --size 4KiB --private`, exit: 77 },
  {
    name: "vc4: size 0 is EINVAL",
    line: `create ${on} --size 0`,
    errno: "EINVAL",
    says: ["a size of 0 is not a buffer"],
  },
  {
    name: "vc4: more than there is of contiguous memory is ENOMEM",
    line: `create ${on} --size 0x7ffff000`,
    errno: "ENOMEM",
    says: ["contiguous memory (CMA)"],
  },
  {
    name: "vc4: flags of CREATE_BO are not looked at",
    line: `create ${on} --size 4KiB --flags 0xff --as a , info a`,
    says: ["flags asked:        0xff"],
  },
  {
    name: "vc4: a dumb buffer is made on the primary node, as large as its pixels",
    line: `create --on ${card} --dumb 16x16x32 --as a , export a --rdwr --as d , info a`,
    says: ["1 KiB (1024 bytes)", "read-write, inode", "write-combined"],
  },
  {
    name: "vc4: a dumb buffer is refused on the render node",
    line: `create ${on} --dumb 16x16x32`,
    errno: "EACCES",
  },
  {
    name: "vc4: a dumb buffer is written by v3d's side through an import",
    line: `create --on ${card} --dumb 64x64x32 --as a , export a --rdwr --as d ,` +
      ` import d --on ${v3d} --as i , mmap i --via node --write 0x100=c0ffee , mmap a --read 0x100:3`,
    says: ["c0ffee"],
  },
  {
    name: "vc4: an import is mapped through its node, by its address",
    line: `${imported} , mmap d --write 0=beef , mmap a --via node --read 0:2`,
    says: ["beef"],
  },
  { name: "vc4: an idle buffer is waited for with WAIT_BO", line: `${made} , wait a` },
  {
    name: "vc4: WAIT_BO of an unknown handle is EINVAL",
    line: `ioctl ${node} WAIT_BO handle=99`,
    errno: "EINVAL",
  },
  {
    name: "vc4: MMAP_BO of an unknown handle is EINVAL",
    line: `ioctl ${node} MMAP_BO handle=99`,
    errno: "EINVAL",
  },
  {
    name: "vc4: GEM_MADVISE of an unknown handle is ENOENT",
    line: `ioctl ${node} GEM_MADVISE handle=99`,
    errno: "ENOENT",
  },
  {
    name: "vc4: a purgeable buffer is not mapped",
    line: `${made} , ioctl ${node} GEM_MADVISE handle=%a madv=DONTNEED , mmap a --read 0:1`,
    errno: "EINVAL",
  },
  {
    name: "vc4: GET_PARAM tells what the GPU is",
    line: `ioctl ${node} GET_PARAM param=V3D_IDENT0`,
    says: ["value=38024022"],
  },
  ...table(["arm64-6.12"], [{
    name: "vc4: more than a page of v3d's is in pieces, and EINVAL",
    line: `create --on ${v3d} --size 1MiB --as x , export x --rdwr --as d , import d ${on}`,
    errno: "EINVAL",
  }]),
]);
