/**
 * xe, kernel side (drivers/gpu/drm/xe): buffers, the address spaces that make them private, and what
 * memory there is. Binding, queues and jobs are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { encode } from "../../ffi/struct.ts";
import { xe as uapi } from "../../ffi/uapi/xe.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  type DumbBuffer,
  type DumbRequest,
  ioctlTable,
} from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl, notSimulated, numbersFrom } from "../drm/ioctl.ts";
import { createShmem } from "../drm/shmem.ts";
import { copyOut, isNull } from "../user_memory.ts";
import { boIoctls, SYSTEM, VRAM, XeBo, type XeDriver } from "./_xe_bo.ts";
import { register, type SimulatedDriver } from "./driver.ts";

const { constants, ioctls, structs } = uapi;
const WC = constants.DRM_XE_GEM_CPU_CACHING_WC;
const LR_MODE = constants.DRM_XE_VM_CREATE_FLAG_LR_MODE;
const FAULT_MODE = constants.DRM_XE_VM_CREATE_FLAG_FAULT_MODE;
const VM_FLAGS = constants.DRM_XE_VM_CREATE_FLAG_SCRATCH_PAGE | LR_MODE | FAULT_MODE |
  constants.DRM_XE_VM_CREATE_FLAG_NO_VM_OVERCOMMIT;
/** XE_PITCH_ALIGNMENT of dumb buffers, in bytes. */
const PITCH_ALIGN = 64;

class XeDevice extends DrmDevice implements XeDriver {
  override readonly version: DriverVersion = {
    name: "xe",
    description: "Intel Xe Graphics",
    major: 1,
    minor: 1,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures = {
    kms: { preferredDepth: 24, modifiers: true },
    render: true,
    syncobj: true,
    syncobjTimeline: true,
    atomic: true,
    cursorHotspot: false,
  };
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  readonly vramBytes: bigint;
  readonly graphics: number;
  readonly #vms = new WeakMap<DrmFile, { readonly ids: Set<number>; next: number }>();

  constructor(setup: DeviceSetup) {
    super(setup);
    const { registers } = setup.device;
    this.vramBytes = register(registers, "vram_bytes");
    this.graphics = Number(register(registers, "graphics"));
    this.ioctls = ioctlTable(
      ...notSimulated(numbersFrom(0x40, 0x4f)),
      this.#deviceQuery(),
      this.#vmCreate(),
      this.#vmDestroy(),
      ...boIoctls(this),
    );
    this.createDumb = (_file, request) => this.#createDumb(request);
    this.importAttachment = (attachment) => {
      const made = { placement: SYSTEM, caching: WC, private: false };
      const object = new XeBo(this, attachment.dmaBuf.bytes, made, attachment);
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }

  override opened(file: DrmFile): void {
    this.#vms.set(file, { ids: new Set(), next: 1 });
  }

  hasVm(file: DrmFile, id: number): boolean {
    return this.#vms.get(file)?.ids.has(id) ?? false;
  }

  #vmCreate(): DrmIoctl {
    return drmIoctl(ioctls.VM_CREATE, ANY_NODE, (file, args) => {
      if (args.extensions !== 0n) return -errno.EINVAL;
      if (args.reserved.some((value) => value !== 0n)) return -errno.EINVAL;
      if ((args.flags & ~VM_FLAGS) !== 0) return -errno.EINVAL;
      if ((args.flags & FAULT_MODE) !== 0 && (args.flags & LR_MODE) === 0) return -errno.EINVAL;
      const vms = this.#vms.get(file);
      if (vms === undefined) return -errno.ENOMEM;
      args.vm_id = vms.next++;
      vms.ids.add(args.vm_id);
      return 0;
    });
  }

  #vmDestroy(): DrmIoctl {
    return drmIoctl(ioctls.VM_DESTROY, ANY_NODE, (file, args) => {
      const filled = args.pad !== 0 || args.reserved.some((value) => value !== 0n);
      if (filled) return -errno.EINVAL;
      return this.#vms.get(file)?.ids.delete(args.vm_id) === true ? 0 : -errno.ENOENT;
    });
  }

  /** xe_query_ioctl(): MEM_REGIONS alone; a size of 0 asks for the size. */
  #deviceQuery(): DrmIoctl {
    return drmIoctl(ioctls.DEVICE_QUERY, ANY_NODE, (_file, args) => {
      if (args.extensions !== 0n) return -errno.EINVAL;
      if (args.reserved.some((value) => value !== 0n)) return -errno.EINVAL;
      if (args.query > constants.DRM_XE_DEVICE_QUERY_EU_STALL) return -errno.EINVAL;
      if (args.query !== constants.DRM_XE_DEVICE_QUERY_MEM_REGIONS) return -errno.EOPNOTSUPP;
      const bytes = this.#regions();
      if (args.size === 0) {
        args.size = bytes.length;
        return 0;
      }
      if (args.size !== bytes.length) return -errno.EINVAL;
      return !isNull(args.data) && copyOut(args.data, bytes) ? 0 : -errno.EFAULT;
    });
  }

  #regions(): Uint8Array<ArrayBuffer> {
    const page = this.machine.model.pageBytes;
    const system = {
      mem_class: constants.DRM_XE_MEM_REGION_CLASS_SYSMEM,
      instance: 0,
      min_page_size: page,
      total_size: this.machine.memoryBytes,
    };
    const vram = {
      mem_class: constants.DRM_XE_MEM_REGION_CLASS_VRAM,
      instance: 1,
      min_page_size: 65_536,
      total_size: this.vramBytes,
      cpu_visible_size: this.vramBytes,
    };
    const mem_regions = this.vramBytes > 0n ? [system, vram] : [system];
    const type = structs.drm_xe_query_mem_regions;
    return encode(type, { num_mem_regions: mem_regions.length, mem_regions }).bytes;
  }

  /** xe_bo_dumb_create(): for scanout, in VRAM where there is some. */
  #createDumb({ width, height, bpp }: DumbRequest): DumbBuffer | number {
    const bytesPerPixel = Math.max(Math.ceil(bpp / 8), 1);
    const pitch = Math.ceil(width * bytesPerPixel / PITCH_ALIGN) * PITCH_ALIGN;
    const placement = this.vramBytes > 0n ? VRAM : SYSTEM;
    const object = createShmem(
      this,
      BigInt(pitch) * BigInt(height),
      (bytes) => new XeBo(this, bytes, { placement, caching: WC, private: false }),
    );
    return typeof object === "number" ? object : { object, pitch, bytes: object.bytes };
  }
}

/** xe as a board names it. */
export const xe: SimulatedDriver = {
  name: "xe",
  // A dynamic importer, as amdgpu.
  mapsImports: () => "per-job",
  registers: ["vram_bytes", "graphics"],
  create: (setup) => new XeDevice(setup),
};
