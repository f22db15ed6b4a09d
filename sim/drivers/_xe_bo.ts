/**
 * xe's buffer objects and the calls on them (xe_bo.c, xe_dma_buf.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { xe as uapi } from "../../ffi/uapi/xe.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import type { DrmDevice } from "../drm/device.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { type Place, PlacedDmaBuf, PlacedObject } from "../drm/placed.ts";
import { createShmem } from "../drm/shmem.ts";
import type { Caching } from "../memory/cache_model.ts";
import { copyIn, isNull } from "../user_memory.ts";
import type { OpenFile } from "../file.ts";
import { AnonymousMemory } from "../memory/anonymous_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import type { Vma, VmTables } from "./_xe_vm.ts";

const { constants, ioctls } = uapi;
/** Placement bits: the regions' instances. */
export const SYSTEM = 1;
export const VRAM = 2;
const WB = constants.DRM_XE_GEM_CPU_CACHING_WB;
const WC = constants.DRM_XE_GEM_CPU_CACHING_WC;
const SCANOUT = constants.DRM_XE_GEM_CREATE_FLAG_SCANOUT;
const VISIBLE = constants.DRM_XE_GEM_CREATE_FLAG_NEEDS_VISIBLE_VRAM;
const NO_COMPRESSION = constants.DRM_XE_GEM_CREATE_FLAG_NO_COMPRESSION;
const FLAGS = constants.DRM_XE_GEM_CREATE_FLAG_DEFER_BACKING | SCANOUT | VISIBLE | NO_COMPRESSION;
const PCI_BARRIER = constants.DRM_XE_MMAP_OFFSET_FLAG_PCI_BARRIER;
/** Bytes of a user extension's head. */
const EXTENSION_BYTES = 16;

/** What the parts of the driver know of the device. */
export interface XeDriver extends DrmDevice {
  /** Bytes of VRAM; 0n: it is integrated. */
  readonly vramBytes: bigint;
  /** Its generation of graphics, 20 for Xe2. */
  readonly graphics: number;
  /** Memory is short: what is not needed is purged. */
  readonly purges: boolean;
  /** The address spaces of its open files. */
  readonly vms: VmTables;
}

/** An xe buffer object. */
export class XeBo extends PlacedObject {
  readonly #placement: number;
  readonly #asked: Caching;
  readonly private: boolean;
  override place: Place;
  /** Where it is bound. */
  readonly vmas = new Set<Vma>();
  /** bo->purgeable.state. */
  purgeState: "willneed" | "dontneed" | "purged" = "willneed";
  readonly #purges: boolean;

  constructor(
    driver: XeDriver,
    bytes: number,
    made: { placement: number; caching: number; private: boolean },
    attachment: Attachment | null = null,
  ) {
    super(driver, bytes, attachment);
    // xe_ttm_tt_create(): system memory of a discrete GPU is always cached.
    const cached = made.caching === WB || driver.vramBytes > 0n;
    this.#asked = cached ? "write-back" : "write-combined";
    this.#placement = made.placement;
    this.private = made.private;
    this.place = this.preferred;
    this.#purges = driver.purges;
  }

