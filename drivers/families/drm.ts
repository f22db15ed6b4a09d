/**
 * DRM nodes: `/dev/dri/card…` and `/dev/dri/renderD…`.
 *
 * @module
 */
import type { Kernel } from "../../ffi/kernel.ts";
import { drm as uapi } from "../../ffi/uapi/drm.ts";
import type { DeviceFamily } from "../family.ts";
import {
  closeHandle,
  exportHandle,
  importDescriptor,
  readCapability,
  readVersion,
} from "../gem.ts";

const { constants, ioctls } = uapi;

function capability(kernel: Kernel, fd: number, value: number): string {
  const answer = readCapability(kernel, fd, value);
  return typeof answer === "number" ? "-" : String(answer);
}

export const drm: DeviceFamily = {
  name: "drm",
  noun: "DRM node",
  places: "/dev/dri/card… and /dev/dri/renderD…",
  nodeName: /^(card|renderD)(\d+)$/,
  directory: "/dev/dri",
  sysfsClass: "/sys/class/drm",
  kindOf: (name) => name.startsWith("renderD") ? "render" : "primary",
  absent: "No DRM driver is loaded (lsmod | grep drm), or this container has no /dev/dri. " +
    "modprobe vgem gives a device without hardware; --device sim:panthor a simulated one.",
  identify: (kernel, fd) => {
    const version = readVersion(kernel, fd);
    return typeof version === "number" ? { call: ioctls.VERSION.name, refused: version } : version;
  },
  asksOnce: false,
  asking: [ioctls.VERSION, ioctls.GET_CAP, ioctls.GET_UNIQUE],
  tables: (driver) => ["drm", driver],
  capabilities: (kernel, fd) => ({
    dumb: capability(kernel, fd, Number(constants.DRM_CAP_DUMB_BUFFER)),
    prime: capability(kernel, fd, Number(constants.DRM_CAP_PRIME)),
    syncobj: capability(kernel, fd, Number(constants.DRM_CAP_SYNCOBJ)),
  }),
  formatHandle: (handle) => `handle ${handle}`,
  closeHandle,
  closedBy: ioctls.GEM_CLOSE.name,
  exports: true,
  exportHandle,
  importDescriptor,
};
