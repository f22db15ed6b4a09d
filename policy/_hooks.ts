/**
 * Whether DMA_BUF_IOCTL_SYNC does cache maintenance for the dma-bufs of an exporter.
 *
 * @module
 */
import { hooksOf } from "../drivers/exporters.ts";

/** Drivers with cached buffers and a sync call that never touches a cache. */
const WAITERS: ReadonlySet<string> = new Set(["msm"]);

/** Whether a driver's own sync calls only wait, whatever the buffer. */
export function onlyWaits(driver: string | undefined): boolean {
  return driver !== undefined && WAITERS.has(driver);
}

/** Whether an importer's begin and end reach the caches; an unknown exporter is trusted. */
export function hasHooks(exporter: string): boolean {
  const hooks = hooksOf({ name: exporter });
  return hooks === "maintains" || hooks === "unknown";
}
