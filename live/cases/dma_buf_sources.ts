/** dma-bufs without a DRM device: udmabuf and the system heap. */
import { type Case, table } from "../_case.ts";
import { amd64, arm64, machines } from "../_machine.ts";

const udmabuf = "create --udmabuf --size 4KiB --as d";
const heap = "create --heap system --size 4KiB --as d";

/** The directions and edges of SYNC on both. */
function brackets(kind: string, made: string): Case[] {
  return ["r", "w", "rw"].map((access) => ({
    name: `${kind}: begin and end for ${access}`,
    on: kind === "heap" ? amd64 : machines,
    line: `${made} , sync d --op begin --access ${access} --whole ,` +
      ` sync d --op end --access ${access} --whole`,
    says: ["begin", "end"],
  }));
}

export const cases: readonly Case[] = [
  ...brackets("udmabuf", udmabuf),
  ...brackets("heap", heap),
  ...table(machines, [
    {
      name: "udmabuf: bytes are written and read between begin and end",
      line: `${udmabuf} , mmap d --bracket --write 0=c0ffee --read 0:3`,
      says: ["c0ffee"],
    },
    {
      name: "udmabuf tells its exporter, and is always writable",
      line: `${udmabuf} , info d`,
      says: ["read-write", "exporter udmabuf", "caching write-back"],
    },
    {
      name: "udmabuf rounds the size to pages",
      line: "create --udmabuf --size 5000 --as d , info d",
      says: ["8 KiB"],
      pages: 4096,
    },
    {
      name: "udmabuf of size 0 is EINVAL",
      line: "create --udmabuf --size 0",
      errno: "EINVAL",
      says: ["a size of 0 is not a buffer"],
    },
    {
      name: "udmabuf without seals is EINVAL",
      line: "create --udmabuf --size 4KiB --seals none",
      errno: "EINVAL",
      says: ["the memfd must be sealed with F_SEAL_SHRINK"],
    },
    {
      name: "udmabuf with the write seal is EINVAL",
      line: "create --udmabuf --size 4KiB --seals shrink,write",
      errno: "EINVAL",
      says: ["must not be sealed against writing"],
    },
    {
      name: "udmabuf with the seal against later writes is EINVAL",
      line: "create --udmabuf --size 4KiB --seals shrink,future-write",
      errno: "EINVAL",
    },
    {
      name: "udmabuf beyond its limit is EINVAL and tells the limit",
      line: "create --udmabuf --size 65MiB",
      errno: "EINVAL",
      says: ["64 MiB"],
    },
    {
      name: "udmabuf: end before the first begin is EINVAL",
      line: `${udmabuf} , sync d --op end --access w --whole`,
      errno: "EINVAL",
      says: ["udmabuf refuses an END before the first START"],
    },
    {
      name: "udmabuf: end after begin is done, twice too",
      line: `${udmabuf} , sync d --op begin --access w --whole ,` +
        " sync d --op end --access w --whole , sync d --op end --access w --whole",
    },
    {
      name: "UDMABUF_CREATE of a memfd that is not open is EBADFD",
      line: "ioctl udmabuf CREATE memfd=9999 size=16384",
      errno: "EBADFD",
    },
    {
      name: "UDMABUF_CREATE of a file that is no memfd is EBADFD",
      line: "open card0 --as v , ioctl udmabuf CREATE memfd=%v size=16384",
      errno: "EBADFD",
    },
    {
      name: "UDMABUF_CREATE looks at the size before the memfd",
      line: "ioctl udmabuf CREATE memfd=9999 size=100",
      errno: "EINVAL",
    },
    {
      name: "UDMABUF_CREATE looks at the offset before the memfd",
      line: "ioctl udmabuf CREATE memfd=9999 size=16384 offset=100",
      errno: "EINVAL",
    },
    {
      name: "UDMABUF_CREATE of size 0 is EINVAL before the memfd is looked at",
      line: "ioctl udmabuf CREATE memfd=9999",
      errno: "EINVAL",
    },
    {
      name: "UDMABUF_CREATE_LIST of too many items is EINVAL",
      line: "ioctl udmabuf CREATE_LIST count=1025",
      errno: "EINVAL",
    },
    {
      name: "a udmabuf is imported into vgem with its bytes",
      line: `${udmabuf} , mmap d --bracket --write 0=1234 , import d --on card0 --as b ,` +
        " mmap b --bracket --verify 0=1234",
    },
    {
      name: "a heap that is not there is exit 4",
      on: amd64,
      line: "create --heap nothing --size 4KiB",
      exit: 4,
      errno: "ENOENT",
      says: ["There are: system."],
    },
    {
      name: "a kernel without heaps is exit 4 and says so",
      on: arm64,
      line: "create --heap system --size 4KiB",
      exit: 4,
      errno: "ENOENT",
      says: ["This kernel has no dma-heaps"],
    },
    {
      name: "two sources at once are wrong usage",
      line: "create --heap system --udmabuf --size 4KiB",
      exit: 2,
    },
  ]),
  ...table(amd64, [
    {
      name: "heap: bytes are written and read between begin and end",
      line: `${heap} , mmap d --bracket --write 0=c0ffee --read 0:3`,
      says: ["c0ffee"],
    },
    {
      name: "heap tells its exporter",
      line: `${heap} , info d`,
      says: ["read-write", "exporter system", "caching write-back"],
    },
    {
      name: "heap --read-only can be read",
      line: "create --heap system --size 4KiB --read-only --as d , mmap d --read 0:2",
      says: ["read-only", "0000"],
    },
    {
      name: "heap --read-only cannot be mapped for writing",
      line: "create --heap system --size 4KiB --read-only --as d , mmap d --write 0=00",
      errno: "EACCES",
      says: ["mmap on d"],
    },
    {
      name: "heap of size 0 is EINVAL",
      line: "create --heap system --size 0",
      errno: "EINVAL",
    },
    {
      name: "heap: end before begin is no error, unlike udmabuf",
      line: `${heap} , sync d --op end --access w --whole`,
    },
    {
      name: "heap ALLOC with heap_flags is EINVAL",
      line: "ioctl heap:system ALLOC len=4096 heap_flags=1",
      errno: "EINVAL",
    },
    {
      name: "heap ALLOC with a descriptor given is EINVAL",
      line: "ioctl heap:system ALLOC len=4096 fd=1",
      errno: "EINVAL",
    },
    {
      name: "heap ALLOC with unknown fd_flags is EINVAL",
      line: "ioctl heap:system ALLOC len=4096 fd_flags=0x10",
      errno: "EINVAL",
    },
  ]),
];
