/**
 * What an unsynchronised CPU access can do, by caching and coherency.
 *
 * @module
 */
import type { Coherency } from "../drivers/driver.ts";
import type { Entry } from "./_entry.ts";
import type { Severity } from "./rule.ts";

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
 * How bad a broken bracket is, by the accesses inside it.
 * @param inside the worst of them; undefined: none
 * @param lost the worst of those whose bytes depend on what is missing; without any the contract is
 * broken and no byte is known to be
 */
export function bracketSeverity(
  inside: Severity | undefined,
  lost: Severity | undefined,
): Severity {
  if (lost !== undefined) return lost;
  const severity = inside ?? "warning";
  return severity === "error" ? "warning" : severity;
}
