import { O_RDWR } from "../../ffi/constants.ts";
import type { Stat } from "../../ffi/kernel.ts";
import { type Mount, OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";

/** A file of the kernel's own in shmem (shmem_file_setup()): no descriptor, but mappings show it. */
export class ShmemFile extends OpenFile {
  readonly #name: string;
  readonly #stat: Stat;

  /** @param bytes its length */
  constructor(machine: Machine, name: string, bytes: number) {
    super(O_RDWR);
    this.#name = name;
    this.#stat = {
      kind: "regular",
      mode: 0o777,
      uid: 0,
      gid: 0,
      size: BigInt(bytes),
      inode: machine.newInode(),
      rdev: "",
    };
  }

  override stat(): Stat {
    return this.#stat;
  }
  override link(): string {
    return `/${this.#name} (deleted)`;
  }
  override get mount(): Mount {
    return "shmem";
  }
}
