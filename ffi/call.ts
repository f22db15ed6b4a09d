/**
 * Typed ioctl calls over any {@linkcode Kernel}: encode, call, retry where the kernel asks for it,
 * decode.
 *
 * @module
 */
import { errno } from "./errno.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import type { Block, Kernel } from "./kernel.ts";
import { decode, encode, type Fields, type StructType, type ValuesOf } from "./struct.ts";

/** Retries before an EINTR or EAGAIN is believed: libdrm retries forever, which cannot be stopped. */
const RETRIES = 100;

/** ioctl(2) retried on EINTR and EAGAIN as drmIoctl() does, but not for ever. */
export function retriedIoctl(
  kernel: Kernel,
  fd: number,
  request: number,
  argument: Block | bigint,
): number {
  let result = 0;
  for (let i = 0; i < RETRIES; i++) {
    result = kernel.ioctl(fd, request, argument);
    if (result !== -errno.EINTR && result !== -errno.EAGAIN) return result;
  }
  return result;
}

/** What a call answered: the return value or -errno, and the structure as it came back. */
export interface Answer<F extends Fields> {
  readonly result: number;
  readonly values: ValuesOf<F>;
}

/**
 * Calls an ioctl with a structure. `values` left out are 0.
 * @throws {RangeError} when a value does not fit its field
 */
export function call<F extends Fields>(
  kernel: Kernel,
  fd: number,
  definition: IoctlDefinition<StructType<F>>,
  values: Partial<ValuesOf<F>> = {},
): Answer<F> {
  const type = definition.struct;
  if (type === null) throw new TypeError(`${definition.name} takes no structure`);
  const block = encode(type, values);
  const result = retriedIoctl(kernel, fd, definition.code, block);
  return { result, values: decode(type, block) };
}
