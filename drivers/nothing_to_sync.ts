/**
 * For drivers whose user space has no cache maintenance to do: their GPUs snoop the CPU's caches, or
 * their buffers are in none.
 *
 * @module
 */
import type { BufferFacts, Driver } from "./driver.ts";

function reason(driver: string, buffer: BufferFacts): string {
  if (buffer.imported) return "an import is synced through its dma-buf";
  return buffer.caching === "write-combined"
    ? "the buffer is write-combined"
    : `${driver} has no cache maintenance call: its devices snoop the CPU's caches`;
}

/** What such a driver says to `sync`. */
export function nothingToSync(driver: string): Pick<Driver, "syncOps" | "plan" | "sync"> {
  return {
    syncOps: {},
    plan: (_device, buffer) => ({
      op: "none",
      effect: "none",
      granularity: "range",
      why: reason(driver, buffer),
    }),
    sync: () => {},
  };
}
