/**
 * What `attest` does on a machine: safe commands over what it has, refusals that are known to be
 * harmless among them. Every size is small; nothing is submitted to a GPU, and no display is set.
 *
 * @module
 */

/** One command. */
export interface AttestLine {
  /** Words without spaces in them, `{a}` standing for the GEM handle of `a`. */
  readonly line: string;
  /** Names that it works on: without them it is left out. */
  readonly needs: readonly string[];
}

function lines(text: string): readonly AttestLine[] {
  return text.trim().split("\n").map((row) => {
    const [needs = "", line = ""] = row.split("|").map((part) => part.trim());
    return { line, needs: needs === "" ? [] : needs.split(" ") };
  });
}

/**
 * On one device, open as `dev`. Each attribute is tried, so that what is refused is told, too; the
 * first column names what a line needs.
 */
const onDevice = lines(`
               | create --on dev --size 4KiB --as plain
               | create --on dev --size 8KiB --cached --as cached
               | create --on dev --size 4KiB --private --as private
               | create --on dev --size 4KiB --no-mmap --as unmapped
               | create --on dev --size 1 --as odd
               | create --on dev --dumb 64x16x32 --as dumb
plain          | info plain
cached         | info cached
private        | info private
unmapped       | info unmapped
odd            | info odd
dumb           | info dumb
plain          | mmap plain --fill 5a --write 64=c0ffee --read 60:8
cached         | mmap cached --fill a5 --write 4096=c0ffee --read 4096:8 --sha256 0:8192
private        | mmap private --fill 11 --read 0:4
unmapped       | mmap unmapped --read 0:4
odd            | mmap odd --write 0=01 --read 0:4
dumb           | mmap dumb --fill 77 --read 0:4
plain          | sync plain --range 0:64 --for device --access w
plain          | sync plain --range 0:64 --for cpu --access r
cached         | sync cached --range 0:64 --for device --access w
cached         | sync cached --range 4096:128 --for cpu --access r
cached         | sync cached --range 1:1 --for device --access rw
cached         | sync cached --range 8128:64 --for cpu --access rw
cached         | sync cached --whole --for device --access rw
cached         | sync cached --range 8192:64 --raw --for device --access w
plain          | wait plain
cached         | wait cached
plain          | export plain --rdwr --as plaindb
plain          | export plain --as again
cached         | export cached --as cacheddb
cached         | export cached --rdwr --as late
private        | export private --rdwr --as privatedb
unmapped       | export unmapped --rdwr --as unmappeddb
plaindb        | info plaindb
cacheddb       | info cacheddb
plaindb        | mmap plaindb --bracket --read 0:16
plaindb        | mmap plaindb --bracket --write 0=0badcafe
plain plaindb  | mmap plain --read 0:4
cacheddb       | mmap cacheddb --read 0:4
cacheddb       | mmap cacheddb --write 0=00
unmappeddb     | mmap unmappeddb --read 0:4
plaindb        | sync plaindb --whole --for cpu --access r
plaindb        | sync plaindb --whole --for device --access r
plaindb        | wait plaindb
plaindb        | ioctl plaindb SET_NAME argument=attest
plaindb        | info plaindb
plaindb        | ioctl plaindb dma-buf.SYNC flags=0
plaindb        | ioctl plaindb dma-buf.SYNC flags=8
plaindb        | ioctl plaindb EXPORT_SYNC_FILE flags=RW
plaindb        | import plaindb --on dev --as back
back           | info back
back           | mmap back --read 0:4
back           | sync back --range 0:64 --whole --for device --access w
cacheddb       | import cacheddb --on dev --as cachedback
cachedback     | info cachedback
back           | mmap back --via node --read 0:4
               | ioctl dev GEM_CLOSE handle=65535
               | ioctl dev PRIME_HANDLE_TO_FD handle=65535
plain          | ioctl dev PRIME_HANDLE_TO_FD handle={plain} flags=1
               | ioctl dev PRIME_FD_TO_HANDLE fd=-1
               | ioctl dev GET_CAP capability=PRIME
               | ioctl dev GET_CAP capability=SYNCOBJ
               | ioctl dev GET_CAP capability=DUMB_BUFFER
               | ioctl dev PRIME_HANDLE_TO_FD raw=@null
               | ioctl dev SYNCOBJ_CREATE flags=1
               | ioctl dev SYNCOBJ_HANDLE_TO_FD handle=1
               | ioctl dev SYNCOBJ_HANDLE_TO_FD handle=1 flags=1
               | ioctl dev SYNCOBJ_DESTROY handle=1
               | ioctl dev SYNCOBJ_DESTROY handle=1
               | ioctl dev SET_CLIENT_NAME name=attest
`);

