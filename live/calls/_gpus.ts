/**
 * The GPUs of the arm64 board, as cases see them: a file a driver in `gpus/`.
 *
 * @module
 */
import type { Bench } from "./_bench.ts";
import { byDriver } from "./gpus/_index.ts";

/** One GPU of the arm64 board. */
export interface Gpu {
  readonly driver: string;
  /** Its render node. */
  readonly node: string;
  /** Another render node, whose buffers are foreign to it: its driver's other device, or another's. */
  readonly sibling: string;
  /** Whether it snoops the CPU's caches ("dma-coherent"). */
  readonly coherent: boolean;
  /** Whether its fdinfo tells of the driver and its memory; always, where absent. */
  readonly fdinfo?: (recent: boolean) => boolean;
  /** How its driver makes a buffer and tells its fake offset; each throws what is refused. */
  readonly calls: {
    /** The handle of a buffer of `size` bytes. `vm`: its private address space, 0 for none. */
    create(bench: Bench, fd: number, size: number, flags: number, vm: number): number;
    offset(bench: Bench, fd: number, handle: number): bigint;
  };
}

/** The GPUs of a driver. @throws {RangeError} when there is none */
export function gpusOf(driver: string): readonly Gpu[] {
  const found = byDriver[driver];
  if (found === undefined) throw new RangeError(`The board has no ${driver}`);
  return found;
}

/** Both panfrost devices. */
export const panfrosts: readonly Gpu[] = gpusOf("panfrost");

/** Both panthor devices. */
export const panthors: readonly Gpu[] = gpusOf("panthor");

/** The four whose buffers share their rules. */
export const gpus: readonly Gpu[] = [...panfrosts, ...panthors];

/** Those and the others whose buffers are the shmem helper's. */
export const shmemGpus: readonly Gpu[] = [...gpus, ...gpusOf("v3d"), ...gpusOf("lima")];

/** All of the board. */
export const everyGpu: readonly Gpu[] = Object.values(byDriver).flat();
