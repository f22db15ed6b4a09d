import { O_ACCMODE, O_CLOEXEC } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import { splitRequest } from "../../ffi/ioctl.ts";
import type { Argument, Stat } from "../../ffi/kernel.ts";
import { decode, store } from "../../ffi/struct.ts";
import { dmaHeap as uapi } from "../../ffi/uapi/dma_heap.ts";
import { OpenFile } from "../file.ts";
import { type Machine, pageAlign } from "../machine.ts";
import { atLeast } from "../release.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import { type Direction, syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { copyIn, copyOut } from "../user_memory.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";
import { type Attachment, DmaBuf } from "./dma_buf.ts";
import { copyOnWriteArea } from "./memfd.ts";

/** What the heap allocates at once, in bytes (system_heap.c, orders). */
const CHUNKS = [1 << 20, 64 << 10] as const;

/** A buffer of the system heap (drivers/dma-buf/heaps/system_heap.c): always cached write-back. */
export class HeapDmaBuf extends DmaBuf {
  override readonly memory: AnonymousMemory;
  readonly #mapsChunks: boolean;

  constructor(machine: Machine, heap: string, bytes: number, flags: number) {
    super(machine, heap, bytes, flags);
    this.#mapsChunks = atLeast(machine.release, 7, 2);
    this.memory = new AnonymousMemory(machine.model, bytes);
  }

  protected override mapAttachment({ device }: Attachment): number {
    // dma_map_sgtable() without DMA_ATTR_SKIP_CPU_SYNC: mapping hands the whole buffer over.
    syncForDevice(this.memory, device.coherent, 0, this.bytes);
    return 0;
  }

  protected override unmapAttachment({ device }: Attachment): void {
    // dma_unmap_sgtable() hands it back to the CPU: lines, dirty ones too, are dropped.
    syncForCpu(this.memory, device.coherent, "bidirectional", 0, this.bytes);
  }

  /**
   * Bytes from an offset on that one remap_pfn_range() maps: a page, and since 7.2 the chunk that the
   * heap allocated, of 1 MiB, 64 KiB or a page, the largest that fit first.
   */
  #mappedAtOnce(offset: bigint): number {
    const { pageBytes } = this.memory.model;
    if (!this.#mapsChunks) return pageBytes;
    const at = Number(offset);
    for (let from = 0; from < this.bytes;) {
      const left = this.bytes - from;
      const chunk = CHUNKS.find((bytes) => bytes <= left && bytes > pageBytes) ?? pageBytes;
      if (at < from + chunk) return from + chunk - at;
      from += chunk;
    }
    return pageBytes;
  }

  override mapBuffer(request: MapRequest): VmArea | number {
    const copies = isCopyOnWrite(request);
    // remap_pfn_range() refuses a copy-on-write mapping that it does not make in one go.
    if (copies && request.length > this.#mappedAtOnce(request.offset)) return -errno.EINVAL;
    const file = this.get();
    const area: VmArea = {
      memory: this.memory,
      caching: "write-back",
      start: Number(request.offset),
      file,
      shownOffset: request.offset,
      close: () => file.put(),
    };
    return copies ? copyOnWriteArea(area) : area;
  }

  protected override beginCpuAccess(direction: Direction): number {
    for (const { mapped, device } of this.attachments) {
      if (!mapped) continue;
      this.memory.ask(this.bytes);
      syncForCpu(this.memory, device.coherent, direction, 0, this.bytes);
    }
    return 0;
  }
  protected override endCpuAccess(): number {
    for (const { mapped, device } of this.attachments) {
      if (!mapped) continue;
      this.memory.ask(this.bytes);
      syncForDevice(this.memory, device.coherent, 0, this.bytes);
    }
    return 0;
  }
}

/** An area of contiguous memory, by how much of it is free; where in it nobody asks. */
export class CmaArea {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Whether there was as much; it is taken then. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false;
    this.#free -= bytes;
    return true;
  }
  give(bytes: number): void {
    this.#free += bytes;
  }
}

/** A buffer of a CMA heap (drivers/dma-buf/heaps/cma_heap.c): as the system heap's, of one piece. */
class CmaDmaBuf extends HeapDmaBuf {
  readonly #area: CmaArea;

  constructor(machine: Machine, heap: string, bytes: number, flags: number, area: CmaArea) {
    super(machine, heap, bytes, flags);
    this.#area = area;
  }

  override get contiguous(): boolean {
    return true;
  }
  protected override release(): void {
    super.release();
    this.#area.give(this.bytes);
  }

  override mapBuffer(request: MapRequest): VmArea | number {
    // Any private mapping, not only one that could be written: cma_heap_mmap().
    return request.shared ? super.mapBuffer(request) : -errno.EINVAL;
  }
}

const HEAP_NUMBERS = 1;
const IOC_IN = 0x4000_0000;
const IOC_OUT = 0x8000_0000;

/** An open /dev/dma_heap/NAME: drivers/dma-buf/dma-heap.c. */
export class HeapFile extends OpenFile {
  readonly #machine: Machine;
  readonly #heap: string;
  readonly #stat: Stat;
  readonly #path: string;
  readonly #area: CmaArea | null;

  /** @param area where a CMA heap takes its buffers from; null for the system heap */
  constructor(
    machine: Machine,
    heap: string,
    statusFlags: number,
    stat: Stat,
    path: string,
    area: CmaArea | null,
  ) {
    super(statusFlags);
    this.#area = area;
    this.#machine = machine;
    this.#heap = heap;
    this.#stat = stat;
    this.#path = path;
  }

  override stat(): Stat {
    return this.#stat;
  }
  override link(): string {
    return this.#path;
  }

  override ioctl(request: number, argument: Argument): number {
    const { number, size } = splitRequest(request);
    // Only the number is looked at, not the type: dma_heap_ioctl().
    if (number >= HEAP_NUMBERS) return -errno.EINVAL;
    const type = uapi.structs.dma_heap_allocation_data;
    const inSize = (request & IOC_IN) !== 0 ? size : 0;
    const outSize = (request & IOC_OUT) !== 0 ? size : 0;
    const passed = copyIn(argument, inSize);
    if (passed === null) return -errno.EFAULT;
    const bytes = new Uint8Array(Math.max(inSize, outSize, type.size));
    bytes.set(passed.bytes);
    const block = { bytes };
    const { len, fd: fdIn, fd_flags, heap_flags } = decode(type, block);
    if (fdIn !== 0) return -errno.EINVAL;
    if ((fd_flags & ~(O_CLOEXEC | O_ACCMODE)) !== 0) return -errno.EINVAL;
    if (heap_flags !== 0n) return -errno.EINVAL;
    const aligned = pageAlign(len, this.#machine.model.pageBytes);
    if (aligned === 0n) return -errno.EINVAL;
    if (aligned > this.#machine.memoryBytes) return -errno.ENOMEM;
    const wanted = Number(aligned);
    const area = this.#area;
    if (area?.take(wanted) === false) return -errno.ENOMEM;
    const { fds } = this.#machine;
    const fd = fds.reserve();
    if (fd < 0) {
      area?.give(wanted);
      return fd;
    }
    store(type, block, { fd });
    if (!copyOut(argument, bytes.subarray(0, outSize))) {
      fds.unreserve(fd);
      area?.give(wanted);
      return -errno.EFAULT;
    }
    const buffer = area === null
      ? new HeapDmaBuf(this.#machine, this.#heap, wanted, fd_flags)
      : new CmaDmaBuf(this.#machine, this.#heap, wanted, fd_flags, area);
    fds.install(fd, buffer, (fd_flags & O_CLOEXEC) !== 0);
    return 0;
  }
}
