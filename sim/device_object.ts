import type { Reservation } from "./dmabuf/fence.ts";
import type { Jobs } from "./jobs.ts";
import type { Coherency } from "./memory/cache_model.ts";
import type { Memory } from "./memory/memory.ts";

/** A buffer of a device's open file, as the device's own accesses see it. */
export interface DeviceObject {
  /** Size in bytes, whole pages. */
  readonly bytes: number;
  readonly memory: Memory;
  readonly reservation: Reservation;
  /** How far the device's accesses to it and the CPU's caches see each other. */
  readonly coherency: Coherency;
  /** The jobs of its device. */
  readonly jobs: Jobs;
  /** A job of the device on it begins: what has to be mapped is mapped. 0 or -errno. */
  jobBegins(): number;
  /** The job has ended. */
  jobEnds(): void;
  get(): unknown;
  put(): void;
}
