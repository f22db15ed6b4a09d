/** Buffers that go from one GPU of the arm64 board to another, and what their imports allow. */
import { type Case, table } from "../_case.ts";
import { arm64 } from "../_machine.ts";
import { panfrost, panfrostCoherent, panthor, panthorCoherent } from "./_nodes.ts";

const gpus = { panfrost, panfrostCoherent, panthor, panthorCoherent };
type Gpu = keyof typeof gpus;

/** Every GPU takes every other's buffers, and maps them through their dma-buf. */
function shared(exporter: Gpu, importer: Gpu): Case {
  return {
    name: `${importer} takes a buffer of ${exporter}, mapped through its dma-buf`,
    on: arm64,
    line: `create --on ${gpus[exporter]} --size 8KiB --as a , export a --rdwr --as d ,` +
      ` import d --on ${gpus[importer]} --as b , mmap b --bracket --write 0=5eed --read 0:2 ,` +
      " mmap a --verify 0=5eed",
    says: ["5eed"],
  };
}

const names = Object.keys(gpus) as Gpu[];
const cached = `create --on ${panthor} --size 8KiB --cached --as a , export a --rdwr --as d`;
const foreign = `${cached} , import d --on ${panthorCoherent} --as b`;
const toPanfrost = `${cached} , import d --on ${panfrost} --as b`;

export const cases: readonly Case[] = [
  ...names.flatMap((exporter) =>
    names.filter((importer) => importer !== exporter).map((importer) => shared(exporter, importer))
  ),
  ...table(["arm64-7.2"], [
    {
      name: "info of an import tells that the kernel says imported, and of what",
      line: `${foreign} , info b`,
      says: ["kernel says imported:  yes", "import of:", "d: read-write"],
    },
    {
      name: "info of an import into panfrost tells the same",
      line: `${toPanfrost} , info b`,
      says: ["kernel says imported:  yes"],
    },
    {
      name: "importing into its own open file is no import: the flags are kept",
      line: `${cached} , import d --on ${panthor} --as b , info b`,
      says: ["same handle:", "kernel says imported:  no", "wb-mmap"],
    },
    {
      name: "flush of an import is refused, and why is told",
      line: `${foreign} , sync b --op flush --range 0:64`,
      errno: "EINVAL",
      says: ["DRM_IOCTL_PANTHOR_BO_SYNC on", "BO_SYNC refuses imports: sync the dma-buf instead"],
    },
    {
      name: "flush of an import into panfrost is refused, and why is told",
      line: `${toPanfrost} , sync b --op flush --range 0:64`,
      errno: "EINVAL",
      says: ["SYNC_BO refuses imports: sync the dma-buf instead"],
    },
    {
      name: "sync of an import by range is wrong usage: its dma-buf has no ranges",
      line: `${foreign} , sync b --range 0:64`,
      exit: 2,
      says: ["the dma-buf interface has no range", "--whole"],
    },
    {
      name: "sync --whole of an import goes through its dma-buf and tells asked and touched",
      line: `${foreign} , sync b --range 0:64 --for cpu --whole , sync b --range 0:64 --whole`,
      says: ["begin", "end", "the interface touched the whole buffer, 8 KiB"],
    },
    {
      name: "an import can be mapped through its node: the mmap is redirected to the exporter",
      line:
        `${foreign} , mmap b --via node --write 0=4e0d --read 0:2 , mmap d --bracket --read 0:2`,
      says: ["4e0d"],
    },
    {
      name: "a read-only dma-buf cannot be written through its own descriptor",
      line: `create --on ${panthor} --size 4KiB --as a , export a --as d ,` +
        ` import d --on ${panthorCoherent} --as b , mmap b --write 0=ff`,
      errno: "EACCES",
      says: ["the dma-buf is read-only"],
    },
    {
      name: "a read-only dma-buf can be written through an importer's node",
      line: `create --on ${panthor} --size 4KiB --as a , export a --as d ,` +
        ` import d --on ${panfrost} --as b , mmap b --via node --write 0=badc , mmap d --read 0:2`,
      says: ["read-only", "badc"],
    },
    {
      name: "vgem takes a cached buffer of panthor",
      line: `${cached} , import d --on card0 --as b , mmap b --bracket --write 0=77 ,` +
        " sync a --range 0:64 --for cpu , mmap a --verify 0=77",
    },
    {
      name: "re-exporting an import gives the exporter's dma-buf",
      line: `${foreign} , export b --as again , info again`,
      says: ["exporter panthor", "read-write"],
    },
    {
      name: "two imports of one dma-buf are one handle, closed with its last name",
      line: `${foreign} , import d --on ${panthorCoherent} --as c , close b ,` +
        ` ioctl ${panthorCoherent} BO_QUERY_INFO handle=%c , close c ,` +
        ` ioctl ${panthorCoherent} BO_QUERY_INFO handle=1`,
      errno: "ENOENT",
      says: ["extra_flags=IS_IMPORTED"],
    },
  ]),
];
