/**
 * For drivers whose user space has no cache maintenance to do: their GPUs snoop the CPU's caches, or
 * their buffers are in none.
 *
 * @module
 */
import { dmaCoherency } from "./dma_coherency.ts";
import type { BufferFacts, Driver, OpenDevice } from "./driver.ts";

function reason(driver: string, device: OpenDevice, buffer: BufferFacts): string {
  if (buffer.imported) return "an import is synced through its dma-buf";
  if (buffer.caching === "write-combined") return "the buffer is write-combined";
  const none = `${driver} has no cache maintenance call`;
  switch (dmaCoherency(device)) {
    case "io-coherent":
    case "coherent":
      return `${none}: the device snoops the CPU's caches`;
    case "non-coherent":
      return `${none}, and the device does not snoop the CPU's caches: what the CPU wrote may stay ` +
        "in them";
    case "unknown":
      return `${none}, and nothing tells whether the device snoops the CPU's caches`;
  }
}

/** What such a driver says to `sync`. */
export function nothingToSync(driver: string): Pick<Driver, "syncOps" | "plan" | "sync"> {
  return {
    syncOps: {},
    plan: (device, buffer) => ({
      op: "none",
      effect: "none",
      granularity: "range",
      why: reason(driver, device, buffer),
    }),
    sync: () => {},
  };
}
