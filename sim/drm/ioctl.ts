import { errno } from "../../ffi/errno.ts";
import { type IoctlDefinition, requestCode } from "../../ffi/ioctl.ts";
import type { Block } from "../../ffi/kernel.ts";
import { decode, type Fields, store, type StructType, type ValuesOf } from "../../ffi/struct.ts";
import type { DrmFile } from "./drm_file.ts";

/** Who may call: the DRM_* flags of the kernel's table. */
export interface Permission {
  /** DRM_RENDER_ALLOW. */
  readonly render?: true;
  /** DRM_AUTH. */
  readonly auth?: true;
  /** DRM_ROOT_ONLY. */
  readonly root?: true;
  /** DRM_MASTER. */
  readonly master?: true;
}

/** One entry of a DRM ioctl table. */
export interface DrmIoctl {
  /** The kernel's own request code: its direction and size, its number. */
  readonly code: number;
  readonly permission: Permission;
  /** First release that has it, as major and minor; absent: all. */
  readonly since?: readonly [number, number];
  /** First release that has it no more; absent: none. */
  readonly until?: readonly [number, number];
  /** The handler, over the kernel's copy of the argument. */
  run(file: DrmFile, data: Block): number;
}

/**
 * A table entry from a uapi definition. `handler` gets the decoded argument and writes into it what
 * goes back; it returns 0 or -errno.
 */
export function drmIoctl<F extends Fields>(
  definition: IoctlDefinition<StructType<F>>,
  permission: Permission,
  handler: (file: DrmFile, args: ValuesOf<F>) => number,
): DrmIoctl {
  const type = definition.struct;
  return {
    code: definition.code,
    permission,
    run(file, data): number {
      if (type === null) return 0;
      const args = decode(type, data);
      const result = handler(file, args);
      store(type, data, args);
      return result;
    },
  };
}

/** Allowed on every node. */
export const ANY_NODE: Permission = { render: true };

/**
 * Entries for calls that a kernel has and that are not simulated: EOPNOTSUPP, where a number without
 * an entry would say that the kernel does not know it.
 */
export function notSimulated(
  numbers: readonly number[],
  permission: Permission = ANY_NODE,
): DrmIoctl[] {
  return numbers.map((number) => ({
    code: requestCode("RW", "d", number, 0),
    permission,
    run: () => -errno.EOPNOTSUPP,
  }));
}

/** The numbers from `first` to `last`. */
export function numbersFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Allowed on primary nodes only. */
export const PRIMARY_ONLY: Permission = {};
