/** A buffer of vgem and its dma-buf: the main path, and the rules of export and mmap. */
import { type Case, table } from "../_case.ts";
import { machines } from "../_machine.ts";

const made = "create --on card0 --size 4KiB --as a";
const exported = `${made} , export a --rdwr --as d`;

export const cases: readonly Case[] = table(machines, [
  {
    name: "create tells handle, size and node",
    line: "create --on card0 --size 100 --as a",
    says: ["a: 4 KiB (asked for 100 B) on vgem (/dev/dri/card0), handle 1"],
    pages: 4096,
  },
  {
    name: "a device is named by its driver",
    line: "create --on vgem --size 4KiB --as a",
    says: ["on vgem (/dev/dri/card0)"],
  },
  {
    name: "a device is named by its sysfs name",
    line: "open /sys/class/drm/card0 --as v , create --on v --size 4KiB --as a",
    says: ["on v (/dev/dri/card0)"],
  },
  {
    name: "create --dumb makes a buffer of that shape",
    line: "create --on card0 --dumb 640x480x32 --as fb , info fb",
    says: ["1200 KiB (1228800 bytes)"],
  },
  {
    name: "bytes written through the dma-buf are read through the node and through the dma-buf",
    line: `${exported} , mmap d --bracket --write 0=deadbeef , mmap a --verify 0=deadbeef ,` +
      " mmap d --bracket --verify 0=deadbeef , mmap a --crc32 all , mmap d --crc32 all",
    says: ["verified 4 bytes", "crc32 "],
  },
  {
    name: "bytes written through the node are read through the dma-buf",
    line: `${exported} , mmap a --write 0x800=0123456789 , mmap d --bracket --read 0x800:5`,
    says: ["0123456789"],
  },
  {
    name: "verify of other bytes is a failed check",
    line: `${made} , mmap a --write 0=de , mmap a --verify 0=df`,
    exit: 1,
    says: ["a differs at 0x0: it has de, not df"],
  },
  {
    name: "a new buffer is zeroes",
    line: "create --on card0 --size 16KiB --as a , mmap a --sha256 all",
    says: ["sha256 4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe"],
  },
  {
    name: "fill of a range leaves the bytes beside it",
    line: `${made} , mmap a --fill aa@16:4 , mmap a --read 14:8`,
    says: ["0000aaaaaaaa0000"],
  },
  {
    name: "export without --rdwr gives a read-only dma-buf that can be read",
    line: `${made} , export a --as d , mmap d --read 0:4`,
    says: ["read-only", "00000000"],
  },
  {
    name: "a read-only dma-buf cannot be mapped for writing",
    line: `${made} , export a --as d , mmap d --write 0=ff`,
    errno: "EACCES",
    says: ["mmap on d", "the dma-buf is read-only: its first export was made without --rdwr"],
  },
  {
    name: "a later --rdwr does not make it writable, and says so",
    line: `${made} , export a --as d , export a --rdwr --as late , mmap late --write 0=ff`,
    errno: "EACCES",
    says: ["--rdwr came late"],
  },
  {
    name: "when the read-only dma-buf is closed its mode stays: the buffer keeps it",
    line: `${made} , export a --as d , close d , export a --rdwr --as late , info late`,
    says: ["read-only"],
  },
  {
    name: "a first export with --rdwr stays writable through a later one without",
    line: `${exported} , export a --as again , mmap again --write 0=5a --read 0:1`,
    says: ["5a"],
  },
  {
    name: "the dma-buf keeps the memory when the buffer is closed",
    line: `${made} , mmap a --write 0=77 , export a --rdwr --as d , close a , mmap d --read 0:1`,
    says: ["77"],
  },
  {
    name: "a kept mapping outlives the buffer",
    line: `${made} , mmap a --write 0=66 --as m , close a , mmap m --read 0:1`,
    says: ["66"],
  },
  {
    name: "importing an own buffer gives the same handle",
    line: `${exported} , import d --on card0 --as again , info again`,
    says: ["handle 1 of vgem", "same handle: "],
  },
  {
    name: "closing one name of a handle leaves the other usable",
    line: `${exported} , import d --on card0 --as again , close a ,` +
      " ioctl card0 MODE_MAP_DUMB handle=%again , mmap again --via node --read 0:1",
  },
  {
    name: "the handle goes with its last name",
    line: `${exported} , import d --on card0 --as again , close a again ,` +
      " ioctl card0 GEM_CLOSE handle=1",
    errno: "EINVAL",
  },
  {
    name: "importing into another open file of the device gives the memory",
    line: `${exported} , open renderD128 --as second , import d --on second --as b ,` +
      " mmap a --write 0=42 , mmap b --read 0:1",
    says: ["42"],
  },
  {
    name: "after all is closed nothing is held but the device",
    line: `${exported} , mmap d --as m , import d --on card0 --as again , close m again d a , list`,
    says: ["/dev/dri/card0"],
    silent: ["dma-buf  ", "buffer  ", "mapping  "],
  },
  {
    name: "SYNC takes begin and end in each direction",
    line:
      `${exported} , sync d --op begin --access r --whole , sync d --op end --access r --whole ,` +
      " sync d --op begin --access w --whole , sync d --op end --access w --whole",
    says: ["begin", "end"],
  },
  {
    name: "sync of a dumb buffer has nothing to do and says so",
    line: `${made} , sync a --range 0:64`,
    says: ["nothing to do: dumb buffers have no cache maintenance call"],
  },
  {
    name: "--cached is not supported for dumb buffers",
    line: "create --on card0 --size 4KiB --cached",
    exit: 77,
  },
  {
    name: "create of size 0 is refused",
    line: "create --on card0 --size 0",
    errno: "EINVAL",
    says: ["DRM_IOCTL_MODE_CREATE_DUMB on vgem"],
  },
  {
    name: "dumb buffers are refused on a render node",
    line: "create --on renderD128 --size 4KiB",
    errno: "EACCES",
    says: ["dumb buffers are made on the primary node (card…), this is a render node"],
  },
  {
    name: "a node that does not exist is exit 4 and the nodes are told",
    line: "create --on /dev/dri/card99 --size 4KiB",
    exit: 4,
    errno: "ENOENT",
    says: ["there is no such node", "There are: /dev/dri/card0,"],
  },
  {
    name: "a driver that is not here is exit 4 and a near name is told",
    line: "create --on vgen --size 4KiB",
    exit: 4,
    says: ['Did you mean "vgem"?'],
  },
  {
    name: "info of a dma-buf tells what fdinfo and lseek tell",
    line: "create --on card0 --size 16KiB --as a , export a --rdwr --as d , info d",
    says: ["d: dma-buf of a, 16 KiB", "read-write", "exporter drm"],
  },
]);
