import { errno } from "../ffi/errno.ts";
import type { Books, ByteRange, DeviceSide } from "../ffi/kernel.ts";
import { DrmFile } from "./drm/drm_file.ts";
import type { GemObject } from "./drm/gem.ts";
import type { Machine } from "./machine.ts";

/** Bytes that one call may ask for: what a caller can hold, not what a buffer may have. */
const LARGEST = 1 << 30;

/** The device's side of accesses: through an open DRM node and one of its handles. */
export function createDeviceSide(machine: Machine): DeviceSide {
  const find = (fd: number, handle: number): GemObject | number => {
    const file = machine.fds.get(fd);
    if (file === null) return -errno.EBADF;
    if (!(file instanceof DrmFile)) return -errno.ENOTTY;
    return file.lookup(handle) ?? -errno.ENOENT;
  };
  const ranged = <T>(
    fd: number,
    handle: number,
    offset: number,
    length: number,
    act: (object: GemObject) => T,
  ): T | number => {
    const object = find(fd, handle);
    if (typeof object === "number") return object;
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 &&
      length >= 0 && offset + length <= object.bytes;
    return inside ? act(object) : -errno.EINVAL;
  };
  return {
    lineBytes: machine.model.lineBytes,

    read(fd, handle, offset, length): Uint8Array<ArrayBuffer> | number {
      return ranged(fd, handle, offset, length, (object) => {
        if (length > LARGEST) return -errno.ENOMEM;
        object.reachedByDevice();
        const bytes = new Uint8Array(length);
        object.memory.readDevice(object.device.coherent, offset, bytes);
        return bytes;
      });
    },

    write(fd, handle, offset, bytes): number {
      return ranged(fd, handle, offset, bytes.length, (object) => {
        object.reachedByDevice();
        object.memory.writeDevice(object.device.coherent, offset, bytes);
        return bytes.length;
      });
    },

    stale(fd, handle, offset, length): readonly ByteRange[] | number {
      return ranged(
        fd,
        handle,
        offset,
        length,
        // A coherent device's bus sees what the CPU sees.
        (object) => object.device.coherent ? [] : object.memory.stale(offset, length),
      );
    },

    books(fd, handle): Books | number {
      const object = find(fd, handle);
      return typeof object === "number" ? object : { ...object.memory.books };
    },
  };
}
