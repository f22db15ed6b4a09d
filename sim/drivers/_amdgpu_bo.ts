/**
 * amdgpu's buffer objects and the calls on them (amdgpu_gem.c, amdgpu_object.c, amdgpu_dma_buf.c).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { encode } from "../../ffi/struct.ts";
import { amdgpu as uapi } from "../../ffi/uapi/amdgpu.ts";
import type { Attachment, DmaBuf } from "../dmabuf/dma_buf.ts";
import { waitFor } from "../dmabuf/fence.ts";
import type { DrmDevice } from "../drm/device.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl } from "../drm/ioctl.ts";
import { type Place, PlacedDmaBuf, PlacedObject } from "../drm/placed.ts";
import { createShmem } from "../drm/shmem.ts";
import type { OpenFile } from "../file.ts";
import type { Caching } from "../memory/cache_model.ts";
import { copyOut } from "../user_memory.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";

const { constants, ioctls, structs } = uapi;
const CPU = constants.AMDGPU_GEM_DOMAIN_CPU;
const GTT = constants.AMDGPU_GEM_DOMAIN_GTT;
const VRAM = constants.AMDGPU_GEM_DOMAIN_VRAM;
const NO_CPU_ACCESS = constants.AMDGPU_GEM_CREATE_NO_CPU_ACCESS;
const USWC = constants.AMDGPU_GEM_CREATE_CPU_GTT_USWC;
const CLEARED = constants.AMDGPU_GEM_CREATE_VRAM_CLEARED;
const VM_ALWAYS_VALID = constants.AMDGPU_GEM_CREATE_VM_ALWAYS_VALID;
const DISCARDABLE = constants.AMDGPU_GEM_CREATE_DISCARDABLE;
const ENCRYPTED = constants.AMDGPU_GEM_CREATE_ENCRYPTED;
/** What user space may not set: AMDGPU_GEM_CREATE_SETTABLE_MASK leaves it out. */
const KERNEL_ONLY = constants.AMDGPU_GEM_CREATE_VRAM_CONTIGUOUS |
  constants.AMDGPU_GEM_CREATE_CP_MQD_GFX9 | constants.AMDGPU_GEM_CREATE_PREEMPTIBLE;
const KNOWN = 0x1ffff & ~KERNEL_ONLY & ~0x10;

/** What the parts of the driver know of the device. */
export interface AmdgpuDriver extends DrmDevice {
  /** Bytes of VRAM. */
  readonly vramBytes: bigint;
  /** It shows buffers out of system memory, as APUs do (mode_info.gpu_vm_support). */
  readonly displaysSystem: boolean;
}

/** An amdgpu buffer object. */
export class AmdgpuBo extends PlacedObject {
  readonly #driver: AmdgpuDriver;
  readonly flags: number;
  /** preferred_domains and allowed_domains. */
  domains: number;
  allowed: number;
  override place: Place;

  constructor(
    driver: AmdgpuDriver,
    bytes: number,
    domains: number,
    flags: number,
    attachment: Attachment | null = null,
  ) {
    super(driver, bytes, attachment);
    this.#driver = driver;
    this.flags = flags;
    this.domains = domains;
    const spills = domains === VRAM && (flags & DISCARDABLE) === 0;
    this.allowed = spills ? VRAM | GTT : domains;
    this.place = this.preferred;
  }

  override get preferred(): Place {
    return (this.domains & VRAM) !== 0 ? "vram" : "system";
  }
  override get maySystem(): boolean {
    return (this.allowed & GTT) !== 0;
  }
  /** amdgpu_ttm_tt_create(): VRAM is reached through the BAR, write-combined. */
  override get caching(): Caching {
    return this.place === "vram" || (this.flags & USWC) !== 0 ? "write-combined" : "write-back";
  }
  override get resident(): boolean {
    return true;
  }

  /** amdgpu_gem_object_mmap(): a private map without any access is let through, for debuggers. */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if ((this.flags & NO_CPU_ACCESS) !== 0) return -errno.EPERM;
    return super.mmap(request.prot === 0 ? { ...request, mayWrite: false } : request, holder);
  }

  /** amdgpu_gem_prime_export(). */
  override exportDmaBuf(flags: number): DmaBuf | number {
    if ((this.flags & VM_ALWAYS_VALID) !== 0) return -errno.EPERM;
    return new PlacedDmaBuf(this, flags, () => this.#beginMoves());
  }

  /**
   * amdgpu_dma_buf_begin_cpu_access(): only to where the display could show it as well, which is
   * system memory for USWC buffers on APUs alone (amdgpu_display_supported_domains()).
   */
  #beginMoves(): boolean {
    return this.#driver.displaysSystem && (this.flags & USWC) !== 0 && this.maySystem;
  }

  /** amdgpu_dma_buf_pin(): devices that cannot follow a move get it in system memory. */
  override pin(): number {
    return this.maySystem ? this.move("system") : -errno.EINVAL;
  }
}

