/**
 * amdgpu, kernel side (drivers/gpu/drm/amd/amdgpu): buffers in VRAM and system memory, and dumb ones.
 * Contexts, submissions and address spaces are not simulated, nor is a part of VRAM that the CPU
 * does not reach.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { amdgpu as uapi } from "../../ffi/uapi/amdgpu.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  type DumbBuffer,
  type DumbRequest,
  ioctlTable,
} from "../drm/device.ts";
import type { GemObject } from "../drm/gem.ts";
import { type DrmIoctl, notSimulated, numbersFrom } from "../drm/ioctl.ts";
import { createShmem } from "../drm/shmem.ts";
import { AmdgpuBo, type AmdgpuDriver, boIoctls } from "./_amdgpu_bo.ts";
import { register, type SimulatedDriver } from "./driver.ts";

const { constants } = uapi;
const GTT = constants.AMDGPU_GEM_DOMAIN_GTT;
const VRAM = constants.AMDGPU_GEM_DOMAIN_VRAM;
/** amdgpu_mode_dumb_create(). */
const DUMB_FLAGS = constants.AMDGPU_GEM_CREATE_CPU_ACCESS_REQUIRED |
  constants.AMDGPU_GEM_CREATE_VRAM_CLEARED | constants.AMDGPU_GEM_CREATE_CPU_GTT_USWC;

/** amdgpu_gem_align_pitch(): so many pixels of so many bytes. */
const PITCH_PIXELS: Readonly<Record<number, number>> = { 1: 256, 2: 128, 3: 64, 4: 64 };

class AmdgpuDevice extends DrmDevice implements AmdgpuDriver {
  override readonly version: DriverVersion = {
    name: "amdgpu",
    description: "AMD GPU",
    major: 3,
    minor: 64,
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
  readonly displaysSystem: boolean;

  constructor(setup: DeviceSetup) {
    super(setup);
    const { registers } = setup.device;
    this.vramBytes = register(registers, "vram_bytes");
    this.displaysSystem = register(registers, "gpu_vm_support") !== 0n;
    this.ioctls = ioctlTable(
      ...notSimulated([...numbersFrom(0x40, 0x49), ...numbersFrom(0x50, 0x5a)]),
      ...boIoctls(this),
    );
    this.createDumb = (_file, request) => this.#createDumb(request);
    this.importAttachment = (attachment) => {
      // amdgpu_dma_buf_create_obj(): pages of another device, used by jobs where they are.
      const object = new AmdgpuBo(this, attachment.dmaBuf.bytes, GTT, 0, { attachment });
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
  }

  /** amdgpu_mode_dumb_mmap(), as GEM_MMAP: imports are given an offset. */
  override mapDumbRefusal(object: GemObject): number {
    return object instanceof AmdgpuBo && !object.mayBeMapped ? -errno.EPERM : 0;
  }

  #createDumb({ width, height, bpp }: DumbRequest): DumbBuffer | number {
    const bytesPerPixel = Math.ceil(bpp / 8);
    const pixels = PITCH_PIXELS[bytesPerPixel] ?? 1;
    const pitch = Math.ceil(width / pixels) * pixels * bytesPerPixel;
    // amdgpu_display_supported_domains(): USWC buffers may be in system memory on APUs.
    const domains = this.displaysSystem ? VRAM | GTT : VRAM;
    const object = createShmem(
      this,
      BigInt(pitch) * BigInt(height),
      (bytes) => new AmdgpuBo(this, bytes, domains, DUMB_FLAGS),
    );
    return typeof object === "number" ? object : { object, pitch, bytes: object.bytes };
  }
}

/** amdgpu as a board names it. */
export const amdgpu: SimulatedDriver = {
  name: "amdgpu",
  // A dynamic importer: it maps for its jobs, and follows when the exporter moves.
  mapsImports: () => "per-job",
  registers: ["vram_bytes", "gpu_vm_support"],
  largest: { gpu_vm_support: 1 },
  create: (setup) => new AmdgpuDevice(setup),
};
