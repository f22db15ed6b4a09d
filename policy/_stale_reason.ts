/**
 * Why written bytes did not reach the device.
 *
 * @module
 */
import type { Entry } from "./_entry.ts";
import { hasHooks } from "./_hooks.ts";
import { type Maintenance, maintenanceText } from "./_maintenance.ts";
import { subtract } from "./_ranges.ts";
import { place, rangesText } from "./_text.ts";
import type { Written } from "./_written.ts";

/** A cause in words, and the entry that shows it. */
export interface StaleReason {
  readonly text: string;
  readonly event?: number;
}

/**
 * Why the bytes of a write are stale.
 * @param maintenance what was done to the memory before the read, oldest first
 * @param open the newest begin of the memory that has no end yet
 * @param exporter of the memory's dma-buf, where the journal tells
 */
export function staleReason(
  written: Written,
  maintenance: readonly Maintenance[],
  open: Entry<"bracket"> | undefined,
  read: Entry<"device">,
  exporter?: string,
): StaleReason {
  const { write, ranges } = written;
  const after = maintenance.filter(({ entry }) => entry.seq > write.seq);
  const cleans = after.filter((step) => step.cleans);
  const clean = cleans.at(-1);
  if (clean !== undefined) {
    const missed = subtract(ranges, cleans.flatMap((step) => step.touched));
    const name = maintenanceText(clean, read.at);
    if (clean.entry.kind === "bracket" && exporter !== undefined && !hasHooks(exporter)) {
      return {
        event: clean.entry.seq,
        text: `not cleaned by ${name}: the exporter, "${exporter}", has no hooks that touch caches`,
      };
    }
    return {
      event: clean.entry.seq,
      text: missed.length === 0
        ? `stale although ${name} covered it: ${
          clean.entry.kind === "sync"
            ? "the driver did less than it said"
            : "no device had the buffer mapped, or the exporter has no hooks"
        }`
        : `missed by ${name}, which asked for ${rangesText(clean.asked)} where the write was ` +
          `${rangesText([write.range])}`,
    };
  }
  const other = after.findLast((step) => step.entry.kind === "sync" || step.entry.edge === "end");
  if (other !== undefined) {
    const did = other.entry.kind === "sync"
      ? `did not clean (its effect: ${other.entry.effect})`
      : "was not told of a write";
    return {
      event: other.entry.seq,
      text: `not cleaned: ${maintenanceText(other, read.at)} ${did}`,
    };
  }
  if (write.via === "dma-buf" && open !== undefined && open.seq < write.seq) {
    return {
      event: open.seq,
      text: `inside "begin ${open.access}" of ${open.dmaBuf} (${place(open.at, read.at)}), which ` +
        `has not ended yet`,
    };
  }
  const before = maintenance.findLast((step) =>
    step.cleans && step.entry.seq < write.seq && subtract(ranges, step.touched).length === 0
  );
  return before === undefined ? { text: "never synced" } : {
    event: before.entry.seq,
    text: `synced only before that, by ${maintenanceText(before, read.at)}`,
  };
}
