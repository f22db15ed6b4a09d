import { F_SEAL_FUTURE_WRITE, F_SEAL_SHRINK, F_SEAL_WRITE, O_RDWR } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import type { Argument, Stat } from "../../ffi/kernel.ts";
import { decode } from "../../ffi/struct.ts";
import { udmabuf as uapi } from "../../ffi/uapi/udmabuf.ts";
import { OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";
import { type Direction, syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { type Splice, SplicedMemory } from "../memory/spliced_memory.ts";
import { copyIn } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import { DmaBuf } from "./dma_buf.ts";
import { MemfdFile } from "./memfd.ts";

/** The module parameter list_limit. */
const LIST_LIMIT = 1024;
const FLAG_CLOEXEC = 1;

/** memfd pages as a dma-buf: drivers/dma-buf/udmabuf.c. Always O_RDWR, always write-back. */
class UdmabufBuffer extends DmaBuf {
  override readonly memory: SplicedMemory;
  readonly #memfds: readonly MemfdFile[];
  /** The misc device that it is mapped for has no dma-coherent property of its own. */
  readonly #coherent: boolean;
  /** begin made the device's mapping; end without it is EINVAL. */
  #mapped = false;

  /** Pins every memfd; their pages stay reachable here after the files are gone. */
  constructor(machine: Machine, memory: SplicedMemory, memfds: readonly MemfdFile[]) {
    super(machine, "udmabuf", memory.bytes, O_RDWR);
    this.memory = memory;
    this.#memfds = memfds;
    this.#coherent = machine.arch === "x86_64";
    for (const memfd of memfds) memfd.pin();
  }

  protected override release(): void {
    for (const memfd of this.#memfds) memfd.unpin();
  }

  override mapBuffer(request: MapRequest): VmArea | number {
    if (!request.shared) return -errno.EINVAL;
    const file = this.get();
    return {
      memory: this.memory,
      caching: "write-back",
      start: Number(request.offset),
      file,
      shownOffset: request.offset,
      close: () => file.put(),
    };
  }

  protected override beginCpuAccess(direction: Direction): number {
    // Making the mapping skips cache maintenance (DMA_ATTR_SKIP_CPU_SYNC).
    this.#mapped = true;
    this.memory.ask(this.bytes);
    syncForCpu(this.memory, this.#coherent, direction, 0, this.bytes);
    return 0;
  }
  protected override endCpuAccess(): number {
    if (!this.#mapped) return -errno.EINVAL;
    this.memory.ask(this.bytes);
    syncForDevice(this.memory, this.#coherent, 0, this.bytes);
    return 0;
  }
}

interface Item {
  readonly memfd: number;
  readonly offset: bigint;
  readonly size: bigint;
}

/** An open /dev/udmabuf. */
export class UdmabufFile extends OpenFile {
  readonly #machine: Machine;
  readonly #limitMb: number | null;
  readonly #stat: Stat;

  /** @param limitMb the module parameter size_limit_mb; null: no limit */
  constructor(machine: Machine, limitMb: number | null, statusFlags: number, stat: Stat) {
    super(statusFlags);
    this.#machine = machine;
    this.#limitMb = limitMb;
    this.#stat = stat;
  }

  override stat(): Stat {
    return this.#stat;
  }
  override link(): string {
    return "/dev/udmabuf";
  }

  override ioctl(request: number, argument: Argument): number {
    const { structs, ioctls } = uapi;
    if (request === ioctls.CREATE.code) {
      const block = copyIn(argument, structs.udmabuf_create.size);
      if (block === null) return -errno.EFAULT;
      const item = decode(structs.udmabuf_create, block);
      return this.#create(item.flags, [item]);
    }
    if (request !== ioctls.CREATE_LIST.code) return -errno.ENOTTY;
    // The head; its items follow it in memory.
    const head = copyIn(argument, HEAD_BYTES);
    if (head === null) return -errno.EFAULT;
    const view = new DataView(head.bytes.buffer);
    const flags = view.getUint32(0, true);
    const count = view.getUint32(4, true);
    if (count > LIST_LIMIT) return -errno.EINVAL;
    const type = structs.udmabuf_create_item;
    const list = copyIn(argument, type.size * count, HEAD_BYTES);
    if (list === null) return -errno.EFAULT;
    return this.#create(
      flags,
      Array.from({ length: count }, (_, i) => decode(type, list, i * type.size)),
    );
  }

  /** udmabuf_create(): the checks in its order; a descriptor, or -errno. */
  #create(flags: number, items: readonly Item[]): number {
    const page = BigInt(this.#machine.model.pageBytes);
    const limit = this.#limitMb === null ? null : (BigInt(this.#limitMb) << 20n) / page;
    let pages = 0n;
    for (const { offset, size } of items) {
      if (offset % page !== 0n || size % page !== 0n) return -errno.EINVAL;
      pages += size / page;
      if (limit !== null && pages > limit) return -errno.EINVAL;
    }
    if (pages === 0n) return -errno.EINVAL;
    if (pages * page > this.#machine.memoryBytes) return -errno.ENOMEM;
    const splices: Splice[] = [];
    const memfds: MemfdFile[] = [];
    for (const { memfd, offset, size } of items) {
      const file = this.#machine.fds.get(memfd);
      if (!(file instanceof MemfdFile)) return -errno.EBADFD;
      const seals = file.seals();
      if ((seals & F_SEAL_SHRINK) === 0) return -errno.EINVAL;
      if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0) return -errno.EINVAL;
      // memfd_pin_folios(): an empty range, or one beyond the file.
      if (size === 0n || offset + size > BigInt(file.bytes)) return -errno.EINVAL;
      splices.push({
        memory: file.memory,
        first: Number(offset / page),
        pages: Number(size / page),
      });
      memfds.push(file);
    }
    const [first, ...rest] = splices;
    if (first === undefined) return -errno.EINVAL;
    const memory = new SplicedMemory(first, ...rest);
    const buffer = new UdmabufBuffer(this.#machine, memory, memfds);
    return this.#machine.fds.add(buffer, (flags & FLAG_CLOEXEC) !== 0);
  }
}

/** flags and count of struct udmabuf_create_list. */
const HEAD_BYTES = 8;
