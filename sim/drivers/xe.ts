/**
 * xe, kernel side (drivers/gpu/drm/xe): buffers, the address spaces that make them private, and what
 * memory there is. Queues and jobs are not simulated. With the register `purges` memory is short: what a
 * program does not need is gone at once.
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
import { madvise } from "./_xe_madvise.ts";
import { vmIoctls, VmTables } from "./_xe_vm.ts";
import { register, type SimulatedDriver } from "./driver.ts";

const { constants, ioctls, structs } = uapi;
const WC = constants.DRM_XE_GEM_CPU_CACHING_WC;
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
  readonly purges: boolean;
  readonly vms = new VmTables();

  constructor(setup: DeviceSetup) {
    super(setup);
    const { registers } = setup.device;
    this.vramBytes = register(registers, "vram_bytes");
    this.graphics = Number(register(registers, "graphics"));
    this.purges = register(registers, "purges") !== 0n;
    this.ioctls = ioctlTable(
      ...notSimulated(numbersFrom(0x40, 0x4f)),
      this.#deviceQuery(),
      ...vmIoctls(this),
      madvise(this),
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

  /** drm_gem_ttm_dumb_map_offset() does not look where a buffer comes from. */
  override mapDumbRefusal(): number {
    return 0;
  }
  override opened(file: DrmFile): void {
    this.vms.opened(file);
  }
  override closed(file: DrmFile): void {
    this.vms.closed(file);
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
  registers: ["vram_bytes", "graphics", "purges"],
  largest: { purges: 1 },
  create: (setup) => new XeDevice(setup),
};
