/**
 * Command lines that together use every command and every path through it, as far as kernel calls
 * go: what `_fault_cases.ts` lets fail call by call.
 *
 * @module
 */

/** What a machine has to try the commands on; `{gpu}` in a line stands for `places.gpu`. */
export interface FaultPlaces {
  /** A device with cached buffers and a sync call: panthor, panfrost. */
  readonly gpu?: string;
  /** A device with private buffers: panthor. */
  readonly private?: string;
  /** A device with dumb buffers that it exports: vgem. */
  readonly dumb?: string;
  /** Another device that imports the dma-bufs of `dumb`. */
  readonly importer?: string;
  /** The path of a node, its device's name in sysfs, and its device-tree compatible. */
  readonly path?: string;
  readonly sysfs?: string;
  readonly compatible?: string;
  /** A dma-heap's name. */
  readonly heap?: string;
  /** Whether there is /dev/udmabuf: any text. */
  readonly udmabuf?: string;
  /** Whether the kernel has a device side, which the simulator has: any text. */
  readonly deviceSide?: string;
}

/** One command line. */
export interface FaultCase {
  readonly name: string;
  /** The words after the options that choose the kernel. `{script}`, `{file}`: files of the run. */
  readonly line: string;
  /** Places that the line needs without naming them. */
  readonly needs?: readonly (keyof FaultPlaces)[];
  /** Contents of `{script}`, in which places are filled in, too. */
  readonly script?: readonly string[];
  /** The exit code where nothing fails; 0 where absent. */
  readonly exit?: number;
  /** The command judges: a fault may end it with exit 1, as long as call and errno are told. */
  readonly checks?: boolean;
  /** Objects that raw calls make belong to no name: lines of the books that match are let be. */
  readonly unnamed?: RegExp;
}

const handles = /: (GEM handle|syncobj handle|VM) /;

