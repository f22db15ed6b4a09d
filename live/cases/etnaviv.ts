/** etnaviv: three cachings, and cache maintenance of whole buffers by CPU_PREP and CPU_FINI. */
import { arm64 } from "../_machine.ts";
import { type Case, table } from "../_case.ts";
import { etnaviv as node, panfrost } from "./_nodes.ts";

const on = `--on ${node}`;
const cached = `create ${on} --size 8KiB --cached --as a`;
const combined = `create ${on} --size 8KiB --as a`;
/** A panfrost buffer, imported. */
const imported = `create --on ${panfrost} --size 8KiB --as x , export x --rdwr --as d ,` +
  ` import d ${on} --as a`;

export const cases: readonly Case[] = table(arm64, [
  {
    name: "etnaviv: --cached gives a write-back buffer",
    line: `${cached} , info a`,
    says: ["mapped write-back, flags cached"],
  },
  {
    name: "etnaviv: without --cached a buffer is write-combined",
    line: `${combined} , info a`,
    says: ["mapped write-combined, flags wc"],
  },
  {
    name: "etnaviv: a buffer may be uncached",
    line: `create ${on} --size 4KiB --flags uncached,force-mmu --as a , info a`,
    says: ["mapped uncached, flags uncached|force-mmu"],
  },
  {
    name: "etnaviv: two cachings at once are refused",
    line: `create ${on} --size 4KiB --cached --flags wc`,
    errno: "EINVAL",
    says: ["exactly one of CACHED, WC and UNCACHED is wanted"],
  },
  {
    name: "etnaviv: an unknown flag bit is refused",
    line: `create ${on} --size 4KiB --flags 0x1`,
    errno: "EINVAL",
    says: ["unknown flag bits"],
  },
  {
    name: "etnaviv: --private is not supported",
    line: `create ${on} --size 4KiB --private`,
    exit: 77,
    says: ["etnaviv has no notion of a private buffer"],
  },
  {
    name: "etnaviv: --no-mmap is not supported",
    line: `create ${on} --size 4KiB --no-mmap`,
    exit: 77,
  },
  {
    name: "etnaviv: --dumb is not supported",
    line: `create ${on} --dumb 16x16x32`,
    exit: 77,
  },
  {
    name: "etnaviv: a size that the kernel would cut short is wrong usage",
    line: `create ${on} --size 4GiB`,
    exit: 2,
    says: ["does not fit the 32 bits that etnaviv looks at"],
  },
  {
    name: "etnaviv: a buffer of no bytes is made, and cannot be mapped",
    line: `create ${on} --size 0 --as a , mmap a --read 0:1`,
    exit: 2,
    says: ["0 B"],
  },
  {
    name: "etnaviv: a cached buffer is written, handed over whole and taken back",
    line: `${cached} , mmap a --write 0x40=feed , sync a --for device --whole ,` +
      " sync a --for cpu --access r --whole , mmap a --read 0x40:2",
    says: ["prep-fini (clean)", "prep (invalidate)", "feed"],
  },
  {
    name: "etnaviv: a range alone is wrong usage, the interface has none",
    line: `${cached} , sync a --range 0:64`,
    exit: 2,
    says: ["the driver's interface has no range", "--whole"],
  },
  {
    name: "etnaviv: a prep for writing touches no cache, and says so",
    line: `${cached} , sync a --for cpu --access w --whole`,
    says: ["prep-write (wait): CPU_PREP for writing waits"],
  },
  {
    name: "etnaviv: prep, then fini",
    line: `${cached} , sync a --op prep --whole , sync a --op fini --whole`,
    says: ["prep (invalidate)", "fini (clean)"],
  },
  {
    name: "etnaviv: fini without prep is wrong usage: the kernel would warn",
    line: `${cached} , sync a --op fini --whole`,
    exit: 2,
    says: ["fini without a prep before it", "--raw"],
  },
  {
    name: "etnaviv: fini without prep of a write-combined buffer does nothing",
    line: `${combined} , sync a --op fini --whole`,
  },
  {
    name: "etnaviv: a fini ends its prep",
    line: `${cached} , sync a --op prep --whole , sync a --op fini --whole ,` +
      " sync a --op fini --whole",
    exit: 2,
  },
  {
    name: "etnaviv: an op that it does not have is wrong usage",
    line: `${cached} , sync a --op flush --whole`,
    exit: 2,
    says: ["prep, prep-write, fini, prep-fini"],
  },
  {
    name: "etnaviv: sync of a write-combined buffer has nothing to do",
    line: `${combined} , sync a --range 0:64`,
    says: ["nothing to do: the buffer is write-combined"],
  },
  {
    name: "etnaviv: wait of an idle buffer is done",
    line: `${cached} , wait a`,
  },
  {
    name: "etnaviv: a cached buffer is exported, by an exporter without hooks",
    line: `${cached} , export a --rdwr --as d , info d , mmap d --bracket --write 0=5a --read 0:1`,
    says: ["exporter drm", "caching write-back", "5a"],
  },
  {
    name: "etnaviv: an import is mapped through its dma-buf",
    line: `${imported} , mmap a --write 0=77 , mmap x --read 0:1`,
    says: ["77"],
  },
  {
    name: "etnaviv: an import is mapped through the node, too, by its exporter",
    line: `${imported} , mmap a --via node --write 0=78 , mmap x --read 0:1`,
    says: ["78"],
  },
  {
    name: "GEM_NEW without a caching is EINVAL",
    line: `ioctl ${node} GEM_NEW size=4096`,
    errno: "EINVAL",
  },
  {
    name: "GEM_INFO of etnaviv checks its pad before the handle",
    line: `ioctl ${node} GEM_INFO handle=99 pad=1`,
    errno: "EINVAL",
  },
  {
    name: "CPU_PREP of etnaviv with an unknown op is EINVAL",
    line: `ioctl ${node} GEM_CPU_PREP handle=99 op=8`,
    errno: "EINVAL",
  },
  {
    name: "CPU_FINI of etnaviv of an unknown handle is ENOENT",
    line: `ioctl ${node} GEM_CPU_FINI handle=99`,
    errno: "ENOENT",
  },
  {
    name: "GEM_WAIT of etnaviv on a pipe without a GPU is ENXIO",
    line: `ioctl ${node} GEM_WAIT pipe=2D`,
    errno: "ENXIO",
  },
  {
    name: "GET_PARAM of etnaviv tells the model",
    line: `ioctl ${node} GET_PARAM param=GPU_MODEL`,
    says: ["value=28672"],
  },
]);
