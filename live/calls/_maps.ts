import { isError } from "../../ffi/kernel.ts";
import type { Bench } from "./_bench.ts";

/** Lines of /proc/self/maps that `make` adds and that match, joined. */
export function newMaps(bench: Bench, matching: RegExp, make: () => void): string {
  const lines = (): string[] => {
    const text = bench.kernel.readText("/proc/self/maps");
    if (isError(text)) throw new Error(`/proc/self/maps: ${text}`);
    return String(text).split("\n");
  };
  const before = new Set(lines());
  make();
  return lines().filter((line) => !before.has(line) && matching.test(line)).join();
}
