/**
 * A kernel whose devices are unplugged at some call, and stay away.
 *
 * @module
 */
import { errno } from "../ffi/errno.ts";
import type { Argument, Kernel, Mapping, MappingAccess } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import type { DisturbedKernel } from "./_fault_trial.ts";

class Gone extends WrappedKernel implements DisturbedKernel {
  readonly #at: number;
  #calls = 0;
  #failed: string | undefined;

  constructor(inner: Kernel, at: number) {
    super(inner);
    this.#at = at;
  }

  get calls(): number {
    return this.#calls;
  }

  get failed(): string | undefined {
    return this.#failed;
  }

  #gone(name: string): boolean {
    if (++this.#calls < this.#at) return false;
    this.#failed ??= name;
    return true;
  }

  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    return this.#gone("open") ? -errno.ENODEV : super.open(path, flags, options);
  }

  override ioctl(fd: number, request: number, argument: Argument): number {
    return this.#gone("ioctl") ? -errno.ENODEV : super.ioctl(fd, request, argument);
  }

  override mmap(
    length: number,
    prot: number,
    flags: number,
    fd: number,
    offset: bigint,
    access: MappingAccess,
  ): Mapping | number {
    if (this.#gone("mmap")) return -errno.ENODEV;
    return super.mmap(length, prot, flags, fd, offset, access);
  }
}

/** Counts open, ioctl and mmap; from call `at` on, the first being 1, they answer ENODEV. */
export function deviceGone(inner: Kernel, at: number): DisturbedKernel {
  return new Gone(inner, at);
}