  override get preferred(): Place {
    return (this.#placement & VRAM) !== 0 ? "vram" : "system";
  }
  override get maySystem(): boolean {
    return (this.#placement & SYSTEM) !== 0;
  }
  override get caching(): Caching {
    return this.place === "vram" ? "write-combined" : this.#asked;
  }
  override get resident(): boolean {
    return true;
  }

  /** Other devices may use it, who are not asked: xe_bo_is_dmabuf_shared(). */
  get shared(): boolean {
    return this.imported || this.dmaBuf !== null;
  }

  /**
   * Not needed where nobody that has it bound needs it; what is bound nowhere stays what it was, and
   * what is purged is so for good.
   */
  recomputePurgeable(): void {
    if (this.purgeState === "purged" || this.vmas.size === 0) return;
    const needed = this.shared || [...this.vmas].some(({ dontNeed }) => !dontNeed);
    this.purgeState = needed ? "willneed" : "dontneed";
    if (needed || !this.#purges) return;
    // The shrinker: xe_bo_shrink(), which takes the CPU's mappings as well.
    if (this.memory instanceof AnonymousMemory) this.memory.purge();
    this.purgeState = "purged";
  }

  /** Why nothing new may reach its pages: -errno; null: it may. */
  refusal(): number | null {
    if (this.purgeState === "willneed") return null;
    return this.purgeState === "dontneed" ? -errno.EBUSY : -errno.EINVAL;
  }

  /**
   * xe_gem_object_mmap(), the dma-buf's as well. Mappings from before show what was touched by then
   * (xe_bo_cpu_fault() is SIGBUS for other pages; which those are is not kept), and nothing of what
   * is purged.
   */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    const refused = this.refusal();
    if (refused !== null) return refused;
    const area = super.mmap(request, holder);
    if (typeof area === "number" || this.imported) return area;
    return Object.assign(area, {
      accessible: (offset: number, length: number) =>
        this.purgeState === "purged" ? 0 : Math.max(0, Math.min(length, this.bytes - offset)),
    });
  }

  /** xe_gem_prime_export(). */
  override exportDmaBuf(flags: number): DmaBuf | number {
    if (this.private) return -errno.EPERM;
    const refused = this.refusal();
    if (refused !== null) return refused;
    // xe_dma_buf_begin_cpu_access(): tried, and not missed where it may not be there.
    return new PlacedDmaBuf(this, flags, () => this.maySystem);
  }

  /** xe_dma_buf_attach(): devices that cannot reach VRAM need it in system memory. */
  override pin(): number {
    return this.maySystem ? this.move("system") : -errno.EOPNOTSUPP;
  }
}

/** gem_create_user_extensions(): none that does anything here is known. */
function extensions(pointer: Parameters<typeof isNull>[0]): number {
  if (isNull(pointer)) return 0;
  return copyIn(pointer, EXTENSION_BYTES) === null ? -errno.EFAULT : -errno.EINVAL;
}

function gemCreate(driver: XeDriver): DrmIoctl {
  const regions = driver.vramBytes > 0n ? SYSTEM | VRAM : SYSTEM;
  return drmIoctl(ioctls.GEM_CREATE, ANY_NODE, (file, args) => {
    const { placement, flags, cpu_caching: caching } = args;
    if ([...args.pad, ...args.reserved].some((value) => value !== 0n)) return -errno.EINVAL;
    if ((placement & ~regions) !== 0 || placement === 0) return -errno.EINVAL;
    if ((flags & ~FLAGS) !== 0) return -errno.EINVAL;
    if (args.handle !== 0) return -errno.EINVAL;
    if (args.size === 0n) return -errno.EINVAL;
    if (args.size % BigInt(driver.machine.model.pageBytes) !== 0n) return -errno.EINVAL;
    if ((flags & NO_COMPRESSION) !== 0 && driver.graphics < 20) return -errno.EOPNOTSUPP;
    const inVram = (placement & VRAM) !== 0;
    if ((flags & VISIBLE) !== 0 && !inVram) return -errno.EINVAL;
    if (caching === 0 || caching > WC) return -errno.EINVAL;
    if (inVram && caching !== WC) return -errno.EINVAL;
    if ((flags & SCANOUT) !== 0 && caching === WB) return -errno.EINVAL;
    const isPrivate = args.vm_id !== 0;
    if (isPrivate && driver.vms.get(file, args.vm_id) === null) return -errno.ENOENT;
    const extended = extensions(args.extensions);
    if (extended < 0) return extended;
    const room = inVram && (placement & SYSTEM) === 0
      ? driver.vramBytes
      : driver.machine.memoryBytes;
    if (args.size > room) return -errno.ENOMEM;
    const bo = createShmem(
      driver,
      args.size,
      (bytes) => new XeBo(driver, bytes, { placement, caching, private: isPrivate }),
    );
    if (typeof bo === "number") return bo;
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  });
}

function gemMmapOffset(driver: XeDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_MMAP_OFFSET, ANY_NODE, (file, args) => {
    if (!isNull(args.extensions) || args.reserved.some((value) => value !== 0n)) {
      return -errno.EINVAL;
    }
    if ((args.flags & ~PCI_BARRIER) !== 0) return -errno.EINVAL;
    if ((args.flags & PCI_BARRIER) !== 0) {
      const { pageBytes } = driver.machine.model;
      const has = driver.vramBytes > 0n && args.handle === 0 && pageBytes === 4096;
      return has ? -errno.EOPNOTSUPP : -errno.EINVAL; // that page is not simulated
    }
    const bo = file.lookup(args.handle);
    if (bo === null) return -errno.ENOENT;
    const added = driver.offsets.add(bo);
    if (added < 0) return added;
    args.offset = bo.mapOffset ?? 0n;
    return 0;
  });
}

/** The calls on buffers. */
export function boIoctls(driver: XeDriver): DrmIoctl[] {
  return [gemCreate(driver), gemMmapOffset(driver)];
}
