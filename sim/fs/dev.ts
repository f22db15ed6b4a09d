import { O_ACCMODE, O_RDONLY, O_WRONLY } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import type { Stat } from "../../ffi/kernel.ts";
import type { OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";
import type { DeviceEntry } from "./tree.ts";

/** Who may open a device node. */
export interface NodeAccess {
  /** The nine permission bits. */
  readonly mode: number;
  readonly gid: number;
}

/** O_LARGEFILE, which a 64-bit kernel adds to what open(2) is given; it differs by architecture. */
const LARGE_FILE = { x86_64: 0o100000, aarch64: 0o400000 };
/** What stays of the flags of open(2) in f_flags: access mode, O_APPEND, O_NONBLOCK. */
const KEPT_FLAGS = O_ACCMODE | 0o2000 | 0o4000;

/** f_flags of a file that open(2) made. */
export function openedFlags(machine: Machine, flags: number): number {
  return (flags & KEPT_FLAGS) | LARGE_FILE[machine.arch];
}

/** Whether the caller may open something of that mode with these flags. */
function mayOpen(machine: Machine, { mode, uid }: Stat, flags: number): boolean {
  if (machine.uid === 0) return true;
  const bits = machine.uid === uid ? mode >> 6 : mode;
  const access = flags & O_ACCMODE;
  const wanted = access === O_RDONLY ? 4 : access === O_WRONLY ? 2 : 6;
  return (bits & wanted) === wanted;
}

/** A character device node. `open` gets f_flags and the node's stat. */
export function deviceNode(
  machine: Machine,
  rdev: string,
  access: NodeAccess,
  open: (statusFlags: number, stat: Stat) => OpenFile | number,
): DeviceEntry {
  const stat: Stat = {
    kind: "character",
    mode: access.mode,
    uid: 0,
    gid: access.gid,
    size: 0n,
    inode: machine.newInode(),
    rdev,
  };
  return {
    kind: "device",
    stat,
    open(flags): OpenFile | number {
      if (!mayOpen(machine, stat, flags)) return -errno.EACCES;
      return open(openedFlags(machine, flags), stat);
    },
  };
}
