/**
 * panthor's buffer objects and the calls on them (panthor_gem.c, panthor_drv.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { decode } from "../../ffi/struct.ts";
import { panthor as uapi } from "../../ffi/uapi/panthor.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmDevice } from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { GemDmaBuf } from "../drm/gem.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { bits, extent, gemsText, owner, sharing } from "../drm/gems_text.ts";
import { createShmem, ShmemObject } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import { syncForCpu, syncForDevice } from "../memory/dma_sync.ts";
import { copyString, isNull } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import { MigratingDmaBuf, Placement } from "./_migrating_dma_buf.ts";
import { getArray } from "./_panthor_user_objects.ts";
import type { Counterfactual } from "./driver.ts";
import type { Vm, VmPool } from "./_panthor_vm.ts";

const { ioctls, structs } = uapi;

const NO_MMAP = 1;
const WB_MMAP = 2;
const IS_IMPORTED = 1;
const FLUSH = 0;
const FLUSH_AND_INVALIDATE = 1;
/** PANTHOR_BO_LABEL_MAXLEN, the NUL included. */
const LABEL_BYTES = 4096;

/** What the parts of the driver know of the device. */
export interface PanthorDriver extends DrmDevice {
  /** Buffers get the device's own mapping as they are made. */
  readonly bindsAtCreation: boolean;
  /** BO_MMAP_OFFSET says EPERM for NO_MMAP (since about 6.16). */
  readonly refusesNoMmapOffset: boolean;
  /** What it does although no driver does. */
  readonly counterfactual: Counterfactual | null;
  /** Whether the driver is 1.`minor` or later. */
  has(minor: number): boolean;
  /** The VMs of an open file. */
  vms(file: DrmFile): VmPool;
}

/** A panthor buffer object. */
export class PanthorBo extends ShmemObject {
  readonly #driver: PanthorDriver;
  /** As asked at creation; 0 for an import. */
  readonly flags: number;
  /** The VM that it is private to. */
  readonly exclusiveVm: Vm | null;
  label: string | null = null;
  readonly #placement = new Placement(this);

  constructor(
    driver: PanthorDriver,
    bytes: number,
    flags: number,
    exclusiveVm: Vm | null,
    attachment: Attachment | null = null,
  ) {
    // should_map_wc(): a coherent device maps everything write-back.
    const cached = driver.coherent || (flags & WB_MMAP) !== 0;
    super(driver, bytes, cached ? "write-back" : "write-combined", attachment);
    this.#driver = driver;
    this.flags = flags;
    this.exclusiveVm = exclusiveVm;
    // A buffer is of use to the GPU once it is bound; programs bind before they touch the memory.
    this.deviceMapped = attachment === null && driver.bindsAtCreation;
  }

  override exportDmaBuf(flags: number): DmaBuf | number {
    if (this.exclusiveVm !== null) return -errno.EINVAL;
    if (this.#driver.counterfactual === "begin-migrates") {
      return new MigratingDmaBuf(this, this.#placement, flags, "panthor");
    }
    // The hooks, and the exporter's own name with them, came with cached maps.
    return this.#driver.has(7) && this.#driver.counterfactual !== "export-without-hooks"
      ? new GemDmaBuf(this, flags, "panthor", true)
      : new GemDmaBuf(this, flags, "drm", false);
  }

  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    // Until the offset ioctl refused, mmap did; afterwards the dma-buf of such a buffer maps.
    if (!this.imported && (this.flags & NO_MMAP) !== 0 && !this.#driver.refusesNoMmapOffset) {
      return -errno.EINVAL;
    }
    const area = super.mmap(request, holder);
    if (typeof area === "number" || this.imported) return area;
    // Since 7.2 the first touch of a write-combined buffer makes the device's mapping, which flushes
    // the pages' zeros (panthor_gem_prep_for_cpu_map_locked()).
    const maps = this.caching === "write-combined" && this.#driver.has(8);
    return maps ? { ...area, fault: () => this.mapForDevice() } : area;
  }

  /**
   * The device's own mapping. Making it hands the whole buffer over: dma_map_sgtable() cleans every
   * line (panthor_gem_dev_map_get_sgt_locked()).
   */
  mapForDevice(): void {
    if (this.deviceMapped || this.imported) return;
    this.deviceMapped = true;
    syncForDevice(this.memory, this.device.coherent, 0, this.bytes);
  }

  override reachedByDevice(): void {
    this.#placement.moveToDevice();
    this.mapForDevice();
  }

