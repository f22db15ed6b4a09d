/**
 * What an unsynchronised CPU access can do, by caching and coherency.
 *
 * @module
 */
import type { Coherency } from "../drivers/driver.ts";
import type { Entry } from "./_entry.ts";
import type { Severity } from "./rule.ts";
import { worst } from "./severity.ts";

/** Whether a device sees the CPU's caches. `io-coherent` is enough: it snoops them. */
export function isCoherent(coherency: Coherency): boolean {
  return coherency === "io-coherent" || coherency === "coherent";
}

/** How bad an access without cache maintenance is, and why. */
export function effectOf(
  access: Pick<Entry<"cpu">, "caching" | "coherency">,
): { readonly severity: Severity; readonly because: string } {
  if (isCoherent(access.coherency)) {
    return {
      severity: "note",
      because: "harmless on this device, which snoops the CPU's caches",
    };
  }
  if (access.caching === "write-combined" || access.caching === "uncached") {
    return { severity: "note", because: `harmless on this memory, which is ${access.caching}` };
  }
  if (access.caching === "write-back" && access.coherency === "non-coherent") {
    return {
      severity: "error",
      because: "the memory is cached and the device does not see the CPU's caches",
    };
  }
  const unknown = access.caching === "unknown" ? "its caching" : "the device's coherency";
  return { severity: "warning", because: `${unknown} is unknown` };
}

/**
 * How bad a broken bracket is, by the accesses inside it. `lost` are those whose bytes depend on
 * what is missing; without any the contract is broken and no byte is known to be.
 */
export function bracketSeverity(
  inside: readonly Entry<"cpu">[],
  lost: readonly Entry<"cpu">[],
): Severity {
  if (lost.length > 0) return worst(lost.map(effectOf)) ?? "warning";
  const severity = worst(inside.map(effectOf)) ?? "warning";
  return severity === "error" ? "warning" : severity;
}