/** Calls of one driver, by the name that VERSION tells. */
const ofDriver: Readonly<Record<string, readonly AttestLine[]>> = {
  panthor: lines(`
plain          | ioctl dev panthor.BO_SET_LABEL handle={plain} label=attest
               | ioctl dev panthor.BO_CREATE size=0
               | ioctl dev panthor.BO_CREATE size=4096 flags=0x80000000
               | ioctl dev panthor.BO_CREATE size=4096 exclusive_vm_id=99
               | ioctl dev panthor.BO_MMAP_OFFSET handle=65535
               | ioctl dev panthor.BO_QUERY_INFO handle=65535
               | ioctl dev panthor.BO_CREATE @size=16 size=4096
               | ioctl dev panthor.BO_CREATE @size=48 size=4096
               | ioctl dev panthor.VM_GET_STATE vm_id=99
               | ioctl dev panthor.VM_DESTROY id=99
plain          | ioctl dev panthor.BO_SYNC ops=[handle={plain},type=FLUSH,offset=4096,size=64]
`),
  panfrost: lines(`
plain          | ioctl dev panfrost.SET_LABEL_BO handle={plain} label=attest
               | ioctl dev panfrost.CREATE_BO size=0
               | ioctl dev panfrost.CREATE_BO size=4096 flags=0x80000000
               | ioctl dev panfrost.CREATE_BO @size=8 size=4096
               | ioctl dev panfrost.CREATE_BO @size=32 size=4096
               | ioctl dev panfrost.MMAP_BO handle=65535
               | ioctl dev panfrost.GET_BO_OFFSET handle=65535
               | ioctl dev panfrost.MADVISE handle=65535
               | ioctl dev panfrost.WAIT_BO handle=65535
`),
};

/** Lines that some driver's kernels do not stand: they are left out on it. */
const avoided: Readonly<Record<string, { readonly lines: RegExp; readonly why: string }>> = {
  msm: {
    lines: /--private/,
    why: "7.2: GEM_NEW with NO_SHARE in an open file without an address space is a NULL oops",
  },
  etnaviv: {
    lines: /^sync /,
    why: "CPU_FINI without CPU_PREP is a WARNING",
  },
};

function without(driver: string, all: readonly AttestLine[]): readonly AttestLine[] {
  const harmful = Object.hasOwn(avoided, driver) ? avoided[driver]?.lines : undefined;
  return harmful === undefined ? all : all.filter(({ line }) => !harmful.test(line));
}

/** What lets go of all that was made on a device; `dev` last. */
const made = [
  "cachedback",
  "back",
  "unmappeddb",
  "privatedb",
  "late",
  "cacheddb",
  "again",
  "plaindb",
  "dumb",
  "odd",
  "unmapped",
  "private",
  "cached",
  "plain",
];

function closing(names: readonly string[]): readonly AttestLine[] {
  return names.map((name) => ({ line: `close ${name}`, needs: [name] }));
}

/** On one device: its path, and the driver's name. */
export function deviceLines(path: string, driver: string): readonly AttestLine[] {
  return without(driver, [
    { line: `open ${path} --as dev`, needs: [] },
    ...[...onDevice, ...Object.hasOwn(ofDriver, driver) ? ofDriver[driver] ?? [] : []].map(
      ({ line, needs }) => ({ line, needs: ["dev", ...needs] }),
    ),
    ...closing([...made, "dev"]),
  ]);
}

/** A buffer of one device in another one: their paths, and the other one's driver. */
export function sharingLines(from: string, to: string, driver: string): readonly AttestLine[] {
  return without(driver, [
    ...lines(`
               | open ${from} --as dev
               | open ${to} --as other
dev            | create --on dev --size 4KiB --as plain
plain          | mmap plain --fill 5a
plain          | export plain --rdwr --as plaindb
plaindb other  | import plaindb --on other --as there
there          | info there
there          | mmap there --read 0:4
there          | sync there --range 0:64 --whole --for device --access w
there          | export there --rdwr --as thencedb
thencedb       | info thencedb
`),
    ...closing(["thencedb", "there", "plaindb", "plain", "other", "dev"]),
  ]);
}

function dmaBufLines(create: string): readonly AttestLine[] {
  return [
    ...lines(`
               | ${create} --as db
db             | info db
db             | mmap db --bracket --fill 5a
db             | mmap db --bracket --read 0:16
db             | sync db --whole --for cpu --access r
db             | sync db --whole --for device --access r
db             | wait db
db             | ioctl db SET_NAME argument=attest
db             | info db
`),
    ...closing(["db"]),
  ];
}

/** On a dma-heap. */
export function heapLines(name: string): readonly AttestLine[] {
  return [
    ...dmaBufLines(`create --heap ${name} --size 4KiB`),
    ...lines(`
               | create --heap ${name} --size 4KiB --read-only --as ro
ro             | mmap ro --write 0=00
`),
    ...closing(["ro"]),
  ];
}

/** On /dev/udmabuf. */
export function udmabufLines(): readonly AttestLine[] {
  return [
    ...dmaBufLines("create --udmabuf --size 8KiB"),
    ...lines(`
               | create --udmabuf --size 4KiB --seals none --as unsealed
               | create --udmabuf --size 4KiB --seals shrink,write --as sealed
`),
    ...closing(["unsealed", "sealed"]),
  ];
}
