import { PROT_READ, PROT_WRITE } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import { splitRequest } from "../../ffi/ioctl.ts";
import type { Argument, Stat } from "../../ffi/kernel.ts";
import { OpenFile } from "../file.ts";
import { copyIn, copyOut } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import { CACHED_CPU, CPU_RD, CPU_WR, GPU_EX } from "./_kbase_flags.ts";
import { type KbaseIoctl, memoryIoctls, setupIoctls } from "./_kbase_ioctls.ts";
import type { Region } from "./_kbase_region.ts";
import type { KbaseDevice } from "./kbase.ts";

/** Special offsets of mmap, in pages (mali_base_jm_kernel.h, mali_base_csf_kernel.h). */
const TRACKING_PAGE = 3n;
const ILLEGAL = [0n, 4n];
const FIRST_COOKIE = 64n;
/** BITS_PER_LONG cookies, of which the first is reserved (KBASE_COOKIE_MASK). */
const COOKIES = 64;

/** A CPU mapping of the context's own memory: struct kbase_cpu_mapping. */
interface CpuMapping {
  readonly start: bigint;
  readonly end: bigint;
  readonly region: Region;
  /** Where in the region it begins, in bytes. */
  readonly offset: number;
}

/** How far an open file has come: KBASE_FILE_NEED_VSN, _NEED_CTX, _COMPLETE. */
export type Setup = "version" | "context" | "complete";

/** An open /dev/mali0 with its context: mali_kbase_core_linux.c, mali_kbase_mem_linux.c. */
export class KbaseFile extends OpenFile {
  readonly device: KbaseDevice;
  setup: Setup = "version";
  /** What the version check settled on. */
  version = { major: 0, minor: 0 };
  /** Memory that only a cookie names yet, by cookie. */
  readonly pending = new Map<number, Region>();
  /** Regions by their address. */
  readonly regions = new Map<bigint, Region>();
  readonly #mappings = new Set<CpuMapping>();
  readonly #stat: Stat;
  #tracked = false;

  constructor(device: KbaseDevice, statusFlags: number, stat: Stat) {
    super(statusFlags);
    this.device = device;
    this.#stat = stat;
  }

  override stat(): Stat {
    return this.#stat;
  }
  override link(): string {
    return `/dev/${this.device.nodeName}`;
  }
  override poll(): number {
    // kbase_poll(): readable when an event is queued; none ever is here.
    return 0;
  }
  protected override release(): void {
    this.device.jobs.endAll(this);
    for (const region of this.pending.values()) region.put();
    this.pending.clear();
  }

  override deviceObject(handle: number): Region | null {
    return Number.isSafeInteger(handle) ? this.regions.get(BigInt(handle)) ?? null : null;
  }

  /** kbase_mem_allow_alloc(): the tracking page was mapped once. */
  get mayAllocate(): boolean {
    return this.#tracked;
  }

  /** The lowest free cookie as mmap takes it, in bytes, or null. */
  addPending(region: Region): bigint | null {
    for (let cookie = 1; cookie < COOKIES; cookie++) {
      if (this.pending.has(cookie)) continue;
      this.pending.set(cookie, region);
      return (FIRST_COOKIE + BigInt(cookie)) * this.page;
    }
    return null;
  }
  /** The number of the cookie at an offset; undefined where offsets are no cookies. */
  cookieAt(offset: bigint): number | undefined {
    const number = offset / this.page - FIRST_COOKIE;
    return number >= 0n && number < BigInt(COOKIES) ? Number(number) : undefined;
  }
  /** kbase_region_tracker_find_region_enclosing_address(). */
  regionAround(address: bigint): Region | undefined {
    for (const [start, region] of this.regions) {
      if (address >= start && address < start + BigInt(region.bytes)) return region;
    }
    return undefined;
  }

  /**
   * kbasep_find_enclosing_cpu_mapping(): how far into its region a range of the process lies, or
   * null where no mapping of this context has all of it.
   */
  offsetOf(address: bigint, size: bigint): number | null {
    // find_vma_intersection() of no bytes finds nothing (mtree since 6.1).
    if (size === 0n || address + size >= 1n << 64n) return null;
    for (const { start, end, region, offset } of this.#mappings) {
      if (address < start || address >= end) continue;
      const at = address - start + BigInt(offset);
      return at + size > BigInt(region.bytes) ? null : Number(at);
    }
    return null;
  }

  /** The page size, as an offset counts. */
  get page(): bigint {
    return BigInt(this.device.machine.model.pageBytes);
  }

  override ioctl(request: number, argument: Argument): number {
    if (this.device.unplugged) return -errno.ENODEV;
    const early = setupIoctls.find((entry) => entry.code(this) === request);
    if (early !== undefined) return this.#run(early, request, argument);
    if (this.setup !== "complete") return -errno.EPERM;
    const entry = memoryIoctls.find((one) => one.code(this) === request);
    return entry === undefined ? -errno.ENOTTY : this.#run(entry, request, argument);
  }

