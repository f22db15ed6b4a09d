import { POLLIN } from "../../ffi/constants.ts";
import { AnonymousFile } from "../anonymous_file.ts";
import type { Machine } from "../machine.ts";
import type { Fence } from "./fence.ts";

/** Fences as a file: drivers/dma-buf/sync_file.c. No fences at all is the signalled stub. */
export class SyncFile extends AnonymousFile {
  readonly fences: readonly Fence[];

  constructor(machine: Machine, fences: readonly Fence[]) {
    super(machine);
    this.fences = fences;
  }

  override link(): string {
    return "anon_inode:sync_file";
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
