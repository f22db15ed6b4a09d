import type { DeviceSetup, DrmDevice } from "../drm/device.ts";
import type { MiscDevice } from "../misc_device.ts";
import type { Release } from "../release.ts";

/** Values that a driver reads from its hardware, by name. */
export type Registers = Readonly<Record<string, bigint>>;

/** A register's value; 0 where the board says nothing. */
export function register(registers: Registers, name: string): bigint {
  return registers[name] ?? 0n;
}

/** A device in sysfs. */
export interface DriverSysfs {
  /** Below /sys/devices. */
  readonly path?: string;
  readonly bus?: string;
  /** The driver that `device/driver` links to; null: there is no link. */
  readonly boundTo?: string | null;
  /**
   * Which device has the node of the device tree: itself, where absent; its parent, where it is
   * one that a bus makes for several (host1x's `drm`).
   */
  readonly treeNode?: "own" | "parent";
  /** Lines of the device's uevent. */
  readonly uevent?: readonly string[];
  /** The device that its nodes hang off, where the driver gathers several into one. */
  readonly above?: DeviceAbove;
}

/** A device without hardware of its own, that a driver makes to gather others. */
export interface DeviceAbove {
  /** Below /sys/devices. */
  readonly path: string;
  /** Its driver. */
  readonly boundTo: string;
  /** Lines of its uevent, after the driver's name. */
  readonly uevent: readonly string[];
}

/**
 * What the threads argued against, for boards that are labelled so: BO_SYNC takes its range as a
 * hint and acts on the whole buffer; beginning a CPU access migrates the buffer; cached buffers are
 * exported by the generic helper, whose dma-bufs have no begin and end.
 */
export type Counterfactual = "range-is-a-hint" | "begin-migrates" | "export-without-hooks";

/** A driver's kernel side, as `_index.ts` lists it. */
export interface SimulatedDriver {
  /** What a board's `driver` says. */
  readonly name: string;
  /** What sysfs shows of a device at a release, where a board does not say. */
  sysfs?(release: Release, registers: Registers): DriverSysfs;
  /** When it maps dma-bufs of other devices, where a board does not say; as they come, if absent. */
  mapsImports?(release: Release): "at-import" | "per-job";
  /** The names that a board may give values for in a device's `registers`. */
  readonly registers: readonly string[];
  /** The largest value that means something, at most 9, of those that number a few cases. */
  readonly largest?: Readonly<Record<string, number>>;
  /** What it has, where drivers/ has no file of its name and it is not dumb buffers. */
  readonly summary?: string;
  /** There is no such driver for Linux. */
  readonly invented?: true;
  /** What it can be made to do wrong; none where absent. */
  readonly counterfactuals?: readonly Counterfactual[];
  /** Starts the driver on a board's device. */
  create(setup: DeviceSetup): DrmDevice | MiscDevice;
}
