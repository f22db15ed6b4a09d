const UNITS = [["s", 1e9], ["ms", 1e6], ["us", 1e3]] as const;

/** A duration in the largest unit that it has one of, with at most three digits: `10 ns`, `1.57 ms`. */
export function formatNanoseconds(ns: number): string {
  for (const [unit, size] of UNITS) {
    if (ns >= size) return `${Number((ns / size).toPrecision(3))} ${unit}`;
  }
  return `${ns} ns`;
}
