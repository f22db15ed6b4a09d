/** msm: cached and write-combined buffers, and calls named prep and fini that touch no cache. */
import { arm64 } from "../_machine.ts";
import { type Case, table } from "../_case.ts";
import { msm as node, panfrost } from "./_nodes.ts";

const on = `--on ${node}`;
const cached = `create ${on} --size 8KiB --cached --as a`;
const combined = `create ${on} --size 8KiB --as a`;
/** A panfrost buffer, imported. */
const imported = `create --on ${panfrost} --size 8KiB --as x , export x --rdwr --as d ,` +
  ` import d ${on} --as a`;

export const cases: readonly Case[] = table(arm64, [
  {
    name: "msm: --cached gives a write-back buffer, and GET_FLAGS reads it back",
    line: `${cached} , info a`,
    says: ["mapped write-back, flags cached", "kernel reads back:     cached"],
  },
  {
    name: "msm: without --cached a buffer is write-combined",
    line: `${combined} , info a`,
    says: ["mapped write-combined, flags wc", "kernel reads back:     wc"],
  },
  {
    name: "msm: an import is told by the flags that it does not tell",
    line: `${imported} , info a`,
    says: ["imported"],
  },
  {
    name: "msm: two cachings at once are refused",
    line: `create ${on} --size 4KiB --cached --flags wc`,
    errno: "EINVAL",
    says: ["exactly one of CACHED, WC and CACHED_COHERENT is wanted"],
  },
  {
    name: "msm: CACHED_COHERENT is for GPUs that have it",
    line: `create ${on} --size 4KiB --flags cached-coherent`,
    errno: "EINVAL",
    says: ["the GPU has no CACHED_COHERENT"],
  },
  {
    name: "msm: uncached is nothing that the kernel makes",
    line: `create ${on} --size 4KiB --flags uncached`,
    errno: "EINVAL",
  },
  {
    name: "msm: size 0 is EINVAL",
    line: `create ${on} --size 0`,
    errno: "EINVAL",
    says: ["a size of 0 is not a buffer"],
  },
  {
    name: "msm 1.12: --private is EINVAL, the kernel does not know it",
    on: ["arm64-6.12"],
    line: `create ${on} --size 4KiB --private`,
    errno: "EINVAL",
    says: ["NO_SHARE needs msm 1.13, this is 1.12"],
  },
  {
    name: "msm 1.13: --private without a GPU is not asked, for the kernel would oops",
    on: ["arm64-7.2"],
    line: `create ${on} --size 4KiB --private`,
    exit: 77,
    says: ["no GPU could be started"],
  },
  {
    name: "msm: --no-mmap is not supported",
    line: `create ${on} --size 4KiB --no-mmap`,
    exit: 77,
  },
  {
    name: "msm 1.12: a size that the kernel would cut short is wrong usage",
    on: ["arm64-6.12"],
    line: `create ${on} --size 4GiB`,
    exit: 2,
    says: ["does not fit the 32 bits that msm looks at"],
  },
  {
    name: "msm 1.12: dumb buffers on the primary node",
    on: ["arm64-6.12"],
    line: "create --on card8 --dumb 64x64x32 --as a , info a",
    says: ["16 KiB (16384 bytes)", "mapped write-combined"],
  },
  {
    name: "msm 1.13: a GPU's node has no dumb buffers",
    on: ["arm64-7.2"],
    line: "create --on card8 --dumb 16x16x32",
    errno: "ENOSYS",
  },
  {
    name: "msm: sync for the device does nothing to a cache, and says so",
    line: `${cached} , sync a --range 0:64`,
    says: ["fini (none): CPU_PREP waits and CPU_FINI does nothing"],
  },
  {
    name: "msm: sync for the CPU waits, and says that it does no more",
    line: `${cached} , sync a --range 0:64 --for cpu`,
    says: ["prep (wait): CPU_PREP waits"],
  },
  {
    name: "msm: sync of a write-combined buffer has nothing to do",
    line: `${combined} , sync a --range 0:64`,
    says: ["nothing to do: the buffer is write-combined"],
  },
  {
    name: "msm: prep and fini by name",
    line: `${combined} , sync a --op prep --whole , sync a --op fini --whole`,
    says: ["prep (wait)", "fini (none)"],
  },
  {
    name: "msm: wait of an idle buffer is done",
    line: `${cached} , wait a`,
  },
  {
    name: "msm: a cached buffer is exported, its exporter has no hooks",
    line: `${cached} , export a --rdwr --as d , mmap d --bracket --write 0=5a --read 0:1 , info d`,
    says: ["caching write-back", "5a"],
  },
  {
    name: "msm: an import is mapped through the node by msm itself",
    line: `${imported} , mmap a --via node --write 0=78 , mmap x --read 0:1`,
    says: ["78"],
  },
  {
    name: "GEM_INFO of msm wants no len for what is told by value",
    line: `ioctl ${node} GEM_INFO handle=99 len=1`,
    errno: "EINVAL",
  },
  {
    name: "CPU_PREP of msm with an unknown op is EINVAL",
    line: `ioctl ${node} GEM_CPU_PREP handle=99 op=16`,
    errno: "EINVAL",
  },
  {
    name: "CPU_FINI of msm of an unknown handle is ENOENT",
    line: `ioctl ${node} GEM_CPU_FINI handle=99`,
    errno: "ENOENT",
  },
  {
    name: "GET_PARAM of msm without a GPU is ENXIO",
    line: `ioctl ${node} GET_PARAM pipe=3D0 param=GPU_ID`,
    errno: "ENXIO",
  },
]);
