import { DMA_BUF_MAGIC, POLLIN, POLLOUT, SEEK_END, SEEK_SET } from "../../ffi/constants.ts";
import { errno } from "../../ffi/errno.ts";
import type { Argument, Stat } from "../../ffi/kernel.ts";
import { decode, store } from "../../ffi/struct.ts";
import { dmaBuf as uapi } from "../../ffi/uapi/dma_buf.ts";
import { type Mount, OpenFile } from "../file.ts";
import type { Machine } from "../machine.ts";
import type { Direction } from "../memory/dma_sync.ts";
import type { Memory } from "../memory/memory.ts";
import { copyIn, copyOut, copyString } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import { type Fence, Reservation, waitFor } from "./fence.ts";
import { SyncFile } from "./sync_file.ts";

/** The DMA side of a device: what its bus sees. */
export interface DmaDevice {
  /** Its name below /sys/devices. */
  readonly name: string;
  /** Whether its accesses snoop the CPU caches ("dma-coherent" in the device tree). */
  readonly coherent: boolean;
}

/** A device's hold on a dma-buf. */
export interface Attachment {
  readonly dmaBuf: DmaBuf;
  readonly device: DmaDevice;
  /** The device has the pages mapped (map_dma_buf). */
  mapped: boolean;
}

const SYNC_READ = 1;
const SYNC_WRITE = 2;
const SYNC_RW = 3;
const SYNC_END = 4;
const VALID_SYNC = 7;
/** DMA_BUF_NAME_LEN, the NUL included. */
const NAME_BYTES = 32;

/**
 * A dma-buf: drivers/dma-buf/dma-buf.c. An exporter extends it with its operations. It lives as
 * long as a descriptor, a mapping, an importer or its exporter's object holds it.
 */
export abstract class DmaBuf extends OpenFile {
  readonly bytes: number;
  readonly exporterName: string;
  readonly reservation: Reservation;
  readonly attachments = new Set<Attachment>();
  readonly #machine: Machine;
  readonly #inode: bigint;
  #name: string | null = null;

  /** @param flags access mode of the file, fixed for its life */
  constructor(
    machine: Machine,
    exporterName: string,
    bytes: number,
    flags: number,
    reservation: Reservation = new Reservation(),
  ) {
    super(flags & 3);
    this.#machine = machine;
    this.exporterName = exporterName;
    this.bytes = bytes;
    this.reservation = reservation;
    this.#inode = machine.newInode();
  }

  abstract readonly memory: Memory;

  /**
   * Whether its memory is one piece, as devices without an MMU want it. A page always is; more pages
   * are where an exporter sees to it (by chance they are elsewhere, too, which nobody counts on).
   */
  get contiguous(): boolean {
    return this.bytes <= this.#machine.model.pageBytes;
  }

  /** The exporter's attach: 0 or -errno. */
  protected attachBuffer(_attachment: Attachment): number {
    return 0;
  }
  /** The exporter's map_dma_buf: 0 or -errno. */
  protected mapAttachment(_attachment: Attachment): number {
    return 0;
  }
  /** The exporter's unmap_dma_buf. */
  protected unmapAttachment(_attachment: Attachment): void {}
  /** The exporter's mmap, after the core's checks. */
  abstract mapBuffer(request: MapRequest): VmArea | number;
  /** begin_cpu_access: 0 or -errno. */
  protected beginCpuAccess(_direction: Direction): number {
    return 0;
  }
  /** end_cpu_access: 0 or -errno. */
  protected endCpuAccess(_direction: Direction): number {
    return 0;
  }

  /**
   * dma_buf_attach(): takes a reference; or -errno.
   * @param maps maps it too, for as long as the attachment lives
   */
  attach(device: DmaDevice, maps: boolean): Attachment | number {
    const attachment: Attachment = { dmaBuf: this, device, mapped: false };
    const attached = this.attachBuffer(attachment);
    if (attached < 0) return attached;
    const mapped = maps ? this.map(attachment) : 0;
    if (mapped < 0) return mapped;
    this.attachments.add(attachment);
    this.get();
    return attachment;
  }

  /** dma_buf_map_attachment(): 0 or -errno. */
  map(attachment: Attachment): number {
    if (attachment.mapped) return 0;
    const mapped = this.mapAttachment(attachment);
    if (mapped < 0) return mapped;
    attachment.mapped = true;
    return 0;
  }

  /** dma_buf_unmap_attachment(). */
  unmap(attachment: Attachment): void {
    if (!attachment.mapped) return;
    attachment.mapped = false;
    this.unmapAttachment(attachment);
  }

  /** dma_buf_detach(), unmapped first. */
  detach(attachment: Attachment): void {
    if (!this.attachments.delete(attachment)) return;
    this.unmap(attachment);
    this.put();
  }

  override stat(): Stat {
    return {
      kind: "other",
      mode: 0o600,
      uid: this.#machine.uid,
      gid: 0,
      size: BigInt(this.bytes),
      inode: this.#inode,
      rdev: "",
    };
  }
  override get mount(): Mount {
    return "dma-buf";
  }
  override link(): string {
    return `/dmabuf:${this.#name ?? ""}`;
  }
  override fsType(): number {
    return DMA_BUF_MAGIC;
  }
  override get mappable(): boolean {
    return true;
  }

  override mmap(request: MapRequest): VmArea | number {
    // In pages, so that no offset wraps: dma_buf_mmap_internal().
    if (request.offset + BigInt(request.length) > BigInt(this.bytes)) return -errno.EINVAL;
    return this.mapBuffer(request);
  }

