/**
 * A disagreement for people, and as a trace that both kernels can be asked again by.
 *
 * @module
 */
import { formatEntry, formatValue } from "../trace/format_entry.ts";
import type { Disagreement } from "./disagreement.ts";

/** The calls, the answers that differ, and whose they are. */
export function disagreementText({ entries, simulated, differences }: Disagreement): string {
  const fields = differences.map(({ field, a, b }) =>
    `  ${field}: the kernel ${formatValue(a)}, the simulator ${formatValue(b)}`
  );
  return [
    ...entries.map((entry) => `  ${formatEntry(entry)}`),
    `  simulated: ${formatEntry(simulated)}`,
    ...fields,
  ].join("\n");
}
