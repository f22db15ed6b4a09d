import { errno } from "../../ffi/errno.ts";
import type { DeviceObject } from "../device_object.ts";
import { type Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { Reservation } from "../dmabuf/fence.ts";
import type { OpenFile } from "../file.ts";
import { type Direction, syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import type { Jobs } from "../jobs.ts";
import type { Coherency } from "../memory/cache_model.ts";
import type { Memory } from "../memory/memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import type { DrmDevice } from "./device.ts";
import type { DrmFile } from "./drm_file.ts";

/**
 * A GEM object: drivers/gpu/drm/drm_gem.c. It lives while a handle, a mapping or its dma-buf holds
 * it. A driver's buffer object extends it.
 */
export abstract class GemObject implements DeviceObject {
  readonly device: DrmDevice;
  /** Size in bytes, whole pages. */
  readonly bytes: number;
  /** Its memory; for an import the exporter's. */
  readonly memory: Memory;
  readonly reservation: Reservation;
  /** Set for an import: the hold on the exporter's dma-buf (obj->import_attach). */
  readonly attachment: Attachment | null;
  /** The dma-buf that it was exported as or imported from, while a handle exists. */
  dmaBuf: DmaBuf | null = null;
  /** Handles in all open files. */
  handleCount = 0;
  /** The fake offset that mmap on the node knows it by. */
  mapOffset: bigint | null = null;
  /** Name for GEM_OPEN, 0 while it has none. */
  flinkName = 0;
  /** The device's own mapping of the pages exists (its sg_table): begin and end act on it. */
  deviceMapped = false;
  /** An importer has pinned its pages. */
  pinned = false;
  #references = 1;

  /** @param attachment takes over the hold where the object is an import */
  constructor(
    device: DrmDevice,
    bytes: number,
    memory: Memory,
    attachment: Attachment | null = null,
  ) {
    this.device = device;
    this.bytes = bytes;
    this.memory = memory;
    this.attachment = attachment;
    this.reservation = attachment?.dmaBuf.reservation ?? new Reservation();
    device.objects.add(this);
  }

  /** drm_gem_is_imported(). */
  get imported(): boolean {
    return this.attachment !== null;
  }
  get coherency(): Coherency {
    return this.device.coherency;
  }
  get jobs(): Jobs {
    return this.device.jobs;
  }
  get references(): number {
    return this.#references;
  }
  get(): this {
    this.#references++;
    return this;
  }
  put(): void {
    if (--this.#references > 0) return;
    this.free();
    this.device.objects.delete(this);
    this.releaseOffset();
    const { attachment } = this;
    attachment?.dmaBuf.detach(attachment);
  }

  /** funcs->free. */
  protected free(): void {}
  /** The object is gone: so is what mmap knew it by. */
  protected releaseOffset(): void {
    this.device.offsets.remove(this);
  }
  /** funcs->open: a handle was made in `file`; 0 or -errno. */
  open(_file: DrmFile): number {
    return 0;
  }
  /** funcs->close: a handle in `file` goes. */
  close(_file: DrmFile): void {}
  /** funcs->pin: 0 or -errno. Importers' attachments pin. */
  pin(): number {
    return 0;
  }
  /** Its memory is one piece, as the driver sees to. */
  get contiguous(): boolean {
    return false;
  }
  /** It has pages (DRM_GEM_OBJECT_RESIDENT). */
  get resident(): boolean {
    return this.imported || this.pinned || this.memory.populated;
  }
  /** How many bytes of them (funcs->rss, or the whole). */
  get residentBytes(): number {
    return this.bytes;
  }
  /** The kernel may take its pages away (DRM_GEM_OBJECT_PURGEABLE). */
  get purgeable(): boolean {
    return false;
  }
  /** The device is about to access it: a driver that maps on demand maps it now. */
  reachedByDevice(): void {}
  /** A job of the device on it begins: what has to be mapped is mapped. 0 or -errno. */
  jobBegins(): number {
    this.reachedByDevice();
    const { attachment } = this;
    if (attachment === null || attachment.mapped) return 0;
    const mapped = attachment.dmaBuf.map(attachment);
    this.#mappedByJob = mapped === 0;
    return mapped;
  }
  /** The job has ended: what it mapped is unmapped. */
  jobEnds(): void {
    const { attachment } = this;
    if (attachment === null || !this.#mappedByJob) return;
    this.#mappedByJob = false;
    attachment.dmaBuf.unmap(attachment);
  }
  #mappedByJob = false;
  /** funcs->get_sg_table exists; without it the generic attach is ENOSYS. */
  get hasSgTable(): boolean {
    return true;
  }
  /** funcs->export, or drm_gem_prime_export(): a dma-buf, or -errno. */
  exportDmaBuf(flags: number): DmaBuf | number {
    return new GemDmaBuf(this, flags, "drm", false);
  }
  /**
   * funcs->mmap. `holder` is the file that the mapping keeps open, the node or the dma-buf; one
   * reference to it comes with a success.
   */
  abstract mmap(request: MapRequest, holder: OpenFile): VmArea | number;
}

/** A GEM object as a dma-buf: drm_prime.c, with or without a driver's begin and end hooks. */
export class GemDmaBuf extends DmaBuf {
  readonly object: GemObject;
  readonly #hooks: boolean;

  /** Takes its own reference to the object. */
  constructor(object: GemObject, flags: number, exporterName: string, hooks: boolean) {
    super(object.device.machine, exporterName, object.bytes, flags, object.reservation);
    this.object = object.get();
    this.#hooks = hooks;
  }

  override get memory(): Memory {
    return this.object.memory;
  }
  override get contiguous(): boolean {
    return this.object.contiguous || super.contiguous;
  }
  protected override release(): void {
    this.object.put();
  }
  protected override attachBuffer(): number {
    if (!this.object.hasSgTable) return -errno.ENOSYS;
    const result = this.object.pin();
    if (result === 0) this.object.pinned = true;
    return result;
  }
  // drm_gem_map_dma_buf() maps with DMA_ATTR_SKIP_CPU_SYNC: importing cleans nothing.

  override mapBuffer(request: MapRequest): VmArea | number {
    // drm_gem_prime_mmap(): the object's own mmap, with the dma-buf as the mapping's file.
    return this.object.mmap(request, this);
  }

  protected override beginCpuAccess(direction: Direction): number {
    this.#forMappings((coherent) => {
      this.memory.ask(this.bytes);
      syncForCpu(this.memory, coherent, direction, 0, this.bytes);
    });
    return 0;
  }
  protected override endCpuAccess(): number {
    this.#forMappings((coherent) => {
      this.memory.ask(this.bytes);
      syncForDevice(this.memory, coherent, 0, this.bytes);
    });
    return 0;
  }

  /**
   * Whole-buffer hooks act on the device mappings that exist: its own device's, and importers'. They
   * do not look at how the buffer is mapped for the CPU: every line of a write-combined one is
   * visited too, in vain (panthor_gem_prime_begin_cpu_access(), panfrost_gem_prime_... in
   * panthor_gem.c and panfrost_gem.c: dma_sync_sgtable_for_cpu() of each table there is).
   */
  #forMappings(act: (coherent: boolean) => void): void {
    if (!this.#hooks) return;
    if (this.object.deviceMapped) act(this.object.device.coherent);
    for (const { mapped, device } of this.attachments) if (mapped) act(device.coherent);
  }
}
