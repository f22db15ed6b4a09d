/**
 * What the drivers with CPU_PREP and CPU_FINI have in common.
 *
 * @module
 */
import type { Caching, Coherency, SyncPlan } from "./driver.ts";

const SECOND = 1_000_000_000n;

/** A deadline as the uAPIs have it: seconds and nanoseconds of CLOCK_MONOTONIC. */
export function timespecOf(nanoseconds: bigint): { tv_sec: bigint; tv_nsec: bigint } {
  return { tv_sec: nanoseconds / SECOND, tv_nsec: nanoseconds % SECOND };
}

/** It waits on every buffer alike, and says so. */
export const PREP_FOR_WRITING = "prep-write";

/** What a raw prep or fini is on a buffer that needs no cache maintenance: it waits, or does nothing. */
export function opWithoutCaches(
  op: SyncPlan,
  buffer: { readonly caching: Caching; readonly imported: boolean },
  coherency: Coherency,
): SyncPlan {
  const none = nothingToSync(buffer, coherency);
  if (none === undefined || op.op === PREP_FOR_WRITING) return op;
  const effect = op.op === "fini" ? "none" : "wait";
  return { ...op, effect, why: `${none.why}: no cache line is touched` };
}

/** Why a buffer of this caching, of such a device, needs no cache maintenance; undefined: it does. */
export function nothingToSync(
  buffer: { readonly caching: Caching; readonly imported: boolean },
  coherency: Coherency,
): SyncPlan | undefined {
  const why = buffer.imported
    ? "an import is synced through its dma-buf"
    : buffer.caching === "write-combined"
    ? "the buffer is write-combined"
    : buffer.caching === "uncached"
    ? "the buffer is uncached"
    : coherency === "io-coherent" || coherency === "coherent"
    ? "the device is coherent with the CPU's caches"
    : undefined;
  return why === undefined ? undefined : { op: "none", effect: "none", granularity: "range", why };
}
