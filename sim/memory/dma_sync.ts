/**
 * The kernel's streaming-DMA cache maintenance as arm64 does it (arch/arm64/mm/dma-mapping.c):
 * nothing for a coherent device; for the device, clean whatever the direction; for the CPU,
 * nothing when the data only went to the device, else invalidate.
 *
 * @module
 */
import type { Memory } from "./memory.ts";

/** enum dma_data_direction. */
export type Direction = "to-device" | "from-device" | "bidirectional";

/** dma_sync_*_for_device(): hands `length` bytes at `offset` over to the device. */
export function syncForDevice(
  memory: Memory,
  coherent: boolean,
  offset: number,
  length: number,
): void {
  if (!coherent) memory.clean(offset, length);
}

/** dma_sync_*_for_cpu(): hands `length` bytes at `offset` back to the CPU. */
export function syncForCpu(
  memory: Memory,
  coherent: boolean,
  direction: Direction,
  offset: number,
  length: number,
): void {
  if (!coherent && direction !== "to-device") memory.invalidate(offset, length);
}
