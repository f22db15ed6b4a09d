/**
 * Names of the calls that a driver's buffers are made and synced with, as messages have them.
 *
 * @module
 */
import { drm } from "../../ffi/uapi/drm.ts";
import { panfrost } from "../../ffi/uapi/panfrost.ts";
import { panthor } from "../../ffi/uapi/panthor.ts";
import type { Device } from "../../workspace/objects.ts";

/** A driver's calls. */
export interface CallNames {
  readonly create: string;
  /** "" where the driver has none. */
  readonly sync: string;
  /** That gives the fake offset for mmap on the node. */
  readonly mapOffset: string;
}

const names: Readonly<Record<string, CallNames>> = {
  panthor: {
    create: panthor.ioctls.BO_CREATE.name,
    sync: panthor.ioctls.BO_SYNC.name,
    mapOffset: panthor.ioctls.BO_MMAP_OFFSET.name,
  },
  panfrost: {
    create: panfrost.ioctls.CREATE_BO.name,
    sync: panfrost.ioctls.SYNC_BO.name,
    mapOffset: panfrost.ioctls.MMAP_BO.name,
  },
};

const dumb: CallNames = {
  create: drm.ioctls.MODE_CREATE_DUMB.name,
  sync: "",
  mapOffset: drm.ioctls.MODE_MAP_DUMB.name,
};

/** The calls of a device's driver. */
export function callNames({ driver }: Device): CallNames {
  return names[driver.name] ?? dumb;
}

/** PRIME export's name. */
export const EXPORT = drm.ioctls.PRIME_HANDLE_TO_FD.name;
