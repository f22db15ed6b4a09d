/**
 * Names of the calls that a driver's buffers are made and synced with, as messages have them.
 *
 * @module
 */
import { drm } from "../../ffi/uapi/drm.ts";
import type { Device } from "../../workspace/objects.ts";

/** A driver's calls; "" where it has none. */
export interface CallNames {
  readonly create: string;
  readonly sync: string;
  readonly mapOffset: string;
}

/** The calls of a device's driver. */
export function callNames({ driver }: Device): CallNames {
  return { sync: "", ...driver.calls };
}

/** PRIME export's name. */
export const EXPORT = drm.ioctls.PRIME_HANDLE_TO_FD.name;
