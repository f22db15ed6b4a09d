import {
  F_SEAL_FUTURE_WRITE,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  O_RDWR,
  PROT_WRITE,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import type { Stat } from "../../ffi/kernel.ts";
import { type Mount, OpenFile } from "../file.ts";
import { openedFlags } from "../fs/dev.ts";
import type { Machine } from "../machine.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Memory } from "../memory/memory.ts";
import { PrivateMemory } from "../memory/private_memory.ts";
import { atLeast } from "../release.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";

/** MFD_NOEXEC_SEAL and MFD_EXEC; huge pages are not simulated. */
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 0x10;
const F_SEAL_EXEC = 0x20;
const ALL_SEALS = 0x3f;
/** MFD_NAME_MAX_LEN: NAME_MAX without "memfd:". */
const NAME_BYTES = 249;
/** What a file can be long here; the kernel's own limit is 2^63 - 1. */
const MAX_BYTES = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether files may be made not executable for good: F_SEAL_EXEC and its flags, since 6.3. */
function knowsExec({ release }: Machine): boolean {
  return atLeast(release, 6, 3);
}

/** An area whose writes go to copies of its own: MAP_PRIVATE. */
export function copyOnWriteArea(area: VmArea): VmArea {
  const memory = new PrivateMemory(area.memory);
  return {
    ...area,
    memory,
    beforeWrite: (offset, length) => memory.breakSharing(offset, length),
    close: () => area.close(),
  };
}

/** A memfd: mm/memfd.c over shmem. Its pages are cached write-back, like any process memory. */
export class MemfdFile extends OpenFile {
  readonly #name: string;
  readonly #inode: bigint;
  readonly #knownSeals: number;
  readonly #memory: AnonymousMemory;
  #seals: number;
  #position = 0n;
  #writableMappings = 0;
  /** udmabufs that hold its pages. */
  #pins = 0;

  constructor(machine: Machine, name: string, seals: number) {
    super(openedFlags(machine, O_RDWR));
    this.#name = name;
    this.#seals = seals;
    this.#inode = machine.newInode();
    this.#knownSeals = knowsExec(machine) ? ALL_SEALS : ALL_SEALS & ~F_SEAL_EXEC;
    this.#memory = new AnonymousMemory(machine.model, 0);
  }

  get memory(): Memory {
    return this.#memory;
  }
  /** Size in bytes. */
  get bytes(): number {
    return this.#memory.bytes;
  }

  /** Pins its pages: sealing against writes is EBUSY until as many {@linkcode unpin}. */
  pin(): void {
    this.#pins++;
  }
  unpin(): void {
    this.#pins--;
  }

  override stat(): Stat {
    return {
      kind: "regular",
      mode: 0o777,
      uid: 0,
      gid: 0,
      size: BigInt(this.bytes),
      inode: this.#inode,
      rdev: "",
    };
  }
  override get mount(): Mount {
    return "shmem";
  }
  override link(): string {
    return `/memfd:${this.#name} (deleted)`;
  }

  override seek(offset: bigint, whence: number): bigint {
    let base: bigint;
    if (whence === SEEK_SET) base = 0n;
    else if (whence === SEEK_CUR) base = this.#position;
    else if (whence === SEEK_END) base = BigInt(this.bytes);
    else return BigInt(-errno.EINVAL);
    const position = base + offset;
    if (position < 0n || position >= 1n << 63n) return BigInt(-errno.EINVAL);
    this.#position = position;
    return position;
  }

  override truncate(length: bigint): number {
    if (length > MAX_BYTES) return -errno.EFBIG;
    const bytes = Number(length);
    if (bytes < this.bytes && (this.#seals & F_SEAL_SHRINK) !== 0) return -errno.EPERM;
    if (bytes > this.bytes && (this.#seals & F_SEAL_GROW) !== 0) return -errno.EPERM;
    this.#memory.resize(bytes);
    return 0;
  }

  override seals(): number {
    return this.#seals;
  }
  override addSeals(seals: number): number {
    if ((seals & ~this.#knownSeals) !== 0) return -errno.EINVAL;
    if ((this.#seals & F_SEAL_SEAL) !== 0) return -errno.EPERM;
    const denies = (seals & F_SEAL_WRITE) !== 0 && (this.#seals & F_SEAL_WRITE) === 0;
    if (denies && (this.#writableMappings > 0 || this.#pins > 0)) return -errno.EBUSY;
    this.#seals |= seals;
    return 0;
  }

  override get position(): bigint {
    return this.#position;
  }
  override get offsetEnd(): bigint {
    return (1n << 63n) - 1n; // MAX_LFS_FILESIZE
  }
  override get mappable(): boolean {
    return true;
  }
  override mmap(request: MapRequest): VmArea | number {
    const sealed = (this.#seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0;
    // seal_check_write(): only a shared mapping writes to the file.
    if (sealed && request.shared && (request.prot & PROT_WRITE) !== 0) return -errno.EPERM;
    const counts = request.shared && request.mayWrite && !sealed;
    if (counts) this.#writableMappings++;
    const file = this.get();
    const { pageBytes } = this.#memory.model;
    const area: VmArea = {
      memory: this.#memory,
      caching: "write-back",
      start: Number(request.offset),
      file,
      shownOffset: request.offset,
      accessible: (offset, length) => {
        // The last page is there as a whole; the next one is SIGBUS.
        const end = Math.ceil(this.bytes / pageBytes) * pageBytes;
        return Math.max(0, Math.min(length, end - offset));
      },
      close: () => {
        if (counts) this.#writableMappings--;
        file.put();
      },
    };
    return isCopyOnWrite(request) ? copyOnWriteArea(area) : area;
  }
}

/** memfd_create(2), with MFD_CLOEXEC: a descriptor, or -errno. */
export function createMemfd(machine: Machine, name: string, flags: number): number {
  const exec = knowsExec(machine) ? MFD_NOEXEC_SEAL | MFD_EXEC : 0;
  const known = MFD_CLOEXEC | MFD_ALLOW_SEALING | exec;
  if ((flags & ~known) !== 0) return -errno.EINVAL;
  if ((flags & MFD_EXEC) !== 0 && (flags & MFD_NOEXEC_SEAL) !== 0) return -errno.EINVAL;
  if (new TextEncoder().encode(name).length > NAME_BYTES) return -errno.EINVAL;
  let seals = F_SEAL_SEAL;
  if ((flags & MFD_NOEXEC_SEAL) !== 0) seals = F_SEAL_EXEC;
  else if ((flags & MFD_ALLOW_SEALING) !== 0) seals = 0;
  return machine.fds.add(new MemfdFile(machine, name, seals), true);
}
