/**
 * panthor's own copying of structures whose size user space and kernel may see differently
 * (panthor_drv.c, PANTHOR_UOBJ_*).
 *
 * @module
 */
import { errno } from "../../ffi/errno.ts";
import type { Block } from "../../ffi/kernel.ts";
import type { StructType } from "../../ffi/struct.ts";
import { type Machine, mostAllocated } from "../machine.ts";
import { copyIn, copyOut, type UserPointer } from "../user_memory.ts";

/** Copies a kernel structure out as PANTHOR_UOBJ_SET() does: cut to, or zero-filled up to `size`. */
export function setObject(
  pointer: UserPointer,
  size: number,
  least: number,
  bytes: Uint8Array,
): number {
  if (size < least) return -errno.EINVAL;
  if (!copyOut(pointer, bytes.subarray(0, size))) return -errno.EFAULT;
  if (size <= bytes.length) return 0;
  const rest = size - bytes.length;
  if (typeof pointer === "bigint" || pointer.bytes.length < size) return -errno.EFAULT;
  pointer.bytes.fill(0, bytes.length, bytes.length + rest);
  return 0;
}

/** PANTHOR_UOBJ_GET_ARRAY(): `count` structures of `type`, or -errno. All are copied before any is looked at. */
export function getArray(
  machine: Machine,
  array: { stride: number; count: number; array: UserPointer },
  type: StructType,
  least: number,
): Block[] | number {
  if (array.count === 0) return [];
  if (array.stride < least) return -errno.EINVAL;
  if (array.count * type.size > mostAllocated(machine)) return -errno.ENOMEM;
  const items: Block[] = [];
  for (let i = 0; i < array.count; i++) {
    const item = copyIn(array.array, array.stride, i * array.stride);
    if (item === null) return -errno.EFAULT;
    // copy_struct_from_user(): what this kernel does not know has to be 0.
    if (item.bytes.subarray(type.size).some((byte) => byte !== 0)) return -errno.E2BIG;
    items.push(item);
  }
  return items;
}