export const faultCases: readonly FaultCase[] = [
  { name: "create", line: "create --size 4KiB" },
  { name: "create --cached", line: "create --size 8KiB --cached --on {gpu} --as a" },
  {
    name: "create --private, twice",
    line:
      "create --size 4KiB --private --on {private} , create --size 4KiB --private --on {private}",
  },
  { name: "create --no-mmap", line: "create --size 4KiB --no-mmap --on {private}" },
  { name: "create --flags", line: "create --size 4KiB --flags wb-mmap --on {gpu}" },
  { name: "create --dumb", line: "create --dumb 64x64x32 --on {dumb}" },
  { name: "create --heap", line: "create --heap {heap} --size 5000" },
  { name: "create --heap --read-only", line: "create --heap {heap} --size 4KiB --read-only" },
  { name: "create --udmabuf", line: "create --udmabuf --size 5000", needs: ["udmabuf"] },
  {
    name: "export",
    line: "create --size 4KiB --as a , export a --as ro , export a --rdwr --no-cloexec",
  },
  {
    name: "import into the same device",
    line: "create --size 4KiB --as a , export a --rdwr --as db , import db --as b , close a",
  },
  {
    name: "import into another device, twice",
    line: "create --size 4KiB --on {dumb} --as a , export a --as db , " +
      "import db --on {importer} --as b , import db --on {importer} --as c , close b",
  },
  {
    name: "import into another device, from the GPU",
    line: "create --size 4KiB --on {gpu} --as a , export a --rdwr --as db , import db --on {dumb}",
  },
  {
    name: "import into the GPU",
    line: "create --size 4KiB --on {dumb} --as a , export a --rdwr --as db , " +
      "import db --on {gpu} --as b , info b",
  },
  {
    name: "mmap through the node",
    line: "create --size 4KiB --as a , mmap a --fill aa --write 0=deadbeef --verify 0=deadbeef " +
      "--read 0:4 --dump 0:64 --crc32 all --sha256 all",
  },
  {
    name: "mmap through the dma-buf",
    line: "create --size 4KiB --as a , export a --rdwr --as db , mmap db --write 0=de --read 0:4",
  },
  {
    name: "mmap --bracket",
    line: "create --size 4KiB --as a , export a --rdwr --as db , " +
      "mmap db --bracket --write 0=de --read 0:4",
  },
  {
    name: "mmap kept, through the node",
    line: "create --size 4KiB --as a , mmap a --as m , mmap m --write 0=de , mmap m --read 0:1 , " +
      "close m",
  },
  {
    name: "mmap kept, through the dma-buf",
    line: "create --heap {heap} --size 4KiB --as db , mmap db --as m --bracket --write 0=de , " +
      "mmap m --bracket --read 0:4 , close m db",
  },
  {
    name: "mmap kept, for reading",
    line: "create --udmabuf --size 4KiB --as db , mmap db --as m --read-only",
    needs: ["udmabuf"],
  },
  {
    name: "mmap of an import",
    line: "create --size 4KiB --on {dumb} --as a , export a --rdwr --as db , " +
      "import db --on {gpu} --as b , mmap b --bracket --write 0=de , mmap b --via node --read 0:4",
  },
  {
    name: "sync of a range, of several, one by one, of everything",
    line: "create --size 4KiB --cached --on {gpu} --as a , mmap a --fill aa , " +
      "sync a --range 0:64 , sync a --range 0:64 --range 128:64 --for cpu , " +
      "sync a --range 0:64 --range 128:64 --one-by-one , sync a --whole --op flush-invalidate",
  },
  { name: "sync with nothing to do", line: "create --size 4KiB --as a , sync a --whole" },
  {
    name: "sync of a dma-buf",
    line: "create --size 4KiB --as a , export a --rdwr --as db , " +
      "sync db --whole --for cpu --access w , sync db --whole --op end --access w",
  },
  {
    name: "sync of an import",
    line: "create --size 4KiB --on {dumb} --as a , export a --rdwr --as db , " +
      "import db --on {gpu} --as b , sync b --whole --for cpu , sync b --whole",
  },
  {
    name: "wait",
    line: "create --size 4KiB --as a , export a --rdwr --as db , wait db , wait db --access r , " +
      "import db --on {gpu} --as b , wait b",
  },
  {
    name: "device: a job, and accesses outside of one",
    line: "create --size 4KiB --on {gpu} --as a , device begin a , device write a 0=deadbeef , " +
      "device fill a aa@8:8 , device copy a 0:4 a 64 , device end a , device read a 0:4",
    needs: ["deviceSide"],
  },
  {
    name: "info and list of everything, and close",
    line:
      "create --size 4KiB --as a , export a --rdwr --as db , import db --as b , mmap a --as m , " +
      "info a , info db , info b , info m , list , close m b db a",
  },
  { name: "open by path", line: "open {path} --as d , info d , create --size 4KiB --on d" },
  { name: "open by driver, twice", line: "open {dumb} --as d , open {dumb} --as e , close e d" },
  { name: "open by name in sysfs", line: "open {sysfs} --as d" },
  { name: "open by compatible", line: "open {compatible} --as d" },
  {
    name: "close of a device with its buffers",
    line: "open {private} --as d , create --size 4KiB --private --on d --as a , list , close a d",
  },
  { name: "ioctl", line: "ioctl . DRM_IOCTL_GET_CAP capability=PRIME" },
  {
    name: "ioctl that returns a dma-buf",
    line: "create --size 4KiB --as a , ioctl . PRIME_HANDLE_TO_FD handle=%a flags=CLOEXEC , " +
      "ioctl heap:{heap} DMA_HEAP_IOCTL_ALLOC len=4096 fd_flags=2 , ioctl db1 DMA_BUF_SET_NAME argument=x , " +
      "mmap db2 --read 0:4",
  },
  {
    name: "ioctl that returns other descriptors",
    line: "ioctl {gpu} SYNCOBJ_CREATE flags=CREATE_SIGNALED , " +
      "ioctl {gpu} SYNCOBJ_HANDLE_TO_FD handle=1 , " +
      "ioctl {gpu} SYNCOBJ_HANDLE_TO_FD handle=1 flags=1",
    unnamed: handles,
  },
  {
    name: "ioctl that makes and closes handles",
    line:
      "ioctl {dumb} MODE_CREATE_DUMB width=64 height=64 bpp=32 , ioctl {dumb} GEM_CLOSE handle=1",
    unnamed: handles,
  },
  { name: "devices", line: "devices" },
  { name: "devices --boards", line: "devices --boards" },
  { name: "explain", line: "explain late-rdwr" },
  { name: "smoke", line: "smoke --junit {file}", checks: true },
  { name: "smoke on the GPU", line: "smoke --on {gpu} --tap", checks: true },
  { name: "smoke on dumb buffers", line: "smoke --on {dumb}", checks: true },
  { name: "a trace", line: "create --size 4KiB --as a , export a --trace" },
  {
    name: "run",
    line: "run {script}",
    checks: true,
    script: [
      "create --size 4KiB --as a   # the script of the design",
      "export a --as ro",
      "expect EACCES mmap ro --write 0=deadbeef",
      "export a --rdwr --as late",
      "expect EACCES mmap late --write 0=deadbeef",
      "create --size 4KiB --as b",
      "export b --rdwr --as rw",
      "expect ok mmap rw --bracket --write 0=deadbeef",
      "expect bytes=deadbeef mmap rw --bracket --read 0:4",
      "expect exit=2 create --size 0x",
    ],
  },
  {
    name: "run of a script with refusals",
    line: "run {script}",
    checks: true,
    script: [
      "open {dumb} --as d",
      "create --size 4KiB --on d --as a",
      "expect EINVAL ioctl d GEM_CLOSE handle=99",
      "export a --as db",
      "close a",
      "import db --on d --as b",
    ],
  },
  { name: "run --check", line: "run {script} --check", script: ["create --size 4KiB", "list"] },
  {
    name: "policy-check without a finding",
    line: "create --size 4KiB --as a , export a --rdwr --as db , " +
      "mmap db --bracket --write 0=de , close db a , policy-check",
  },
  {
    name: "policy-check with findings",
    line: "create --size 4KiB --as a , export a , export a --rdwr , policy-check --notes",
    exit: 1,
  },
  {
    name: "policy-check of a script",
    line: "policy-check {script}",
    script: ["create --size 4KiB --as a", "close a"],
  },
  {
    name: "emit-c of a script",
    line: "emit-c {script}",
    script: ["create --size 4KiB --as a", "export a --as ro", "mmap a --fill aa", "close a"],
  },
];