  /** KBASE_HANDLE_IOCTL_IN, _INOUT: what went in comes back, also after a failure. */
  #run(entry: KbaseIoctl, request: number, argument: Argument): number {
    const { direction, size } = splitRequest(request);
    const block = copyIn(argument, size);
    if (block === null) return -errno.EFAULT;
    const result = entry.run(this, block);
    if (direction === "RW" && !copyOut(argument, block.bytes)) return -errno.EFAULT;
    return result;
  }

  override get offsetEnd(): bigint {
    return 1n << 64n; // FMODE_UNSIGNED_OFFSET
  }
  override get mappable(): boolean {
    return true;
  }

  /** kbase_context_get_unmapped_area(), kbase_context_mmap(). */
  override mmap(request: MapRequest): VmArea | number {
    if (this.device.unplugged) return -errno.ENODEV;
    if (this.setup !== "complete") return -errno.EPERM;
    const cookie = this.cookieAt(request.offset);
    // The search for an address looks the cookie up before the mapping does, with another errno.
    if (cookie !== undefined && !this.pending.has(cookie)) return -errno.EINVAL;
    if (!request.shared) return -errno.EINVAL;
    const index = request.offset / this.page;
    if (index === TRACKING_PAGE) return this.#mapTrackingPage(request);
    if (!this.#tracked || ILLEGAL.includes(index)) return -errno.EINVAL;
    if (cookie !== undefined) return this.#mapPending(request, cookie);
    // Dumps of page tables and pages of the firmware are not simulated: an address of no region.
    const region = this.regionAround(request.offset);
    return region === undefined ? -errno.ENOMEM : this.#mapRegion(request, region);
  }

  #mapTrackingPage(request: MapRequest): VmArea | number {
    if (this.#tracked) return -errno.EFAULT;
    this.#tracked = true;
    const file = this.get();
    return {
      memory: this.device.emptyMemory,
      caching: "uncached",
      start: 0,
      file,
      shownOffset: request.offset,
      // kbase_vm_special_ops has no fault handler, and the mapping no rights.
      accessible: () => 0,
      close: () => file.put(),
    };
  }

  #mapPending(request: MapRequest, cookie: number): VmArea | number {
    const region = this.pending.get(cookie);
    if (region === undefined) return -errno.ENOMEM;
    if ((region.flags & GPU_EX) === 0 && request.length !== region.bytes) return -errno.ENOMEM;
    if (!mayMap(request, region)) return -errno.EPERM;
    this.pending.delete(cookie);
    // SAME_VA: the GPU has it where the CPU has it.
    region.address = request.address;
    this.regions.set(request.address, region);
    return this.#map(request, region, 0, () => {
      // free_on_close: munmap of this mapping takes the memory from the GPU.
      this.regions.delete(request.address);
      region.address = null;
      region.put();
    });
  }

  #mapRegion(request: MapRequest, region: Region): VmArea | number {
    const offset = Number(request.offset - (region.address ?? request.offset));
    if (request.length > region.bytes - offset) return -errno.ENOMEM;
    if (!mayMap(request, region)) return -errno.EPERM;
    if (region.backing.kind === "umm") {
      if (offset !== 0) return -errno.EINVAL;
      // dma_buf_mmap(): the mapping is the exporter's, and kbase forgets it.
      return region.backing.attachment.dmaBuf.mmap({ ...request, offset: 0n });
    }
    return this.#map(request, region, offset, () => {});
  }

  /** kbase_cpu_mmap(). */
  #map(request: MapRequest, region: Region, offset: number, closed: () => void): VmArea {
    const start = request.address;
    const mapping = { start, end: start + BigInt(request.length), region: region.get(), offset };
    this.#mappings.add(mapping);
    const file = this.get();
    return {
      memory: region.memory,
      // Imports are taken for cached, as their exporter cannot be asked (kbase_mem_from_umm()).
      caching: (region.flags & CACHED_CPU) !== 0 ? "write-back" : "write-combined",
      start: offset,
      file,
      // vm_pgoff is the GPU's address: it is how mappings are found again.
      shownOffset: (region.address ?? 0n) + BigInt(offset),
      accessible: (at, length) => Math.max(0, Math.min(length, region.backedBytes - at)),
      close: () => {
        this.#mappings.delete(mapping);
        closed();
        region.put();
        file.put();
      },
    };
  }
}

/** Whether a mapping asks no more of the CPU than the region lets it. */
function mayMap({ prot }: MapRequest, { flags }: Region): boolean {
  return ((prot & PROT_READ) === 0 || (flags & CPU_RD) !== 0) &&
    ((prot & PROT_WRITE) === 0 || (flags & CPU_WR) !== 0);
}
