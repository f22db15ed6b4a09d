/** panfrost since 1.6: cached maps, SYNC_BO, heaps, and the order of its checks. */
import { type Case, type Row, table } from "../_case.ts";
import { panfrost as node, panfrostCoherent } from "./_nodes.ts";

const on = `--on ${node}`;
const cached = `create ${on} --size 8KiB --cached --as a`;
const combined = `create ${on} --size 8KiB --as a`;
const heap = `create ${on} --size 4KiB --flags noexec,heap --as a`;

/** SYNC_BO with these fields on a buffer of 8 KiB that is the file's handle 1. */
function sync(name: string, fields: string, errno?: string, before = cached): Row {
  return {
    name: `SYNC_BO ${name}`,
    line: `${before} , ioctl ${node} SYNC_BO ${fields}`,
    ...(errno === undefined ? {} : { errno }),
  };
}

/** A buffer of the other panfrost device, imported as handle 1. */
const imported = `create --on ${panfrostCoherent} --size 8KiB --as x , export x --rdwr --as d ,` +
  ` import d --on ${node} --as a`;

export const cases: readonly Case[] = table(["arm64-7.2"], [
  {
    name: "panfrost: --cached gives a write-back buffer, and QUERY reads the flag back",
    line: `${cached} , info a`,
    says: ["mapped write-back, flags wb-mmap", "kernel reads back:     wb-mmap"],
  },
  {
    name: "panfrost: without --cached a buffer is write-combined",
    line: `${combined} , info a`,
    says: ["mapped write-combined", "no flags"],
  },
  {
    name: "panfrost: a coherent device's buffer reads back WB although it was not asked for",
    line: `create --on ${panfrostCoherent} --size 4KiB --as a , info a`,
    says: ["mapped write-back", "flags asked:           none", "kernel reads back:     wb-mmap"],
  },
  {
    name: "panfrost: a heap of a coherent device reads back all three flags",
    line: `create --on ${panfrostCoherent} --size 4KiB --flags noexec,heap --as a , info a`,
    says: ["noexec heap wb-mmap"],
  },
  {
    name: "panfrost: a cached buffer is written, synced by several ranges and read",
    line: `${cached} , mmap a --write 0x40=feed , sync a --range 0x40:2 --range 4KiB:64 ,` +
      " mmap a --read 0x40:2",
    says: ["flush (clean)", "feed"],
  },
  {
    name: "panfrost: a range beyond the buffer is EINVAL with --raw",
    line: `${cached} , sync a --range 8KiB:1 --raw`,
    errno: "EINVAL",
    says: ["DRM_IOCTL_PANFROST_SYNC_BO on panfrost", "ends beyond the buffer's 8192 bytes"],
  },
  {
    name: "panfrost: a range that does not fit 32 bits is wrong usage",
    line: `${cached} , sync a --range 4GiB:1 --raw`,
    exit: 2,
  },
  {
    name: "panfrost: --private is not supported",
    line: `create ${on} --size 4KiB --private`,
    exit: 77,
    says: ["panfrost has no notion of a private buffer"],
  },
  {
    name: "panfrost: --no-mmap is not supported",
    line: `create ${on} --size 4KiB --no-mmap`,
    exit: 77,
  },
  {
    name: "panfrost: a cached buffer can be exported",
    line: `${cached} , export a --rdwr --as d , info d`,
    says: ["exporter panfrost", "caching write-back"],
  },
  {
    name: "panfrost: a heap is rounded to 2 MiB and cannot be mapped through the node",
    line: `${heap} , info a , mmap a --read 0:1`,
    errno: "EINVAL",
    says: ["2 MiB (2097152 bytes)", "a heap buffer is mapped through its dma-buf alone"],
  },
  {
    name: "panfrost: a heap is mapped through its dma-buf all the same",
    line: `${heap} , export a --rdwr --as d , mmap d --write 1MiB=5c --read 1MiB:1`,
    says: ["5c"],
  },
  {
    name: "panfrost: a heap cannot be imported by another device: it cannot be pinned",
    line: `${heap} , export a --rdwr --as d , import d --on ${panfrostCoherent}`,
    errno: "EINVAL",
  },
  {
    name: "panfrost: HEAP needs NOEXEC",
    line: `create ${on} --size 4KiB --flags heap`,
    errno: "EINVAL",
    says: ["HEAP needs NOEXEC"],
  },
  {
    name: "panfrost: HEAP and WB_MMAP exclude each other",
    line: `create ${on} --size 4KiB --flags noexec,heap --cached`,
    errno: "EINVAL",
    says: ["HEAP and WB_MMAP exclude each other"],
  },
  {
    name: "panfrost: an unknown flag bit is EINVAL",
    line: `create ${on} --size 4KiB --flags 0x8`,
    errno: "EINVAL",
    says: ["unknown flag bits"],
  },
  {
    name: "panfrost: size 0 is EINVAL",
    line: `create ${on} --size 0`,
    errno: "EINVAL",
    says: ["a size of 0 is not a buffer"],
  },
  sync("with pad is EINVAL before the count is looked at", "op_count=0 pad=1", "EINVAL"),
  sync("with count 0 looks at nothing else", "ops=@0x10 op_count=0"),
  sync("at a bad address is EFAULT", "ops=@0x10 op_count=1", "EFAULT"),
  sync("of an unknown handle is ENOENT", "ops=[handle=99,size=64]", "ENOENT"),
  sync("of a range beyond the end is EINVAL", "ops=[handle=%a,offset=8192,size=1]", "EINVAL"),
  sync(
    "of a range that wraps in 32 bits is EINVAL",
    "ops=[handle=%a,offset=-4096,size=8192]",
    "EINVAL",
  ),
  sync("of no bytes at the very end is done", "ops=[handle=%a,offset=8192]"),
  sync("with an unknown type is EINVAL", "ops=[handle=%a,type=2,size=64]", "EINVAL"),
  sync("of a write-combined buffer is done", "ops=[handle=%a,size=64]", undefined, combined),
  sync(
    "of a write-combined buffer checks the type first",
    "ops=[handle=%a,type=2,size=64]",
    "EINVAL",
    combined,
  ),
  sync("stops at the first error", "ops=[handle=%a,size=64;handle=99]", "ENOENT"),
  sync("of an import is EINVAL", "ops=[handle=%a,size=64]", "EINVAL", imported),
  {
    name: "CREATE_BO with pad is EINVAL",
    line: `ioctl ${node} CREATE_BO size=4096 pad=1`,
    errno: "EINVAL",
  },
  {
    name: "MMAP_BO checks its flags before the handle",
    line: `ioctl ${node} MMAP_BO handle=99 flags=1`,
    errno: "EINVAL",
  },
  {
    name: "MMAP_BO of an unknown handle is ENOENT",
    line: `ioctl ${node} MMAP_BO handle=99`,
    errno: "ENOENT",
  },
  {
    name: "MMAP_BO of an import is given",
    line: `${imported} , ioctl ${node} MMAP_BO handle=%a`,
    says: ["offset="],
  },
  {
    name: "QUERY_BO_INFO of an unknown handle is ENOENT",
    line: `ioctl ${node} QUERY_BO_INFO handle=99`,
    errno: "ENOENT",
  },
  {
    name: "QUERY_BO_INFO of an import tells IS_IMPORTED and no creation flags",
    line: `${imported} , ioctl ${node} QUERY_BO_INFO handle=%a`,
    says: ["extra_flags=IS_IMPORTED", "create_flags=0"],
  },
  {
    name: "MADVISE of an unknown handle is ENOENT",
    line: `ioctl ${node} MADVISE handle=99`,
    errno: "ENOENT",
  },
  {
    name: "MADVISE WILLNEED of a buffer tells that it was retained",
    line: `${combined} , ioctl ${node} MADVISE handle=%a madv=WILLNEED`,
    says: ["retained=1"],
  },
  {
    name: "WAIT_BO with pad is EINVAL",
    line: `ioctl ${node} WAIT_BO handle=99 pad=1`,
    errno: "EINVAL",
  },
  {
    name: "WAIT_BO of an unknown handle is ENOENT",
    line: `ioctl ${node} WAIT_BO handle=99`,
    errno: "ENOENT",
  },
  {
    name: "WAIT_BO of an idle buffer is done",
    line: `${combined} , ioctl ${node} WAIT_BO handle=%a`,
  },
  {
    name: "GET_PARAM tells the coherency: none, and ACE-Lite on the coherent device",
    line: `ioctl ${node} GET_PARAM param=SELECTED_COHERENCY ,` +
      ` ioctl ${panfrostCoherent} GET_PARAM param=SELECTED_COHERENCY`,
    says: ["value=31", "value=0"],
  },
  {
    name: "SET_LABEL_BO takes a label",
    line: `${combined} , ioctl ${node} SET_LABEL_BO handle=%a label=frame`,
  },
  {
    name: "SET_LABEL_BO of an unknown handle is ENOENT",
    line: `ioctl ${node} SET_LABEL_BO handle=99 label=x`,
    errno: "ENOENT",
  },
]);
