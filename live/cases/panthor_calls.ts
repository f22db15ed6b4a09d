/** The order of panthor's checks (uAPI since 1.7), each call as it is. */
import { type Case, type Row, table } from "../_case.ts";
import { panthor as node, panthorCoherent } from "./_nodes.ts";

const made = `create --on ${node} --size 8KiB --cached --as a`;
const combined = `create --on ${node} --size 8KiB --as a`;

/** BO_SYNC with these fields on a buffer of 8 KiB that is the file's handle 1. */
function sync(name: string, fields: string, errno?: string, before = made): Row {
  return {
    name: `BO_SYNC ${name}`,
    line: `${before} , ioctl ${node} BO_SYNC ${fields}`,
    ...(errno === undefined ? {} : { errno }),
  };
}

function ops(...items: string[]): string {
  return `ops.array=[${items.join(";")}]`;
}

/** One op of 24 bytes: handle 1, type 0, offset 0, size 64. */
const op24 = "0100000000000000" + "0000000000000000" + "4000000000000000";

/** A buffer of the other panthor device, imported as handle 1. */
const imported =
  `create --on ${panthorCoherent} --size 8KiB --cached --as x , export x --rdwr --as d ,` +
  ` import d --on ${node} --as a`;

export const cases: readonly Case[] = table(["arm64-7.2"], [
  sync("with count 0 looks at nothing else", "ops.stride=0 ops.count=0 ops.array=@0x10"),
  sync("with a stride of 8 is EINVAL", `ops.stride=8 ops.count=1 ops.array=hex:${op24}`, "EINVAL"),
  sync(
    "checks the stride before the address",
    "ops.stride=8 ops.count=1 ops.array=@0x10",
    "EINVAL",
  ),
  sync("at a bad address is EFAULT", "ops.stride=24 ops.count=1 ops.array=@0x10", "EFAULT"),
  sync(
    "with a longer stride and zeroes behind it is done",
    `ops.stride=32 ops.count=1 ops.array=hex:${op24}${"00".repeat(8)}`,
  ),
  sync(
    "with a longer stride and something behind it is E2BIG",
    `ops.stride=32 ops.count=1 ops.array=hex:${op24}${"01".repeat(8)}`,
    "E2BIG",
  ),
  sync("of an unknown handle is ENOENT", ops("handle=99,size=64"), "ENOENT"),
  sync(
    "checks the handle before range and type",
    ops("handle=99,type=7,offset=0xffffffffffffffff,size=2"),
    "ENOENT",
  ),
  sync("of a range beyond the end is EINVAL", ops("handle=%a,offset=8192,size=1"), "EINVAL"),
  sync("of a range longer than the buffer is EINVAL", ops("handle=%a,size=8193"), "EINVAL"),
  sync(
    "of a range that wraps around is EINVAL",
    ops("handle=%a,offset=0xffffffffffffffff,size=2"),
    "EINVAL",
  ),
  sync(
    "of a size that wraps to the start is EINVAL",
    ops("handle=%a,offset=4096,size=0xfffffffffffff000"),
    "EINVAL",
  ),
  sync("of no bytes at the very end is done", ops("handle=%a,offset=8192,size=0")),
  sync("of no bytes beyond the end is EINVAL", ops("handle=%a,offset=8193,size=0"), "EINVAL"),
  sync("needs no alignment", ops("handle=%a,offset=3,size=7,type=1")),
  sync("with an unknown type is EINVAL", ops("handle=%a,type=2,size=64"), "EINVAL"),
  sync("with an unknown type and no bytes is EINVAL", ops("handle=%a,type=2"), "EINVAL"),
  sync("of a write-combined buffer is done", ops("handle=%a,size=64"), undefined, combined),
  sync(
    "of a write-combined buffer checks the type first",
    ops("handle=%a,type=2,size=64"),
    "EINVAL",
    combined,
  ),
  sync(
    "of a write-combined buffer checks the range first",
    ops("handle=%a,offset=8192,size=1"),
    "EINVAL",
    combined,
  ),
  sync("stops at the first error", ops("handle=%a,size=64", "handle=99"), "ENOENT"),
  sync("tells the first of two errors", ops("handle=%a,type=2", "handle=99"), "EINVAL"),
  sync("of an import is EINVAL", ops("handle=%a,size=64"), "EINVAL", imported),
  sync("of an import is EINVAL even for no bytes", ops("handle=%a"), "EINVAL", imported),
  {
    name: "BO_CREATE with pad is EINVAL",
    line: `ioctl ${node} BO_CREATE size=4096 pad=1`,
    errno: "EINVAL",
  },
  {
    name: "BO_CREATE of size 0 is EINVAL",
    line: `ioctl ${node} BO_CREATE size=0`,
    errno: "EINVAL",
  },
  {
    name: "BO_CREATE with an unknown flag is EINVAL",
    line: `ioctl ${node} BO_CREATE size=4096 flags=4`,
    errno: "EINVAL",
  },
  {
    name: "BO_CREATE in a VM that is not there is EINVAL",
    line: `ioctl ${node} BO_CREATE size=4096 exclusive_vm_id=7`,
    errno: "EINVAL",
  },
  {
    name: "BO_CREATE tells the rounded size",
    line: `ioctl ${node} BO_CREATE size=1 flags=WB_MMAP , ioctl ${node} GEM_CLOSE handle=1`,
    says: ["size=4096", "handle=1"],
  },
  {
    name: "BO_CREATE at a bad address is EFAULT",
    line: `ioctl ${node} BO_CREATE raw=@0x10`,
    errno: "EFAULT",
  },
  {
    name: "BO_CREATE from an older caller's smaller structure is done",
    line: `ioctl ${node} BO_CREATE @size=16 size=4096 , ioctl ${node} GEM_CLOSE handle=1`,
  },
  {
    name: "BO_MMAP_OFFSET checks pad before the handle",
    line: `ioctl ${node} BO_MMAP_OFFSET handle=99 pad=1`,
    errno: "EINVAL",
  },
  {
    name: "BO_MMAP_OFFSET of an unknown handle is ENOENT",
    line: `ioctl ${node} BO_MMAP_OFFSET handle=99`,
    errno: "ENOENT",
  },
  {
    name: "BO_MMAP_OFFSET of a NO_MMAP buffer is EPERM",
    line: `create --on ${node} --size 4KiB --no-mmap --as a ,` +
      ` ioctl ${node} BO_MMAP_OFFSET handle=%a`,
    errno: "EPERM",
  },
  {
    name: "BO_MMAP_OFFSET of an import is given",
    line: `${imported} , ioctl ${node} BO_MMAP_OFFSET handle=%a`,
    says: ["offset="],
  },
  {
    name: "BO_QUERY_INFO of an unknown handle is ENOENT",
    line: `ioctl ${node} BO_QUERY_INFO handle=99`,
    errno: "ENOENT",
  },
  {
    name: "BO_QUERY_INFO ignores what stands in the other fields",
    line: `${made} , ioctl ${node} BO_QUERY_INFO handle=%a extra_flags=9 create_flags=9 pad=9`,
    says: ["extra_flags=0", "create_flags=WB_MMAP", "pad=0"],
  },
  {
    name: "BO_QUERY_INFO of an import tells IS_IMPORTED and no creation flags",
    line: `${imported} , ioctl ${node} BO_QUERY_INFO handle=%a`,
    says: ["extra_flags=IS_IMPORTED", "create_flags=0"],
  },
  {
    name: "BO_SET_LABEL takes a label, and clears it",
    line: `${made} , ioctl ${node} BO_SET_LABEL handle=%a label=frame ,` +
      ` ioctl ${node} BO_SET_LABEL handle=%a label=@null`,
  },
  {
    name: "BO_SET_LABEL checks pad before the handle",
    line: `ioctl ${node} BO_SET_LABEL handle=99 pad=1 label=x`,
    errno: "EINVAL",
  },
  {
    name: "BO_SET_LABEL of an unknown handle is ENOENT",
    line: `ioctl ${node} BO_SET_LABEL handle=99 label=x`,
    errno: "ENOENT",
  },
  {
    name: "BO_SET_LABEL at a bad address is EFAULT",
    line: `${made} , ioctl ${node} BO_SET_LABEL handle=%a label=@0x10`,
    errno: "EFAULT",
  },
  {
    name: "BO_SET_LABEL of more than 4096 bytes is E2BIG",
    line: `${made} , ioctl ${node} BO_SET_LABEL handle=%a label=${"x".repeat(4096)}`,
    errno: "E2BIG",
  },
  {
    name: "VM_CREATE with flags is EINVAL",
    line: `ioctl ${node} VM_CREATE flags=1`,
    errno: "EINVAL",
  },
  {
    name: "VM_CREATE numbers from 1",
    line: `ioctl ${node} VM_CREATE , ioctl ${node} VM_DESTROY id=1`,
    says: ["id=1"],
  },
  {
    name: "VM_DESTROY of an unknown VM is EINVAL",
    line: `ioctl ${node} VM_DESTROY id=9`,
    errno: "EINVAL",
  },
  {
    name: "VM_DESTROY with pad is EINVAL",
    line: `ioctl ${node} VM_CREATE , ioctl ${node} VM_DESTROY id=1 pad=1`,
    errno: "EINVAL",
  },
  {
    name: "DEV_QUERY without a pointer tells the size",
    line: `ioctl ${node} DEV_QUERY type=GPU_INFO`,
    says: ["size=112"],
  },
  {
    name: "DEV_QUERY with too small a size is EINVAL",
    line: `ioctl ${node} DEV_QUERY type=GPU_INFO pointer=buffer:64`,
    errno: "EINVAL",
  },
  {
    name: "DEV_QUERY of an unknown type is EINVAL",
    line: `ioctl ${node} DEV_QUERY type=77 pointer=buffer:64`,
    errno: "EINVAL",
  },
]);
