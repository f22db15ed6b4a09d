import type { Stat } from "../ffi/kernel.ts";
import { type Mount, OpenFile } from "./file.ts";
import type { Machine } from "./machine.ts";

/** A file of anon_inode_getfile(): one inode for all, mode 0600, no size. */
export abstract class AnonymousFile extends OpenFile {
  readonly #inode: bigint;

  constructor(machine: Machine) {
    super(0);
    this.#inode = machine.anonymousInode;
  }

  override stat(): Stat {
    return { kind: "other", mode: 0o600, uid: 0, gid: 0, size: 0n, inode: this.#inode, rdev: "" };
  }
  override get mount(): Mount {
    return "anonymous";
  }
  override fsType(): number {
    return 0x09041934; // ANON_INODE_FS_MAGIC
  }
}
