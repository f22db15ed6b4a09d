/**
 * What drivers have in common whose buffers are write-combined, whatever is asked for, and that have
 * no call for cache maintenance: v3d, lima, vc4.
 *
 * @module
 */
import { NotSupported, UsageError } from "../errors.ts";
import type { BufferFacts, CreateRequest, SyncPlan } from "./driver.ts";

/**
 * Refuses what such a driver has no notion of.
 * @throws {NotSupported} for --cached, --private and --no-mmap
 * @throws {UsageError} for a size that does not fit 32 bits
 */
export function checkWriteCombined(driver: string, request: CreateRequest): void {
  if (request.cached) {
    throw new NotSupported(
      `--cached: ${driver} has no cached buffers, its mappings are always write-combined`,
      "A dma-heap or udmabuf gives cached memory, which can be imported: --heap, --udmabuf.",
    );
  }
  if (request.private) {
    throw new NotSupported(`--private: ${driver} has no notion of a private buffer`);
  }
  if (request.noMmap) {
    throw new NotSupported(`--no-mmap: ${driver} has no buffers that are not to be mapped`);
  }
  if (request.size > 0xffff_ffffn) {
    throw new UsageError(`--size: ${request.size} does not fit ${driver}'s 32-bit size field`);
  }
}

/** There is nothing to do, and why. */
export function planWriteCombined(driver: string, { imported }: BufferFacts): SyncPlan {
  return {
    op: "none",
    effect: "none",
    granularity: "range",
    why: imported
      ? "an import is synced through its dma-buf"
      : `${driver}'s buffers are write-combined, and it has no cache maintenance call`,
  };
}
