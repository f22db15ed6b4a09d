import type { Attachment, DmaBuf, DmaDevice } from "../dmabuf/dma_buf.ts";
import { errno } from "../../ffi/errno.ts";
import type { BoardDevice } from "../board.ts";
import type { Machine } from "../machine.ts";
import { Jobs } from "../jobs.ts";
import type { Coherency } from "../memory/cache_model.ts";
import type { DrmFile } from "./drm_file.ts";
import { GemDmaBuf, type GemObject } from "./gem.ts";
import type { DrmIoctl } from "./ioctl.ts";
import type { Master } from "./master.ts";
import { OffsetSpace } from "./offsets.ts";

/** What DRM_IOCTL_VERSION tells. */
export interface DriverVersion {
  readonly name: string;
  readonly description: string;
  readonly major: number;
  readonly minor: number;
  readonly patchlevel: number;
  /** DRIVER_DATE, which older kernels tell; all say "0" by 6.12. */
  readonly oldDate?: string;
}

/** The mode-setting values that GET_CAP tells. */
export interface KmsCaps {
  readonly preferredDepth: number;
  readonly modifiers: boolean;
  /** mode_config.async_page_flip. */
  readonly asyncPageFlip?: true;
  /** It has no CRTC: what all of them would have to have, all of none have. */
  readonly noCrtc?: true;
}

/** The driver features that the core looks at. */
export interface DriverFeatures {
  /** DRIVER_MODESET: what GET_CAP tells of it; null: it sets no modes. */
  readonly kms: KmsCaps | null;
  /** DRIVER_RENDER: it has a render node. */
  readonly render: boolean;
  readonly syncobj: boolean;
  readonly syncobjTimeline: boolean;
  readonly atomic: boolean;
  /** DRIVER_CURSOR_HOTSPOT. */
  readonly cursorHotspot: boolean;
}

/** The features of a GPU without a display. */
export function renderOnly(syncobjs: "none" | "binary" | "timeline"): DriverFeatures {
  return {
    kms: null,
    render: true,
    syncobj: syncobjs !== "none",
    syncobjTimeline: syncobjs === "timeline",
    atomic: false,
    cursorHotspot: false,
  };
}

/** What a dumb buffer is asked to be, checked by the core. */
export interface DumbRequest {
  readonly width: number;
  readonly height: number;
  /** Bits per pixel. */
  readonly bpp: number;
  /** What goes out as the size in bytes; a driver that refuses may have told one. */
  size?: bigint;
}

/** A dumb buffer as made. `pitch` in bytes a line. */
export interface DumbBuffer {
  readonly object: GemObject;
  readonly pitch: number;
  readonly bytes: number;
}

/** What a driver is started with. */
export interface DeviceSetup {
  readonly machine: Machine;
  readonly device: BoardDevice;
}

/** One DRM device with its driver. A driver's kernel side extends it. */
export abstract class DrmDevice implements DmaDevice {
  readonly kind = "drm";
  readonly machine: Machine;
  readonly name: string;
  readonly coherency: Coherency;
  readonly coherent: boolean;
  /** Its own accesses to buffers. */
  readonly jobs: Jobs;
  readonly #mapsImports: "at-import" | "per-job";
  readonly offsets = new OffsetSpace();
  /** Names given by GEM_FLINK. */
  readonly flinkNames = new Map<number, GemObject>();
  /** The current master of the primary node. */
  master: Master | null = null;
  /** Its objects, whoever holds them. */
  readonly objects = new Set<GemObject>();
  /** drm_dev_is_unplugged(): open files get ENODEV; dma-bufs and mappings live on. */
  unplugged = false;

  constructor(setup: DeviceSetup) {
    this.machine = setup.machine;
    this.jobs = new Jobs(setup.machine.clock);
    this.name = setup.device.path;
    this.coherency = setup.device.coherency;
    this.coherent = this.coherency !== "none";
    this.#mapsImports = setup.device.mapsImports;
  }

  abstract readonly version: DriverVersion;
  abstract readonly features: DriverFeatures;
  /** The driver's ioctls by number (0x40..0x9f). */
  abstract readonly ioctls: ReadonlyMap<number, DrmIoctl>;

  /** driver->dumb_create; null where there is none (ENOSYS). */
  createDumb: ((file: DrmFile, request: DumbRequest) => DumbBuffer | number) | null = null;
  /**
   * Whether buffers go out and come in as dma-bufs at all: until 6.5 a driver had to name both
   * operations (drm_prime.c), ENOSYS where it did not.
   */
  readonly prime: boolean = true;

  /**
   * Whether a dma-buf of its own comes in as the object that it is of: drm_gem_prime_import() tells it
   * by the generic exporter's operations, drivers with operations of their own by those.
   */
  readonly knowsOwn: boolean = true;

  /** driver->gem_prime_import_sg_table; null where foreign buffers are refused (EINVAL). */
  importAttachment: ((attachment: Attachment) => GemObject | number) | null = null;

  /** What MODE_MAP_DUMB refuses an object with, 0 or -errno: drm_gem_dumb_map_offset() imports. */
  mapDumbRefusal(object: GemObject): number {
    return object.imported ? -errno.EINVAL : 0;
  }
  /** Whether fdinfo names driver and client although it does not show buffers. */
  readonly showsClient: boolean = false;
  /** Whether the driver shows its buffers in fdinfo (drm_show_memory_stats()). */
  readonly showsMemory: boolean = false;
  /** Further fdinfo lines of the driver, before those. */
  readonly fdinfoLines: string = "";

  /** The text of `gems` in debugfs; null where the driver has none. */
  debugGems(): string | null {
    return null;
  }

  /** driver->open. */
  opened(_file: DrmFile): void {}
  /** driver->postclose. */
  closed(_file: DrmFile): void {}

  /** drm_gem_prime_import(): an object with a reference for the caller, or -errno. */
  primeImport(dmaBuf: DmaBuf): GemObject | number {
    if (dmaBuf instanceof GemDmaBuf && this.knowsOwn && dmaBuf.object.device === this) {
      return dmaBuf.object.get();
    }
    if (this.importAttachment === null) return -errno.EINVAL;
    const attachment = dmaBuf.attach(this, this.#mapsImports === "at-import");
    if (typeof attachment === "number") return attachment;
    const object = this.importAttachment(attachment);
    if (typeof object === "number") dmaBuf.detach(attachment);
    return object;
  }
}

/** A table of ioctls by number. */
export function ioctlTable(...entries: DrmIoctl[]): Map<number, DrmIoctl> {
  return new Map(entries.map((entry) => [entry.code & 0xff, entry]));
}