  /** panthor_gem_sync(): exactly the bytes asked; 0 or -errno. */
  sync(type: number, offset: bigint, size: bigint): number {
    const end = BigInt.asUintN(64, offset + size);
    if (end < offset || end > BigInt(this.bytes)) return -errno.EINVAL;
    if (this.imported) return -errno.EINVAL;
    if (type !== FLUSH && type !== FLUSH_AND_INVALIDATE) return -errno.EINVAL;
    this.memory.ask(Number(size));
    if (this.caching !== "write-back" || size === 0n) return 0;
    // Without pages there is nothing to flush.
    if (!this.memory.populated) return 0;
    this.mapForDevice();
    const hint = this.#driver.counterfactual === "range-is-a-hint";
    const [from, length] = hint ? [0, this.bytes] : [Number(offset), Number(size)];
    syncForDevice(this.memory, this.device.coherent, from, length);
    if (type === FLUSH_AND_INVALIDATE) {
      syncForCpu(this.memory, this.device.coherent, "from-device", from, length);
    }
    return 0;
  }
}

/** The buffer of a handle, or null. */
export function findBo(file: DrmFile, handle: number): PanthorBo | null {
  const object = file.lookup(handle);
  return object instanceof PanthorBo ? object : null;
}

function boCreate(driver: PanthorDriver): DrmIoctl {
  const known = driver.has(7) ? NO_MMAP | WB_MMAP : NO_MMAP;
  return drmIoctl(ioctls.BO_CREATE, ANY_NODE, (file, args) => {
    if (args.size === 0n || args.pad !== 0 || (args.flags & ~known) !== 0) return -errno.EINVAL;
    if ((args.flags & NO_MMAP) !== 0 && (args.flags & WB_MMAP) !== 0) return -errno.EINVAL;
    let vm: Vm | null = null;
    if (args.exclusive_vm_id !== 0) {
      vm = driver.vms(file).get(args.exclusive_vm_id) ?? null;
      if (vm === null) return -errno.EINVAL;
    }
    const bo = createShmem(
      driver,
      args.size,
      (bytes) => new PanthorBo(driver, bytes, args.flags, vm),
    );
    if (typeof bo === "number") return bo;
    // Until 7.0 a write-combined buffer got its pages at once, so that zeroing was flushed.
    const allocates = !driver.has(7) && bo.caching !== "write-back";
    if (allocates && BigInt(bo.bytes) > driver.machine.memoryBytes) {
      bo.put();
      return -errno.ENOMEM;
    }
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    args.size = BigInt(bo.bytes);
    return 0;
  });
}

function boMmapOffset(driver: PanthorDriver): DrmIoctl {
  return drmIoctl(ioctls.BO_MMAP_OFFSET, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    if (driver.refusesNoMmapOffset && (bo.flags & NO_MMAP) !== 0) return -errno.EPERM;
    const added = driver.offsets.add(bo);
    if (added < 0) return added;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

function boSync(driver: PanthorDriver): DrmIoctl {
  const type = structs.drm_panthor_bo_sync_op;
  return drmIoctl(ioctls.BO_SYNC, ANY_NODE, (file, args) => {
    const { stride = 0, count = 0, array = 0n } = args.ops;
    const items = getArray(driver.machine, { stride, count, array }, type, type.size);
    if (typeof items === "number") return items;
    for (const item of items) {
      const op = decode(type, item);
      const bo = findBo(file, op.handle);
      if (bo === null) return -errno.ENOENT;
      const result = bo.sync(op.type, op.offset, op.size);
      // The ops before it stay done, and nothing tells which one failed.
      if (result < 0) return result;
    }
    return 0;
  });
}

function boQueryInfo(): DrmIoctl {
  return drmIoctl(ioctls.BO_QUERY_INFO, ANY_NODE, (file, args) => {
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    args.pad = 0;
    args.create_flags = bo.flags;
    args.extra_flags = bo.imported ? IS_IMPORTED : 0;
    return 0;
  });
}

function boSetLabel(): DrmIoctl {
  return drmIoctl(ioctls.BO_SET_LABEL, ANY_NODE, (file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const bo = findBo(file, args.handle);
    if (bo === null) return -errno.ENOENT;
    const label = isNull(args.label) ? null : copyString(args.label, LABEL_BYTES);
    if (typeof label === "number") return label === -errno.EINVAL ? -errno.E2BIG : label;
    bo.label = label;
    return 0;
  });
}

/** `gems` in debugfs, with its labels; imports are not in it, nor, here, the firmware's sections. */
export function panthorGems(driver: PanthorDriver): string {
  return gemsText(
    "GEM state flags: imported (0x1), exported (0x2), evicted (0x4)\n" +
      "GEM usage flags: kernel (0x1), fw-mapped (0x2)\n",
    [
      ...owner,
      ["evictions", 11, () => "0"],
      ...extent,
      bits("state", sharing),
      bits("usage", () => 0),
    ],
    [...driver.objects].filter((bo) => bo instanceof PanthorBo && !bo.imported) as PanthorBo[],
    ({ label }) => label ?? "",
  );
}

/** The calls on buffers that this version of the driver has. */
export function boIoctls(driver: PanthorDriver): DrmIoctl[] {
  const table = [boCreate(driver), boMmapOffset(driver)];
  if (driver.has(4)) table.push(boSetLabel());
  if (driver.has(7)) table.push(boSync(driver), boQueryInfo());
  return table;
}
