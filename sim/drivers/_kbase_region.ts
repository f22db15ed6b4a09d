import { errno } from "../../ffi/errno.ts";
import type { DeviceObject } from "../device_object.ts";
import type { Attachment } from "../dmabuf/dma_buf.ts";
import { Reservation } from "../dmabuf/fence.ts";
import type { Jobs } from "../jobs.ts";
import type { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { Coherency } from "../memory/cache_model.ts";
import { syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import type { Memory } from "../memory/memory.ts";

/** Which way MEM_SYNC goes. */
export type SyncWay = "to-device" | "to-cpu";

/** What a region is made of: pages of its own, or another device's dma-buf. */
export type Backing =
  | { readonly kind: "native"; readonly memory: AnonymousMemory }
  | { readonly kind: "umm"; readonly attachment: Attachment };

/**
 * A region of a context's addresses with its memory: struct kbase_va_region and its
 * kbase_mem_phy_alloc (mali_kbase_mem.h). It lives while its address, a cookie or a CPU mapping
 * holds it.
 */
export class Region implements DeviceObject {
  readonly bytes: number;
  readonly memory: Memory;
  readonly reservation: Reservation;
  readonly jobs: Jobs;
  readonly backing: Backing;
  /** BASE_MEM_*: what MEM_QUERY reads back, and more. */
  flags: number;
  /** Where it lies for the GPU, and its own CPU mapping with it; null: only a cookie names it. */
  address: bigint | null = null;
  readonly #deviceCoherency: Coherency;
  #references = 1;
  #mappedByJob = false;

  constructor(bytes: number, flags: number, backing: Backing, jobs: Jobs, coherency: Coherency) {
    this.bytes = bytes;
    this.flags = flags;
    this.backing = backing;
    this.jobs = jobs;
    this.#deviceCoherency = coherency;
    const { dmaBuf } = backing.kind === "umm" ? backing.attachment : { dmaBuf: null };
    this.memory = backing.kind === "native" ? backing.memory : backing.attachment.dmaBuf.memory;
    this.reservation = dmaBuf?.reservation ?? new Reservation();
  }

  /** The GPU sees the CPU's caches in memory alone that was made so (KBASE_REG_SHARE_BOTH). */
  get coherency(): Coherency {
    return (this.flags & COHERENT) !== 0 ? this.#deviceCoherency : "none";
  }

  get(): this {
    this.#references++;
    return this;
  }
  put(): void {
    if (--this.#references > 0 || this.backing.kind === "native") return;
    const { attachment } = this.backing;
    attachment.dmaBuf.detach(attachment);
  }

  /** Pages that are there: reg->cpu_alloc->nents. */
  get backedBytes(): number {
    if (this.backing.kind === "native") return this.memory.bytes;
    return this.backing.attachment.mapped ? this.memory.bytes : 0;
  }

  jobBegins(): number {
    if (this.backing.kind === "native" || this.backing.attachment.mapped) return 0;
    const { attachment } = this.backing;
    const mapped = attachment.dmaBuf.map(attachment);
    this.#mappedByJob = mapped === 0;
    return mapped;
  }
  jobEnds(): void {
    if (this.backing.kind === "native" || !this.#mappedByJob) return;
    this.#mappedByJob = false;
    this.backing.attachment.dmaBuf.unmap(this.backing.attachment);
  }

  /** kbase_mem_do_sync_imported(): the whole dma-buf, if it is mapped; 0 or -errno. */
  syncImport(way: SyncWay): number {
    if (this.backing.kind === "native" || !this.backing.attachment.mapped) return -errno.EINVAL;
    const { dmaBuf } = this.backing.attachment;
    return way === "to-device"
      ? dmaBuf.endAccess("bidirectional")
      : dmaBuf.beginAccess("bidirectional");
  }

  /**
   * kbase_sync_single() of each page: the device's own coherency decides, not the buffer's, as
   * dma_sync_single_for_*() knows nothing of it.
   */
  syncRange(way: SyncWay, offset: number, length: number): void {
    this.memory.ask(length);
    const coherent = this.#deviceCoherency !== "none";
    const there = Math.max(0, Math.min(length, this.backedBytes - offset));
    if (way === "to-device") syncForDevice(this.memory, coherent, offset, there);
    else syncForCpu(this.memory, coherent, "bidirectional", offset, there);
  }
}

/** BASE_MEM_COHERENT_SYSTEM and BASE_MEM_COHERENT_SYSTEM_REQUIRED. */
const COHERENT = 0x8400;
