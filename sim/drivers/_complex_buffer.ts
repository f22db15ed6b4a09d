/**
 * The complex exporter's buffers: CPU mappings that are faulted on demand and shot down when a
 * device maps the memory. After a mail of Steven Price to mesa-dev, "Re: [RFC PATCH] mesa: Export
 * BOs in RW mode", 3 Jul 2019. What the mail leaves open is decided here, and said.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmDevice } from "../drm/device.ts";
import { GemDmaBuf, GemObject } from "../drm/gem.ts";
import type { OpenFile } from "../file.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import { isCopyOnWrite, type MapRequest, type VmArea } from "../vm_area.ts";

/**
 * A buffer of the complex exporter.
 *
 * "The CPU mappings can be faulted on demand (performing the necessary CPU cache invalidate if
 * needed) and shot-down to allow moving the memory." A fault invalidates the page, unless the CPU
 * has it already through another mapping: what that one wrote is not lost.
 *
 * "When the GPU needs the memory it should map the buffer and the exporter can then shoot down the
 * mappings, perform the CPU cache clean and then allow the GPU to use the memory." Only pages that
 * the CPU had are cleaned. No device has the memory mapped then, so this is when pages move: all of
 * them, as the worst that may happen.
 *
 * "A subsequent CPU access would then refault the page, ensuring a CPU cache invalidate so the
 * latest data is visible." The mail does not say that a fault waits for the device, and adds that
 * "coherency is not guaranteed while the job chain is running": an access during a job faults, and
 * gets what RAM has. So that it does no harm after the job, unmapping shoots down once more, and
 * cleans: a line that the CPU dirtied during the job goes over what the device wrote beside.
 */
export class ComplexBuffer extends GemObject {
  readonly #pages: AnonymousMemory;
  /** The pages that each CPU mapping shows. */
  readonly #mappings = new Set<Set<number>>();
  /** Pages that the CPU has had since the last shoot-down: their lines may be in its cache. */
  readonly #withCpu = new Set<number>();
  /** Devices that have it mapped. */
  #mappedBy = 0;

  constructor(device: DrmDevice, bytes: number) {
    const pages = new AnonymousMemory(device.machine.model, bytes);
    super(device, bytes, pages);
    this.#pages = pages;
  }

  /** Whether a device has it mapped. */
  get mapped(): boolean {
    return this.#mappedBy > 0;
  }

  override exportDmaBuf(flags: number): DmaBuf {
    return new ComplexDmaBuf(this, flags);
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (isCopyOnWrite(request)) return -errno.EINVAL;
    const file = holder.get();
    const object = this.get();
    const isDmaBuf = holder instanceof DmaBuf;
    const shown = new Set<number>();
    const mappings = this.#mappings.add(shown);
    return {
      memory: this.memory,
      caching: "write-back",
      // Its faults are counted from the start of the object: a dma-buf's offset is honoured.
      start: isDmaBuf ? Number(request.offset) : 0,
      file,
      shownOffset: request.offset + (isDmaBuf ? this.mapOffset ?? 0n : 0n),
      fault: (offset, length) => this.#fault(shown, offset, length),
      close(): void {
        mappings.delete(shown);
        object.put();
        file.put();
      },
    };
  }

  #fault(shown: Set<number>, offset: number, length: number): void {
    const { pageBytes } = this.memory.model;
    const end = Math.ceil((offset + length) / pageBytes);
    for (let index = Math.floor(offset / pageBytes); index < end; index++) {
      if (shown.has(index)) continue;
      shown.add(index);
      this.memory.books.faults++;
      if (this.#withCpu.has(index)) continue;
      this.#withCpu.add(index);
      this.memory.invalidate(index * pageBytes, pageBytes);
    }
  }

  /** Takes every page away from the CPU, its cache's lines written back. */
  shootDown(): void {
    const { pageBytes } = this.memory.model;
    for (const shown of this.#mappings) {
      this.memory.books.pagesShotDown += shown.size;
      shown.clear();
    }
    for (const index of this.#withCpu) this.memory.clean(index * pageBytes, pageBytes);
    this.#withCpu.clear();
  }

  /** A device maps it. */
  mapForDevice(): void {
    this.shootDown();
    if (!this.mapped) this.#pages.move("existing");
    this.#mappedBy++;
  }

  /** A device unmaps it. */
  unmapFromDevice(): void {
    this.#mappedBy--;
    this.shootDown();
  }

  override jobBegins(): number {
    this.mapForDevice();
    return 0;
  }
  override jobEnds(): void {
    this.unmapFromDevice();
  }
}

/**
 * Its dma-buf. A begin and an end act where a device keeps it mapped, and so makes the exporter
 * blind for its jobs: they shoot down, so that the next access faults and sees the latest. Nothing
 * is discarded.
 */
class ComplexDmaBuf extends GemDmaBuf {
  readonly #buffer: ComplexBuffer;

  constructor(buffer: ComplexBuffer, flags: number) {
    super(buffer, flags, "complex", false);
    this.#buffer = buffer;
  }

  protected override mapAttachment(): number {
    this.#buffer.mapForDevice();
    return 0;
  }
  protected override unmapAttachment(): void {
    this.#buffer.unmapFromDevice();
  }

  protected override beginCpuAccess(): number {
    this.#bracket();
    return 0;
  }
  protected override endCpuAccess(): number {
    this.#bracket();
    return 0;
  }
  #bracket(): void {
    if (!this.#buffer.mapped) return;
    this.memory.ask(this.bytes);
    this.#buffer.shootDown();
  }
}
