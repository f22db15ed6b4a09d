import { POLLIN } from "../../ffi/constants.ts";
import type { Stat } from "../../ffi/kernel.ts";
import { type Mount, OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";
import type { Fence } from "./fence.ts";

/** Fences as a file: drivers/dma-buf/sync_file.c. No fences at all is the signalled stub. */
export class SyncFile extends OpenFile {
  readonly fences: readonly Fence[];
  readonly #inode: bigint;

  constructor(machine: Machine, fences: readonly Fence[]) {
    super(0);
    this.fences = fences;
    this.#inode = machine.anonymousInode;
  }

  override stat(): Stat {
    // anon_inode_getfile(): one shared inode, mode 0600, no size.
    return { kind: "other", mode: 0o600, uid: 0, gid: 0, size: 0n, inode: this.#inode, rdev: "" };
  }
  override get mount(): Mount {
    return "anonymous";
  }
  override link(): string {
    return "anon_inode:sync_file";
  }
  override fsType(): number {
    return 0x09041934; // ANON_INODE_FS_MAGIC
  }
  override poll(): number {
    return this.fences.every((fence) => fence.signalled) ? POLLIN : 0;
  }
  override pollDeadline(): bigint | null {
    let last: bigint | null = null;
    for (const { signalled, deadline } of this.fences) {
      if (signalled) continue;
      if (deadline === null) return null;
      if (last === null || deadline > last) last = deadline;
    }
    return last;
  }
}
