/**
 * What panthor's BO_SYNC and panfrost's SYNC_BO have in common: the two operations and how the
 * portable form of a sync maps to them.
 *
 * @module
 */
import { isRecord, type JsonValue } from "../ffi/json.ts";
import type { BufferFacts, Coherency, RawSync, SyncIntent, SyncPlan } from "./driver.ts";

/** The operations by `--op` name; the uAPI has no "invalidate only". */
export const maliSyncOps = {
  flush: { op: "flush", effect: "clean", granularity: "range" },
  "flush-invalidate": {
    op: "flush-invalidate",
    effect: "clean-invalidate",
    granularity: "range",
  },
} as const satisfies Record<string, SyncPlan>;

/** DRM_*_BO_SYNC_CPU_CACHE_FLUSH and _FLUSH_AND_INVALIDATE have the same values in both drivers. */
export function maliSyncType(plan: SyncPlan): number {
  return plan.op === "flush" ? 0 : 1;
}

/** The portable form: clean before the device uses bytes, clean and invalidate before the CPU does. */
export function planMaliSync(
  buffer: BufferFacts,
  coherency: Coherency,
  intent: SyncIntent,
): SyncPlan {
  const none = (why: string): SyncPlan => ({
    op: "none",
    effect: "none",
    granularity: "range",
    why,
  });
  if (buffer.imported) {
    return none("an import is synced through its dma-buf");
  }
  if (buffer.caching === "write-combined") return none("the buffer is write-combined");
  if (buffer.caching === "unknown") {
    // Before WB_MMAP (panthor 1.7, panfrost 1.6): map_wc is set unless the device is coherent.
    return none("this driver's buffers are write-combined, or the device is coherent");
  }
  if (coherency === "io-coherent" || coherency === "coherent") {
    return none("the device is coherent with the CPU's caches");
  }
  return intent.for === "device" ? maliSyncOps.flush : maliSyncOps["flush-invalidate"];
}

const rawCalls: ReadonlySet<string> = new Set([
  "DRM_IOCTL_PANTHOR_BO_SYNC",
  "DRM_IOCTL_PANFROST_SYNC_BO",
]);

/** A number as `describe()` has it: flags are an object, what exceeds 2^53 is text. */
function numberIn(value: JsonValue | undefined): number {
  return value !== undefined && isRecord(value) ? Number(value.raw) : Number(value);
}

/**
 * The ranges of a sync call.
 * @param fields of its argument, as `describe()` has them
 * @returns none for any other call
 */
export function rawMaliSyncs(name: string, fields: JsonValue): readonly RawSync[] {
  if (!rawCalls.has(name) || !isRecord(fields)) return [];
  // panthor counts its array in a structure of its own.
  const { ops: given = null } = fields;
  const ops = isRecord(given) ? given.array : given;
  if (!Array.isArray(ops)) return [];
  return ops.filter(isRecord).map((op): RawSync => ({
    handle: numberIn(op.handle),
    effect: numberIn(op.type) === 0 ? maliSyncOps.flush.effect : "clean-invalidate",
    range: { offset: numberIn(op.offset), length: numberIn(op.size) },
  })).filter(({ range }) => Number.isSafeInteger(range.offset + range.length));
}
