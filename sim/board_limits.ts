/**
 * What the fields of a board may say, and what they say where they are left out: for who reads a
 * board's file and for its JSON Schema.
 *
 * @module
 */

export const ARCHES = ["x86_64", "aarch64"] as const;
export const COHERENCIES = ["none", "io-coherent", "full"] as const;
/** Bytes of a page; x86_64 has the first only. */
export const PAGE_SIZES = [4096, 16_384, 65_536] as const;
/** Bytes of a line of the CPU's caches. */
export const LINE_SIZES = [32, 64, 128] as const;
export const BINDS = ["at-creation", "on-demand"] as const;
export const MAPS_IMPORTS = ["at-import", "per-job"] as const;
/** What a kernel may have been built without. */
export const PARTS = ["heaps", "udmabuf"] as const;

/** Names of boards and buses. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Names below /dev/dma_heap; those of CMA heaps come from the device tree: `linux,cma`. */
export const HEAP = /^[A-Za-z0-9][A-Za-z0-9,@._-]{0,63}$/;
/** What stands after the @ to choose a kernel. */
export const KERNEL_NAME = /^[A-Za-z0-9_.-]+$/;
/** As {@linkcode parseRelease} reads it. */
export const RELEASE = /^\d{1,3}\.\d{1,4}([.-].*)?$/;
export const SYSFS_PATH = /^[A-Za-z0-9][A-Za-z0-9._:@-]*(\/[A-Za-z0-9][A-Za-z0-9._:@-]*)*$/;
/** A device-tree name. */
export const COMPATIBLE = /^[A-Za-z0-9_,.+-]+$/;
export const UEVENT = /^[A-Z_0-9]+=\S*$/;
/** Permission bits. */
export const MODE = /^0[0-7]{3}$/;

/** The kinds of nodes, and who may open them unless told: what udev sets up on Debian. */
export const ACCESS = {
  primary: { mode: "0660", gid: 44 },
  render: { mode: "0660", gid: 106 },
  heap: { mode: "0600", gid: 0 },
  udmabuf: { mode: "0600", gid: 0 },
} as const;

/** Smallest, largest and, where one is usual, what is taken if nothing is said. */
export const MEMORY_MB = { least: 1, most: 1 << 30, usual: 8192 } as const;
export const JOB_MICROSECONDS = { least: 0, most: 3_600_000_000, usual: 1000 } as const;
export const GID = { least: 0, most: 65_535 } as const;
export const SEED = { least: 0, most: 0xffff_ffff } as const;
export const ONE_IN = { least: 1, most: 1_000_000 } as const;
export const CMA_MB = { least: 1, most: 65_536 } as const;
export const UDMABUF_MB = { least: 1, most: 1_048_576 } as const;
