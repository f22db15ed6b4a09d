/** @module */
import process from "node:process";
import type { TraceBytes } from "./format.ts";

/** Bytes up to which a trace holds them in full. */
export const IN_FULL = 4096;

/** Bytes as a trace holds them. */
export function traceBytes(bytes: Uint8Array): TraceBytes {
  if (bytes.length <= IN_FULL) return { hex: bytes.toHex() };
  // Loaded where it is needed, within a call that cannot wait: most traces have no long bytes.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return { sha256: createHash("sha256").update(bytes).digest("hex") };
}
