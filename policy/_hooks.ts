/**
 * Whether DMA_BUF_IOCTL_SYNC does cache maintenance for the dma-bufs of an exporter.
 *
 * @module
 */
import { hooksOf } from "../drivers/exporters.ts";

/** Whether an importer's begin and end reach the caches; an unknown exporter is trusted. */
export function hasHooks(exporter: string): boolean {
  const hooks = hooksOf(exporter);
  return hooks === "maintains" || hooks === "unknown";
}
