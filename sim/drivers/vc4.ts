/**
 * vc4, kernel side (drivers/gpu/drm/vc4): the GPU and display of VideoCore IV, with buffers of
 * contiguous memory, and the display of later ones, which has dumb buffers only. Jobs and
 * performance monitors are not simulated: EOPNOTSUPP.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { requestCode } from "../../ffi/ioctl.ts";
import { vc4 as uapi } from "../../ffi/uapi/vc4.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  type DumbBuffer,
  type DumbRequest,
  ioctlTable,
} from "../drm/device.ts";
import { createDma, DmaObject, importDma } from "../drm/dma.ts";
import type { DrmFile } from "../drm/drm_file.ts";
import { ANY_NODE, type DrmIoctl, drmIoctl, notSimulated } from "../drm/ioctl.ts";
import { boIoctls, createVc4Bo, newVc4Bo, type Vc4Driver } from "./_vc4_bo.ts";
import { register, type Registers, type SimulatedDriver } from "./driver.ts";

const { ioctls } = uapi;

/** VideoCore's generation, and what GET_PARAM reads; a board's `registers` change single values. */
const DEFAULT_REGISTERS: Registers = {
  generation: 4n,
  v3d_ident0: 0x0244_3356n,
  v3d_ident1: 0n,
  v3d_ident2: 0n,
};
/** Those of them that are parameters, in their order. */
const IDENTS = ["v3d_ident0", "v3d_ident1", "v3d_ident2"];
/** Of generation 4. */
const SUPPORTS_PERFMON = 8;
/** Its V3D alone: the display of a Cygnus is another. */
const WITHOUT_DISPLAY = "brcm,cygnus-vc4";
/** What the binner takes while an open file uses the GPU, in bytes: bin_bo_alloc(). */
const BINNER_BYTES = 16 << 20;

class Vc4Device extends DrmDevice implements Vc4Driver {
  override readonly version: DriverVersion = {
    name: "vc4",
    description: "Broadcom VC4 graphics",
    major: 0,
    minor: 0,
    patchlevel: 0,
  };
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;
  /** The binner's memory, and the open files that have it. */
  #binner: DmaObject | null = null;
  readonly #binnerFiles = new Set<DrmFile>();

  constructor(setup: DeviceSetup) {
    super(setup);
    const registers = { ...DEFAULT_REGISTERS, ...setup.device.registers };
    // vc5_drm_driver: without a GPU of its own there is nothing to render with, and no call.
    const hasGpu = register(registers, "generation") === 4n;
    this.features = {
      kms: {
        preferredDepth: 24,
        modifiers: true,
        asyncPageFlip: true,
        ...(setup.device.compatible.includes(WITHOUT_DISPLAY) ? { noCrtc: true } : {}),
      },
      render: hasGpu,
      syncobj: hasGpu,
      syncobjTimeline: false,
      atomic: true,
      cursorHotspot: false,
    };
    this.ioctls = hasGpu
      ? ioctlTable(getParam(registers), ...boIoctls(this), ...unsimulated)
      : new Map();
    this.createDumb = (_file, request) => this.#createDumb(request, hasGpu);
    this.importAttachment = (attachment) =>
      hasGpu
        ? importDma(this, attachment, (bytes) => newVc4Bo(this, bytes, attachment))
        : importDma(this, attachment, (bytes) => new DmaObject(this, bytes, attachment));
  }

  /** vc4_dumb_fixup_args() rounds neither a line nor the size, which goes out as it is. */
  #createDumb({ width, height, bpp }: DumbRequest, hasGpu: boolean): DumbBuffer | number {
    const pitch = Math.ceil((Math.imul(width, bpp) >>> 0) / 8);
    const bytes = Math.imul(pitch, height) >>> 0;
    const object = hasGpu
      ? createVc4Bo(this, bytes)
      : createDma(this, bytes, (aligned) => new DmaObject(this, aligned));
    return typeof object === "number" ? object : { object, pitch, bytes };
  }

  takeBinner(file: DrmFile): number {
    if (this.#binner === null) {
      const made = createDma(this, BINNER_BYTES, (bytes) => new DmaObject(this, bytes));
      if (typeof made === "number") return made;
      this.#binner = made;
    }
    this.#binnerFiles.add(file);
    return 0;
  }

  override closed(file: DrmFile): void {
    this.#binnerFiles.delete(file);
    if (this.#binnerFiles.size > 0) return;
    this.#binner?.put();
    this.#binner = null;
  }
}

function getParam(registers: Registers): DrmIoctl {
  return drmIoctl(ioctls.GET_PARAM, ANY_NODE, (_file, args) => {
    if (args.pad !== 0) return -errno.EINVAL;
    const ident = IDENTS[args.param];
    if (ident === undefined && args.param > SUPPORTS_PERFMON) return -errno.EINVAL;
    args.value = ident === undefined ? 1n : register(registers, ident);
    return 0;
  });
}

/** A job without buffers is refused before anything runs: vc4_cl_lookup_bos(). */
const submitCl: DrmIoctl = {
  code: requestCode("RW", "d", 0x40, 0),
  permission: ANY_NODE,
  run: (_file, { bytes }) => bytes.every((byte) => byte === 0) ? -errno.EINVAL : -errno.EOPNOTSUPP,
};

/** SUBMIT_CL, PERFMON_*, and GET_HANG_STATE, which is root's. */
const unsimulated = [
  submitCl,
  ...notSimulated([0x4c, 0x4d, 0x4e]),
  ...notSimulated([0x46], { root: true }),
];

/** vc4 as a board names it. */
export const vc4: SimulatedDriver = {
  name: "vc4",
  sysfs: () => ({ boundTo: "vc4-drm" }),
  registers: Object.keys(DEFAULT_REGISTERS),
  create: (setup) => new Vc4Device(setup),
};
