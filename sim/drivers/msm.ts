/**
 * msm, kernel side (drivers/gpu/drm/msm): buffers of an Adreno, of a Snapdragon display, or of both
 * behind one node. Submitting, queues and address spaces of user space's own are not simulated.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { msm as uapi } from "../../ffi/uapi/msm.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  ioctlTable,
} from "../drm/device.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl, notSimulated } from "../drm/ioctl.ts";
import { atLeast, type Release } from "../release.ts";
import { Carveout } from "./_carveout.ts";
import { GpuAddressSpace } from "./_gpu_address_space.ts";
import { boIoctls, MsmBo, type MsmDriver, newBo } from "./_msm_bo.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";

const { constants, ioctls } = uapi;
/** What GET_PARAM tells of a GPU, by the names that boards have. */
const PARAMS: ReadonlyMap<number, string> = new Map(
  ["GPU_ID", "GMEM_SIZE", "CHIP_ID", "MAX_FREQ"].map((name) => [
    Number(uapi.structs.drm_msm_param.fields.param.values?.[name]),
    name.toLowerCase(),
  ]),
);
/** The GPU's addresses of an open file, in bytes. */
const FIRST_ADDRESS = 2 ** 24;
const END_ADDRESS = 2 ** 32;
/** The driver's own buffers: a page that the GPU writes to, and a ring of 32 KiB (msm_gpu_init()). */
const RING_BYTES = 32768n;
/** Pixels that a line of a dumb buffer is a multiple of: the Adreno wants them. */
const PITCH_PIXELS = 32;

/** 1.13 with its address spaces, nodes of a GPU's own and no carve-out; since 6.17 as far as known. */
function isRecent(release: Release): boolean {
  return atLeast(release, 6, 17);
}

/** SET_PARAM, GEM_SUBMIT, WAIT_FENCE and SUBMITQUEUE_*. */
const OTHERS = [0x41, 0x46, 0x47, 0x4a, 0x4b, 0x4c];
/** Since 1.13. */
const VM_BIND = 0x4d;

class MsmDevice extends DrmDevice implements MsmDriver {
  readonly hasGpu: boolean;
  readonly hasCachedCoherent: boolean;
  readonly recent: boolean;
  readonly carveout: Carveout | null;
  override readonly version: DriverVersion;
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  override readonly showsClient = true;
  // msm_show_fdinfo() tells of buffers where there is a GPU.
  override readonly showsMemory: boolean;
  override readonly fdinfoLines: string;
  override readonly knowsOwn: boolean;
  readonly #spaces = new WeakMap<DrmFile, GpuAddressSpace>();

  constructor(setup: DeviceSetup) {
    super(setup);
    const { machine, device: { registers } } = setup;
    this.recent = isRecent(machine.release);
    this.hasGpu = register(registers, "has_gpu") !== 0n;
    this.hasCachedCoherent = register(registers, "has_cached_coherent") !== 0n;
    this.showsMemory = this.hasGpu;
    this.fdinfoLines = this.hasGpu
      ? `drm-engine-gpu:\t0 ns\ndrm-cycles-gpu:\t0\ndrm-maxfreq-gpu:\t${
        register(registers, "max_freq")
      } Hz\n`
      : "";
    const carved = Number(register(registers, "carveout_mb")) << 20;
    // Its last page is not given out: msm_init_vram().
    this.carveout = !this.recent && carved > 0
      ? new Carveout(machine.model, carved, carved - machine.model.pageBytes)
      : null;
    this.version = {
      name: "msm",
      description: "MSM Snapdragon DRM",
      major: 1,
      minor: this.recent ? 13 : 12,
      patchlevel: 0,
    };
    const display = register(registers, "has_display") !== 0n;
    this.features = {
      kms: display ? { preferredDepth: 0, modifiers: true } : null,
      render: true,
      syncobj: true,
      syncobjTimeline: this.recent,
      atomic: display,
      cursorHotspot: false,
    };
    // msm_gpu_driver has no gem_prime_import, for dma-bufs of operations that the core does not know.
    this.knowsOwn = display || !this.recent;
    this.offsets.reserve(BigInt(machine.model.pageBytes), RING_BYTES);
    this.ioctls = ioctlTable(
      ...notSimulated(this.recent ? [...OTHERS, VM_BIND] : OTHERS),
      this.#getParam(registers),
      ...boIoctls(this),
    );
    this.importAttachment = (attachment) => {
      const { bytes } = attachment.dmaBuf;
      const object = new MsmBo(this, bytes, constants.MSM_BO_WC, { attachment });
      const added = this.offsets.add(object);
      if (added === 0) return object;
      object.put();
      return added;
    };
    // Until a GPU had nodes of its own, all nodes had dumb buffers.
    if (display || !this.recent) this.#addDumb();
  }

  /** msm_gem_dumb_map_offset(). */
  override mapDumbRefusal(): number {
    return 0;
  }

  #addDumb(): void {
    this.createDumb = (_file, { width, height, bpp }) => {
      const pitch = Math.ceil(bpp / 8) * Math.ceil(width / PITCH_PIXELS) * PITCH_PIXELS;
      const flags = constants.MSM_BO_SCANOUT | constants.MSM_BO_WC;
      const object = newBo(this, BigInt(pitch) * BigInt(height), flags, "dumb");
      return typeof object === "number" ? object : { object, pitch, bytes: object.bytes };
    };
  }

  #getParam(registers: Registers): DrmIoctl {
    return drmIoctl(ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
      if (args.pipe !== constants.MSM_PIPE_3D0 || args.pad !== 0) return -errno.EINVAL;
      if (!this.hasGpu) return -errno.ENXIO;
      const name = PARAMS.get(args.param);
      if (name === undefined) return -errno.EINVAL;
      args.value = register(registers, name);
      return 0;
    });
  }

  addresses(file: DrmFile): GpuAddressSpace | null {
    return this.#spaces.get(file) ?? null;
  }
  makeAddresses(file: DrmFile): GpuAddressSpace {
    let space = this.#spaces.get(file);
    if (space === undefined) {
      space = new GpuAddressSpace(FIRST_ADDRESS, END_ADDRESS);
      this.#spaces.set(file, space);
    }
    return space;
  }
}

/** msm as a board names it. */
export const msm: SimulatedDriver = {
  name: "msm",
  // Where there is no display a platform device of its own gathered the components.
  sysfs: (release, registers) => ({
    boundTo: register(registers, "has_display") !== 0n ? "msm_dpu" : "adreno",
    ...(isRecent(release) || register(registers, "has_display") !== 0n ? {} : {
      above: { path: "platform/msm", boundTo: "msm", uevent: ["MODALIAS=platform:msm"] },
    }),
  }),
  registers: ["has_gpu", "has_display", "has_cached_coherent", "carveout_mb", ...PARAMS.values()],
  largest: { has_gpu: 1, has_display: 1, has_cached_coherent: 1 },
  create: (setup) => new MsmDevice(setup),
};
