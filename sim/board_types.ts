/**
 * What a simulated machine is made of.
 *
 * @module
 */
import type { Counterfactual, DeviceAbove } from "./drivers/driver.ts";
import type { Coherency } from "./memory/cache_model.ts";
import type { Release } from "./release.ts";

/** One DRM device of a board. */
export interface BoardDevice {
  /** A simulated driver's name. */
  readonly driver: string;
  /** Below /sys/devices, e.g. `platform/fb000000.gpu`. */
  readonly path: string;
  /** The sysfs bus, e.g. `platform`. */
  readonly bus: string;
  /** The driver that `device/driver` links to; null: no link. */
  readonly boundTo: string | null;
  /** Device-tree compatible strings, most special first. */
  readonly compatible: readonly string[];
  /** Which device has the node of the device tree that they are of: this one, or its parent. */
  readonly treeNode: "own" | "parent";
  /** Further lines of the device's uevent. */
  readonly uevent: readonly string[];
  /** The device that its nodes hang off; null: it itself. The driver says, not the board. */
  readonly above: DeviceAbove | null;
  /** How far it and the CPU's caches see each other. */
  readonly coherency: Coherency;
  /**
   * When buffers get the device's own mapping: as they are made, as programs bind them before
   * use, or on demand, when a call needs it; making it cleans the whole buffer.
   */
  readonly bind: "at-creation" | "on-demand";
  /**
   * When dma-bufs of other devices are mapped for it: once, as they are imported, as nearly all
   * drivers do; or around every job, as they should "in theory" (Steven Price, mesa-dev, 3 Jul
   * 2019), which lets an exporter know when the memory is in use.
   */
  readonly mapsImports: "at-import" | "per-job";
  /** Something that no driver does: what the threads warned of. */
  readonly counterfactual: Counterfactual | null;
  /** How long a submitted job keeps its buffers busy, in nanoseconds. */
  readonly jobNanoseconds: bigint;
  /** What the driver reads from the hardware, where it is not the driver's default. */
  readonly registers: Readonly<Record<string, bigint>>;
}

/** Who may open a kind of node: permission bits and group. */
export interface BoardAccess {
  /** The nine permission bits. */
  readonly mode: number;
  /** The group's number; the owner is root. */
  readonly gid: number;
}

/** A board at one kernel release. */
export interface Board {
  /** As reports name it: `sim:NAME`. */
  readonly name: string;
  /** One line on what it is like. */
  readonly summary: string;
  /** What to take it for, where that is more than the summary says; null: nothing is said. */
  readonly goodFor: string | null;
  /** The processor: on x86_64 every device is coherent. */
  readonly arch: "x86_64" | "aarch64";
  /** Its kernels, by the names that stand after the @; pages in bytes. */
  readonly kernels: ReadonlyMap<string, { readonly release: Release; readonly pageBytes: number }>;
  /** The name of the one that it is read for. */
  readonly kernel: string;
  /** The kernel's release, which drivers follow. */
  readonly release: Release;
  /** Page size of the kernel, in bytes. */
  readonly pageBytes: number;
  /** RAM, in MiB. */
  readonly memoryMb: number;
  /** Line size of the CPU caches, in bytes. */
  readonly lineBytes: number;
  /** After a CPU write, one dirty line in `oneIn` leaves the cache early; null: none does. */
  readonly eviction: { readonly seed: number; readonly oneIn: number } | null;
  /** Who may open its nodes. */
  readonly access: {
    readonly primary: BoardAccess;
    readonly render: BoardAccess;
    readonly heap: BoardAccess;
    readonly udmabuf: BoardAccess;
  };
  /** In the order of their nodes: the first is card0 and, if it renders, renderD128. */
  readonly devices: readonly BoardDevice[];
  /** Names below /dev/dma_heap. */
  readonly heaps: readonly string[];
  /** The area of contiguous memory, and the heaps among `heaps` that give it; null: there is none. */
  readonly cma: { readonly heaps: readonly string[]; readonly bytes: number } | null;
  /** null: there is no /dev/udmabuf. `sizeLimitMb` null: no limit. */
  readonly udmabuf: { readonly sizeLimitMb: number | null } | null;
}
