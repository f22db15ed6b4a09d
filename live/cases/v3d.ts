/** v3d: write-combined buffers, one address space, WAIT_BO with a time-out that counts from the call. */
import { type Case, table } from "../_case.ts";
import { arm64 } from "../_machine.ts";
import { panfrost, v3d as node } from "./_nodes.ts";

const on = `--on ${node}`;
const made = `create ${on} --size 8KiB --as a`;
const imported = `create --on ${panfrost} --size 8KiB --as x , export x --rdwr --as d ,` +
  ` import d ${on} --as a`;

export const cases: readonly Case[] = table(arm64, [
  {
    name: "v3d: a buffer is write-combined, and info tells its GPU address",
    line: `create ${on} --size 16KiB --as a , info a`,
    says: [
      "16 KiB (16384 bytes)",
      "write-combined",
      "GPU address:        0x",
      "flags asked:        none",
    ],
  },
  {
    name: "v3d: what is written through a mapping is read through its dma-buf",
    line: `${made} , export a --rdwr --as d , mmap a --write 0x40=feed , mmap d --read 0x40:2`,
    says: ["feed"],
  },
  {
    name: "v3d: sync has nothing to do, and says why",
    line: `${made} , sync a --range 0:64`,
    says: ["nothing to do", "write-combined"],
  },
  {
    name: "v3d: sync of an import ends an access of its dma-buf, whole",
    line: `${imported} , sync a --whole`,
    says: ["end ("],
  },
  {
    name: "v3d: --cached is not supported, and a way to cached memory is told",
    line: `create ${on} --size 4KiB --cached`,
    exit: 77,
    says: ["its mappings are always write-combined", "--udmabuf"],
  },
  {
    name: "v3d: --private is not supported",
    line: `create ${on} --size 4KiB --private`,
    exit: 77,
    says: ["v3d has no notion of a private buffer"],
  },
  { name: "v3d: --no-mmap is not supported", line: `create ${on} --size 4KiB --no-mmap`, exit: 77 },
  { name: "v3d: --dumb is not supported", line: `create ${on} --dumb 16x16x32`, exit: 77 },
  {
    name: "v3d: CREATE_DUMB is ENOSYS",
    line: "open card5 --as p , ioctl p MODE_CREATE_DUMB width=16 height=16 bpp=32",
    errno: "ENOSYS",
  },
  {
    name: "v3d: size 0 is EINVAL",
    line: `create ${on} --size 0`,
    errno: "EINVAL",
    says: ["a size of 0 is not a buffer"],
  },
  {
    name: "v3d: a size of more than 32 bits is wrong usage",
    line: `create ${on} --size 4GiB`,
    exit: 2,
    says: ["32-bit size field"],
  },
  {
    name: "v3d: any flag is EINVAL",
    line: `create ${on} --size 4KiB --flags 0x1`,
    errno: "EINVAL",
    says: ["v3d has no flags"],
  },
  {
    name: "v3d: an import is mapped through its node by its exporter",
    line: `${imported} , mmap d --write 0=beef , mmap a --via node --read 0:2`,
    says: ["beef"],
  },
  {
    name: "v3d: an import of a read-only dma-buf is written through its node",
    line: `create --on ${panfrost} --size 8KiB --as x , export x --as d , import d ${on} --as a ,` +
      " mmap a --via node --write 0=0badbeef , mmap d --read 0:4",
    says: ["0badbeef"],
  },
  {
    name: "v3d: an idle buffer is waited for with WAIT_BO",
    line: `${made} , wait a`,
    says: ["idle"],
  },
  {
    name: "v3d: WAIT_BO of an unknown handle is EINVAL",
    line: `ioctl ${node} WAIT_BO handle=99`,
    errno: "EINVAL",
  },
  {
    name: "v3d: MMAP_BO of an unknown handle is ENOENT",
    line: `ioctl ${node} MMAP_BO handle=99`,
    errno: "ENOENT",
  },
  {
    name: "v3d: GET_PARAM tells the hardware's version",
    line: `ioctl ${node} GET_PARAM param=V3D_HUB_IDENT1`,
    says: ["value=131364"],
  },
]);
