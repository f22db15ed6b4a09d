import { errno } from "../ffi/errno.ts";
import type { Books, ByteRange, DeviceSide } from "../ffi/kernel.ts";
import type { DeviceObject } from "./device_object.ts";
import type { OpenFile } from "./file.ts";
import type { Machine } from "./machine.ts";

/** Bytes that one call may ask for: what a caller can hold, not what a buffer may have. */
const LARGEST = 1 << 30;

/** A handle of an open file. */
interface Found {
  readonly file: OpenFile;
  readonly object: DeviceObject;
}

/** The device's side of accesses: through an open node and one of its handles. */
export function createDeviceSide(machine: Machine): DeviceSide {
  const find = (fd: number, handle: number): Found | number => {
    const file = machine.fds.get(fd);
    if (file === null) return -errno.EBADF;
    const object = file.deviceObject(handle);
    if (object === undefined) return -errno.ENOTTY;
    return object === null ? -errno.ENOENT : { file, object };
  };
  const ranged = <T>(
    fd: number,
    handle: number,
    offset: number,
    length: number,
    act: (object: DeviceObject) => T,
  ): T | number => {
    const found = find(fd, handle);
    if (typeof found === "number") return found;
    const { object } = found;
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 &&
      length >= 0 && offset + length <= object.bytes;
    return inside ? act(object) : -errno.EINVAL;
  };
  return {
    lineBytes: machine.model.lineBytes,

    read(fd, handle, offset, length): Uint8Array<ArrayBuffer> | number {
      return ranged(fd, handle, offset, length, (object) => {
        if (length > LARGEST) return -errno.ENOMEM;
        const bytes = new Uint8Array(length);
        const result = object.jobs.read(object, offset, bytes);
        return result < 0 ? result : bytes;
      });
    },

    write(fd, handle, offset, bytes): number {
      return ranged(fd, handle, offset, bytes.length, (object) => {
        const result = object.jobs.write(object, offset, bytes);
        return result < 0 ? result : bytes.length;
      });
    },

    begin(fd, handle, access): number {
      const found = find(fd, handle);
      return typeof found === "number"
        ? found
        : found.object.jobs.begin(found.file, found.object, access);
    },

    end(fd, handle): number {
      const found = find(fd, handle);
      return typeof found === "number" ? found : found.object.jobs.end(found.object);
    },

    stale(fd, handle, offset, length): readonly ByteRange[] | number {
      return ranged(
        fd,
        handle,
        offset,
        length,
        // A coherent device's bus sees what the CPU sees.
        (object) => object.coherency !== "none" ? [] : object.memory.staleForDevice(offset, length),
      );
    },

    books(fd, handle): Books | number {
      const found = find(fd, handle);
      return typeof found === "number" ? found : { ...found.object.memory.books };
    },
  };
}
