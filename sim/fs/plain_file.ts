import { errno } from "../../ffi/errno.ts";
import { SEEK_SET } from "../../ffi/constants.ts";
import type { Stat } from "../../ffi/kernel.ts";
import { OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";
import { openedFlags } from "./dev.ts";
import type { DirectoryEntry, LinkEntry, TextEntry } from "./tree.ts";

/** A directory or a text of sysfs or procfs, opened: no device, whatever is asked of it. */
export class PlainFile extends OpenFile {
  readonly #path: string;
  readonly #stat: Stat;

  constructor(
    machine: Machine,
    entry: DirectoryEntry | TextEntry | LinkEntry,
    path: string,
    flags: number,
  ) {
    super(openedFlags(machine, flags));
    this.#path = path;
    const directory = entry.kind === "directory";
    this.#stat = {
      kind: directory ? "directory" : "regular",
      mode: directory ? 0o755 : 0o444,
      uid: 0,
      gid: 0,
      size: 0n,
      inode: machine.newInode(),
      rdev: "",
    };
  }

  override stat(): Stat {
    return this.#stat;
  }
  override link(): string {
    return this.#path;
  }
  override seek(offset: bigint, whence: number): bigint {
    return whence === SEEK_SET && offset >= 0n ? offset : BigInt(-errno.EINVAL);
  }
}

/** /dev/null and the like: a device that has no calls of its own. */
export class NullFile extends OpenFile {
  readonly #stat: Stat;
  readonly #path: string;

  constructor(statusFlags: number, stat: Stat, path: string) {
    super(statusFlags);
    this.#stat = stat;
    this.#path = path;
  }
  override stat(): Stat {
    return this.#stat;
  }
  override link(): string {
    return this.#path;
  }
  override seek(): bigint {
    return 0n;
  }
}
