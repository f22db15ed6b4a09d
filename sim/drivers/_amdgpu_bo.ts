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
const NORMAL = CPU | GTT | VRAM;
const NO_CPU_ACCESS = constants.AMDGPU_GEM_CREATE_NO_CPU_ACCESS;
const USWC = constants.AMDGPU_GEM_CREATE_CPU_GTT_USWC;
const CLEARED = constants.AMDGPU_GEM_CREATE_VRAM_CLEARED;
/** amdgpu_gem_object_create() adds it to every buffer of user space's. */
const WIPE_ON_RELEASE = constants.AMDGPU_GEM_CREATE_VRAM_WIPE_ON_RELEASE;
const VM_ALWAYS_VALID = constants.AMDGPU_GEM_CREATE_VM_ALWAYS_VALID;
const DISCARDABLE = constants.AMDGPU_GEM_CREATE_DISCARDABLE;
const ENCRYPTED = constants.AMDGPU_GEM_CREATE_ENCRYPTED;
const USERPTR_READONLY = constants.AMDGPU_GEM_USERPTR_READONLY;
const USERPTR_VALIDATE = constants.AMDGPU_GEM_USERPTR_VALIDATE;
const USERPTR_REGISTER = constants.AMDGPU_GEM_USERPTR_REGISTER;
const USERPTR_FLAGS = USERPTR_READONLY | constants.AMDGPU_GEM_USERPTR_ANONONLY | USERPTR_VALIDATE |
  USERPTR_REGISTER;
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
  /** Its pages are the process's own (amdgpu_ttm_tt_get_usermm()). */
  readonly userPages: boolean;

  constructor(
    driver: AmdgpuDriver,
    bytes: number,
    domains: number,
    flags: number,
    { attachment = null, userPages = false }: {
      readonly attachment?: Attachment | null;
      readonly userPages?: boolean;
    } = {},
  ) {
    super(driver, bytes, attachment);
    this.#driver = driver;
    this.flags = flags | WIPE_ON_RELEASE;
    this.userPages = userPages;
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

  /** Whether the CPU may map it through the node or its dma-buf. */
  get mayBeMapped(): boolean {
    return !this.userPages && (this.flags & NO_CPU_ACCESS) === 0;
  }

  /** amdgpu_gem_object_mmap(): a private map without any access is let through, for debuggers. */
  override mmap(request: MapRequest, holder: OpenFile): VmArea | number {
    if (!this.mayBeMapped) return -errno.EPERM;
    return super.mmap(request.prot === 0 ? { ...request, mayWrite: false } : request, holder);
  }

  /** amdgpu_gem_prime_export(). */
  override exportDmaBuf(flags: number): DmaBuf | number {
    if (this.userPages || (this.flags & VM_ALWAYS_VALID) !== 0) return -errno.EPERM;
    return new PlacedDmaBuf(this, flags, () => this.#beginMoves());
  }

  /**
   * amdgpu_dma_buf_begin_cpu_access(): only to where the display could show it as well, which is
   * system memory for USWC buffers on APUs alone (amdgpu_display_supported_domains()).
   */
  #beginMoves(): boolean {
    return this.#driver.displaysSystem && (this.flags & USWC) !== 0 && this.maySystem;
  }

  /** The process's memory as a job sees it is not simulated. */
  override jobBegins(): number {
    return this.userPages ? -errno.EOPNOTSUPP : super.jobBegins();
  }

  /** amdgpu_dma_buf_pin(): devices that cannot follow a move get it in system memory. */
  override pin(): number {
    return this.maySystem ? this.move("system") : -errno.EINVAL;
  }
}

/** amdgpu_gem_are_domains_valid(): memory of any kind, or one special thing alone. */
function areValid(domains: number): boolean {
  const special = domains & ~NORMAL;
  return special === 0 || special === domains && (special & (special - 1)) === 0;
}

function createBo(driver: AmdgpuDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_CREATE, ANY_NODE, (file, args) => {
    const { bo_size = 0n, domains = 0n, domain_flags = 0n } = args.in;
    if ((domain_flags & ~BigInt(KNOWN)) !== 0n) return -errno.EINVAL;
    if ((domains & ~BigInt(constants.AMDGPU_GEM_DOMAIN_MASK)) !== 0n) return -errno.EINVAL;
    const asked = Number(domains);
    if (!areValid(asked)) return -errno.EINVAL;
    // No device here has a trusted memory zone.
    const flags = Number(domain_flags) | CLEARED;
    if ((flags & ENCRYPTED) !== 0) return -errno.EINVAL;
    const special = (asked & ~NORMAL) !== 0;
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
    if (!bo.mayBeMapped) return -errno.EPERM;
    const added = driver.offsets.add(bo);
    if (added < 0) return added;
    args.in = { handle: 0, _pad: 0 };
    args.out = { addr_ptr: bo.mapOffset ?? 0n };
    return 0;
  });
}

/** amdgpu_gem_userptr_ioctl(): the pages are looked at when a job wants them, or to VALIDATE. */
function userptr(driver: AmdgpuDriver): DrmIoctl {
  return drmIoctl(ioctls.GEM_USERPTR, ANY_NODE, (file, args) => {
    const { addr, size, flags } = args;
    if ((addr | size) % BigInt(driver.machine.model.pageBytes) !== 0n) return -errno.EINVAL;
    if ((flags & ~USERPTR_FLAGS) !== 0) return -errno.EINVAL;
    // What the GPU may write has to be told of by the memory's owner.
    if ((flags & (USERPTR_READONLY | USERPTR_REGISTER)) === 0) return -errno.EACCES;
    const bo = createShmem(
      driver,
      size,
      (bytes) => new AmdgpuBo(driver, bytes, GTT, 0, { userPages: true }),
    );
    if (typeof bo === "number") return bo;
    // mmu_interval_notifier_insert(): the last byte has an address.
    const wraps = addr + size > 1n << 64n;
    const handle = wraps ? -errno.EOVERFLOW : (flags & USERPTR_VALIDATE) !== 0
      ? -errno.EOPNOTSUPP // not simulated
      : file.createHandle(bo);
    bo.put();
    if (handle < 0) return handle;
    args.handle = handle;
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
    if (bo.userPages) return -errno.EPERM;
    bo.domains = domains;
    bo.allowed = domains === VRAM ? VRAM | GTT : domains;
    return 0;
  });
}

/** The calls on buffers. */
export function boIoctls(driver: AmdgpuDriver): DrmIoctl[] {
  return [createBo(driver), userptr(driver), gemMmap(driver), waitIdle(driver), gemOp(driver)];
}