  override seek(offset: bigint, whence: number): bigint {
    if (whence !== SEEK_END && whence !== SEEK_SET) return BigInt(-errno.EINVAL);
    if (offset !== 0n) return BigInt(-errno.EINVAL);
    return whence === SEEK_END ? BigInt(this.bytes) : 0n;
  }

  /**
   * dma_buf_poll(): where something is pending, the first such fence gets a callback, one for each
   * direction, and the callback holds the file: it outlives its descriptors until the fence signals.
   */
  override poll(asked: number): number {
    let events = 0;
    for (const [event, who] of [[POLLOUT, "all"], [POLLIN, "writers"]] as const) {
      if ((asked & event) === 0) continue;
      const [first] = this.reservation.pending(who);
      if (first === undefined) events |= event;
      else if ((this.#watched & event) === 0) this.#watch(event, first);
    }
    return events;
  }
  /** Directions with a callback: cb_out, cb_in. */
  #watched = 0;
  #watch(event: number, fence: Fence): void {
    this.#watched |= event;
    this.get();
    fence.whenSignalled(() => {
      this.#watched &= ~event;
      this.put();
    });
  }

  override pollDeadline(): bigint | null {
    let next: bigint | null = null;
    for (const { deadline } of this.reservation.pending("all")) {
      if (deadline !== null && (next === null || deadline < next)) next = deadline;
    }
    return next;
  }

  override fdinfo(): string {
    const lines = [
      `size:\t${this.bytes}`,
      `count:\t${this.references}`,
      `exp_name:\t${this.exporterName}`,
    ];
    if (this.#name !== null) lines.push(`name:\t${this.#name}`);
    return lines.join("\n") + "\n";
  }

  override ioctl(request: number, argument: Argument): number {
    switch (request) {
      case uapi.ioctls.SYNC.code:
        return this.#sync(argument);
      case uapi.ioctls.SET_NAME_A.code:
      case uapi.ioctls.SET_NAME_B.code: {
        const name = copyString(argument, NAME_BYTES);
        if (typeof name === "number") return name;
        this.#name = name;
        return 0;
      }
      case uapi.ioctls.EXPORT_SYNC_FILE.code:
        return this.#exportSyncFile(argument);
      case uapi.ioctls.IMPORT_SYNC_FILE.code:
        return this.#importSyncFile(argument);
      default:
        return -errno.ENOTTY;
    }
  }

  #sync(argument: Argument): number {
    const type = uapi.structs.dma_buf_sync;
    const block = copyIn(argument, type.size);
    if (block === null) return -errno.EFAULT;
    const { flags } = decode(type, block);
    if ((flags & ~BigInt(VALID_SYNC)) !== 0n) return -errno.EINVAL;
    const access = Number(flags) & SYNC_RW;
    if (access === 0) return -errno.EINVAL;
    const direction = access === SYNC_READ
      ? "from-device"
      : access === SYNC_WRITE
      ? "to-device"
      : "bidirectional";
    return (Number(flags) & SYNC_END) !== 0
      ? this.endAccess(direction)
      : this.beginAccess(direction);
  }

  /** dma_buf_end_cpu_access(): 0 or -errno. */
  endAccess(direction: Direction): number {
    return this.endCpuAccess(direction);
  }

  /** dma_buf_begin_cpu_access(): 0 or -errno. */
  beginAccess(direction: Direction): number {
    const result = this.beginCpuAccess(direction);
    if (result < 0) return result;
    const who = direction === "from-device" ? "writers" : "all";
    // A wait that nothing would end, as for a job that the caller itself has to end: the kernel
    // would sleep until a signal came (-ERESTARTSYS), so it says here what it says then. The
    // exporter's hook has run before, on lines that the job may yet make stale.
    const waited = waitFor(this.#machine.clock, this.reservation.pending(who), null);
    return waited === "done" ? 0 : -errno.EINTR;
  }

  #exportSyncFile(argument: Argument): number {
    const type = uapi.structs.dma_buf_export_sync_file;
    const block = copyIn(argument, type.size);
    if (block === null) return -errno.EFAULT;
    const { flags } = decode(type, block);
    if ((flags & ~SYNC_RW) !== 0 || (flags & SYNC_RW) === 0) return -errno.EINVAL;
    const fd = this.#machine.fds.reserve();
    if (fd < 0) return fd;
    // dma_resv_usage_rw(): a writer waits for everybody, a reader for writers.
    const fences = this.reservation.pending((flags & SYNC_WRITE) !== 0 ? "all" : "writers");
    store(type, block, { fd });
    if (!copyOut(argument, block.bytes)) {
      this.#machine.fds.unreserve(fd);
      return -errno.EFAULT;
    }
    this.#machine.fds.install(fd, new SyncFile(this.#machine, fences), true);
    return 0;
  }

  #importSyncFile(argument: Argument): number {
    const type = uapi.structs.dma_buf_import_sync_file;
    const block = copyIn(argument, type.size);
    if (block === null) return -errno.EFAULT;
    const { flags, fd } = decode(type, block);
    if ((flags & ~SYNC_RW) !== 0 || (flags & SYNC_RW) === 0) return -errno.EINVAL;
    const file = this.#machine.fds.get(fd);
    if (!(file instanceof SyncFile)) return -errno.EINVAL;
    const usage = (flags & SYNC_WRITE) !== 0 ? "write" : "read";
    for (const fence of file.fences) this.reservation.add(fence, usage);
    return 0;
  }
}
