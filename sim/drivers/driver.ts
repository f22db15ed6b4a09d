import type { DeviceSetup, DrmDevice } from "../drm/device.ts";

/** Values that a driver reads from its hardware, by name. */
export type Registers = Readonly<Record<string, bigint>>;

/** A register's value; 0 where the board says nothing. */
export function register(registers: Registers, name: string): bigint {
  return registers[name] ?? 0n;
}

/** A driver's kernel side, as `_index.ts` lists it. */
export interface SimulatedDriver {
  /** What a board's `driver` says. */
  readonly name: string;
  /** The names that a board may give values for in a device's `registers`. */
  readonly registers: readonly string[];
  /** Starts the driver on a board's device. */
  create(setup: DeviceSetup): DrmDevice;
}