function createBo(driver: AmdgpuDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_CREATE, ANY_NODE, (file, args) => {
    const { bo_size = 0n, domains = 0n, domain_flags = 0n } = args.in;
    if ((domain_flags & ~BigInt(KNOWN)) !== 0n) return -errno.EINVAL;
    if ((domains & ~BigInt(constants.AMDGPU_GEM_DOMAIN_MASK)) !== 0n) return -errno.EINVAL;
    // No device here has a trusted memory zone.
    const flags = Number(domain_flags) | CLEARED;
    if ((flags & ENCRYPTED) !== 0) return -errno.EINVAL;
    const asked = Number(domains);
    const special = (asked & ~(CPU | GTT | VRAM)) !== 0;
    if (special && (flags & VM_ALWAYS_VALID) !== 0) return -errno.EINVAL;
    if (special) return -errno.EOPNOTSUPP; // GDS, GWS, OA and doorbells are not simulated
    // Too large for VRAM alone, it is tried in system memory as well: amdgpu_gem_create_ioctl().
    const fits = asked !== VRAM || bo_size <= driver.vramBytes;
    if (bo_size > driver.machine.memoryBytes) return -errno.ENOMEM;
    const bo = createShmem(
      driver,
      bo_size,
      (bytes) => new AmdgpuBo(driver, bytes, fits ? asked : VRAM | GTT, flags),
    );
    if (typeof bo === "number") return bo;
    const handle = file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.in = { bo_size: 0n, alignment: 0n, domains: 0n, domain_flags: 0n };
    args.out = { handle, _pad: 0 };
    return 0;
  });
}

function gemMmap(driver: AmdgpuDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_MMAP, ANY_NODE, (file, args) => {
    const bo = file.lookup(args.in.handle ?? 0);
    if (!(bo instanceof AmdgpuBo)) return -errno.ENOENT;
    if ((bo.flags & NO_CPU_ACCESS) !== 0) return -errno.EPERM;
    const added = driver.offsets.add(bo);
    if (added < 0) return added;
    args.in = { handle: 0, _pad: 0 };
    args.out = { addr_ptr: bo.mapOffset ?? 0n };
    return 0;
  });
}

/** amdgpu_gem_timeout(): an absolute time; what is negative as a signed number is forever. */
function deadline(timeout: bigint): bigint | null {
  return BigInt.asIntN(64, timeout) < 0n ? null : timeout;
}

function waitIdle(driver: AmdgpuDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_WAIT_IDLE, ANY_NODE, (file, args) => {
    const bo = file.lookup(args.in.handle ?? 0);
    if (bo === null) return -errno.ENOENT;
    const { clock } = driver.machine;
    const until = deadline(args.in.timeout ?? 0n);
    const past = until !== null && until < clock.now;
    const waited = waitFor(clock, bo.reservation.pending("all"), past ? clock.now : until);
    if (waited === "never" || waited === "interrupted") return -errno.EINTR;
    args.in = { handle: 0, flags: 0, timeout: 0n };
    // A time-out is an answer, no error.
    args.out = { status: waited === "timeout" ? 1 : 0, domain: 0 };
    return 0;
  });
}

function gemOp(driver: AmdgpuDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_OP, ANY_NODE, (file, args) => {
    if (args.padding !== 0) return -errno.EINVAL;
    const bo = file.lookup(args.handle);
    if (!(bo instanceof AmdgpuBo)) return -errno.ENOENT;
    if (args.op === constants.AMDGPU_GEM_OP_GET_GEM_CREATE_INFO) {
      const info = encode(structs.drm_amdgpu_gem_create_in, {
        bo_size: BigInt(bo.bytes),
        alignment: BigInt(driver.machine.model.pageBytes),
        domains: BigInt(bo.domains),
        domain_flags: BigInt(bo.flags),
      });
      return copyOut(args.value, info.bytes) ? 0 : -errno.EFAULT;
    }
    if (args.op !== constants.AMDGPU_GEM_OP_SET_PLACEMENT) return -errno.EINVAL;
    const domains = typeof args.value === "bigint" ? Number(args.value & 7n) : 0;
    if (bo.imported && (domains & VRAM) !== 0) return -errno.EINVAL;
    bo.domains = domains;
    bo.allowed = domains === VRAM ? VRAM | GTT : domains;
    return 0;
  });
}

/** The calls on buffers. */
export function boIoctls(driver: AmdgpuDriver): DrmIoctl[] {
  return [createBo(driver), gemMmap(driver), waitIdle(driver), gemOp(driver)];
}
