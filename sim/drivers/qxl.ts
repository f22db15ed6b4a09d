/**
 * qxl, kernel side (drivers/gpu/drm/qxl), as QEMU's qxl shows it: dumb buffers of TTM in system
 * memory. Other devices may attach to them and cannot map them (ENOSYS), and it takes none of
 * theirs; until 6.5 their dma-bufs cannot be mapped for the CPU, either.
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import { qxl as uapi } from "../../ffi/uapi/qxl.ts";
import type { DmaBuf } from "../dmabuf/dma_buf.ts";
import {
  type DeviceSetup,
  type DriverFeatures,
  type DriverVersion,
  DrmDevice,
  type DumbBuffer,
  type DumbRequest,
  ioctlTable,
} from "../drm/device.ts";
import { mapDumb } from "../drm/dumb.ts";
import { type DrmIoctl, drmIoctl, type Permission } from "../drm/ioctl.ts";
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

const { ioctls, constants } = uapi;
const AUTH: Permission = { auth: true };
/** QEMU's rom->n_surfaces, unless a board says otherwise, and QXL_MAX_RES. */
const NUM_SURFACES = 1024n;
const MAX_RELOCS = 96n;

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
  override readonly ioctls: ReadonlyMap<number, DrmIoctl>;

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
    this.ioctls = ioctlTable(
      this.#alloc(),
      this.#map(),
      getParam({ n_surfaces: NUM_SURFACES, ...setup.device.registers }),
      // Drawing is not simulated.
      ...[ioctls.EXECBUFFER, ioctls.UPDATE_AREA, ioctls.CLIENTCAP, ioctls.ALLOC_SURF].map(
        ({ code }) => ({ code, permission: AUTH, run: () => -errno.EOPNOTSUPP }),
      ),
    );
  }

  /** qxl_alloc_ioctl(). */
  #alloc(): DrmIoctl {
    return drmIoctl(ioctls.ALLOC, AUTH, (file, args) => {
      if (args.size === 0) return -errno.EINVAL;
      const object = createShmem(this, BigInt(args.size), (bytes) => new QxlObject(this, bytes));
      if (typeof object === "number") return -errno.ENOMEM;
      const handle = file.createHandle(object);
      object.put();
      if (handle < 0) return -errno.ENOMEM;
      args.handle = handle;
      return 0;
    });
  }

  /** qxl_map_ioctl(): what MODE_MAP_DUMB does. */
  #map(): DrmIoctl {
    return drmIoctl(ioctls.MAP, AUTH, (file, args) => {
      const offset = mapDumb(this, file, args.handle);
      if (typeof offset === "number") return offset;
      args.offset = offset;
      return 0;
    });
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

/** qxl_getparam_ioctl(). */
function getParam(registers: Readonly<Record<string, bigint>>): DrmIoctl {
  return drmIoctl(ioctls.GETPARAM, AUTH, (_file, args) => {
    const value = args.param === BigInt(constants.QXL_PARAM_NUM_SURFACES)
      ? registers["n_surfaces"]
      : args.param === BigInt(constants.QXL_PARAM_MAX_RELOCS)
      ? MAX_RELOCS
      : undefined;
    if (value === undefined) return -errno.EINVAL;
    args.value = value;
    return 0;
  });
}

/** qxl as a board names it. */
export const qxl: SimulatedDriver = {
  name: "qxl",
  registers: ["n_surfaces"],
  create: (setup) => new QxlDevice(setup),
};
