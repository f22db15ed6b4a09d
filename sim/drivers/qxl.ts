/**
 * qxl, kernel side (drivers/gpu/drm/qxl), as QEMU's qxl shows it: dumb buffers of TTM in system
 * memory. Other devices may attach to them and cannot map them (ENOSYS), and it takes none of
 * theirs; until 6.5 their dma-bufs cannot be mapped for the CPU, either.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import type { DmaBuf } from "../dmabuf/dma_buf.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  type DumbBuffer,
  type DumbRequest,
} from "../drm/device.ts";
import type { DrmIoctl } from "../drm/ioctl.ts";
import { GemDmaBuf } from "../drm/gem.ts";
import { consoleBytes } from "../drm/offsets.ts";
import { createShmem } from "../drm/shmem.ts";
import { VramObject } from "../drm/vram.ts";
import { pageAlign } from "../machine.ts";
import { atLeast } from "../release.ts";
import type { MapRequest, VmArea } from "../vm_area.ts";
import type { SimulatedDriver } from "./driver.ts";

/** qxl_gem_prime_get_sg_table() and, until 6.5, qxl_gem_prime_mmap(): -ENOSYS. */
class QxlDmaBuf extends GemDmaBuf {
  protected override mapAttachment(): number {
    return -errno.ENOSYS;
  }
  override mapBuffer(request: MapRequest): VmArea | number {
    const { release } = this.object.device.machine;
    return atLeast(release, 6, 6) ? super.mapBuffer(request) : -errno.ENOSYS;
  }
}

class QxlObject extends VramObject {
  override get hasSgTable(): boolean {
    return true;
  }
  override exportDmaBuf(flags: number): DmaBuf {
    return new QxlDmaBuf(this, flags, "drm", false);
  }
}

class QxlDevice extends DrmDevice {
  override readonly version: DriverVersion = {
    name: "qxl",
    description: "RH QXL",
    major: 0,
    minor: 1,
    patchlevel: 0,
    oldDate: "20120117",
  };
  override readonly features: DriverFeatures;
  override readonly ioctls: ReadonlyMap<number, DrmIoctl> = new Map();

  constructor(setup: DeviceSetup) {
    super(setup);
    this.features = {
      kms: { preferredDepth: 0, modifiers: true },
      render: false,
      syncobj: false,
      syncobjTimeline: false,
      atomic: true,
      cursorHotspot: atLeast(setup.machine.release, 6, 8),
    };
    // The console, its shadow and the surface that both are drawn to, with a page of commands now
    // and then. More come with each restoring of the console, which is not simulated.
    const page = BigInt(setup.machine.model.pageBytes);
    const screen = consoleBytes(1024, 768, 4);
    const surface = screen + page;
    this.offsets.reserve(page, screen, page, page, page, surface, page, page, surface);
    this.createDumb = (_file, request) => this.#createDumb(request);
    // qxl_gem_prime_import_sg_table(): after attaching and mapping, so that the exporter's own
    // refusal comes first.
    this.importAttachment = () => -errno.ENOSYS;
  }

  /** qxl_mode_dumb_create(): two formats alone. */
  #createDumb(request: DumbRequest): DumbBuffer | number {
    const { width, height, bpp } = request;
    const pitch = Math.imul(width, Math.floor((bpp + 1) / 8)) >>> 0;
    // The size is told before the format is looked at, and stays where that is refused.
    request.size = pageAlign(
      BigInt(Math.imul(pitch, height) >>> 0),
      this.machine.model.pageBytes,
    );
    if (bpp !== 16 && bpp !== 32) return -errno.EINVAL;
    const object = createShmem(
      this,
      BigInt(Math.imul(pitch, height) >>> 0),
      (bytes) => new QxlObject(this, bytes),
    );
    return typeof object === "number" ? object : { object, pitch, bytes: object.bytes };
  }
}

/** qxl as a board names it. */
export const qxl: SimulatedDriver = {
  name: "qxl",
  registers: [],
  create: (setup) => new QxlDevice(setup),
};
