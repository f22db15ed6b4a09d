/**
 * copy_from_user() and its kin. A pointer is a {@linkcode Block} (memory of the caller) or a raw
 * address, which nothing is mapped at: touching it is EFAULT, as is reading beyond a block's end.
 * A length of 0 touches nothing.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import type { Address, Argument, Block } from "../ffi/kernel.ts";

/** A pointer as the kernel gets it. */
export type UserPointer = Block | Address;

/** Whether a pointer is NULL. */
export function isNull(pointer: UserPointer): boolean {
  return pointer === 0n;
}

/**
 * The memory at `offset` of what a pointer points to, or null where touching `length` bytes there
 * faults.
 */
function window(pointer: UserPointer, offset: number, length: number): Uint8Array | null {
  if (typeof pointer === "bigint") return length === 0 ? new Uint8Array(0) : null;
  if (offset + length > pointer.bytes.length) return length === 0 ? new Uint8Array(0) : null;
  return pointer.bytes.subarray(offset, offset + length);
}

/** Copies `length` bytes in; null is EFAULT. The copy keeps the references inside it. */
export function copyIn(pointer: UserPointer, length: number, offset = 0): Block | null {
  const bytes = window(pointer, offset, length);
  if (bytes === null) return null;
  const refs = typeof pointer === "bigint" ? undefined : pointer.refs
    ?.filter((ref) => ref.offset >= offset && ref.offset + 8 <= offset + length)
    .map((ref) => ({ offset: ref.offset - offset, target: ref.target }));
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return refs === undefined ? { bytes: copy } : { bytes: copy, refs };
}

/** Copies bytes out; false is EFAULT. */
export function copyOut(pointer: UserPointer, bytes: Uint8Array, offset = 0): boolean {
  const target = window(pointer, offset, bytes.length);
  target?.set(bytes);
  return target !== null;
}

/**
 * strndup_user(): a NUL-terminated string of at most `limit` bytes, the NUL included.
 * @returns the text, or -EFAULT, or -EINVAL where no NUL comes in time
 */
export function copyString(pointer: UserPointer, limit: number): string | number {
  if (typeof pointer === "bigint") return -errno.EFAULT;
  const within = pointer.bytes.subarray(0, limit);
  const end = within.indexOf(0);
  if (end < 0) return pointer.bytes.length < limit ? -errno.EFAULT : -errno.EINVAL;
  return new TextDecoder().decode(within.subarray(0, end));
}

/** An ioctl's third argument as the integer that the kernel gets; memory reads as no integer. */
export function asInteger(argument: Argument): bigint | null {
  return typeof argument === "bigint" ? argument : null;
}
