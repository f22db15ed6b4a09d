/**
 * Styles whose files bring their own functions for reporting.
 *
 * @module
 */
import type { Style } from "../style.ts";

/** Lines of C. */
export interface Reporting {
  /** What every file has. */
  readonly base: readonly string[];
  /** `skip(format, ...)`. */
  readonly skip: readonly string[];
  /** What {@linkcode Style.equal} stands for. */
  readonly equal: readonly string[];
}

/** Those of the functions that a file uses; a compiler warns of the others. */
export function ownReporting(
  { base, skip, equal }: Reporting,
): Pick<Style, "skip" | "reporting"> {
  return {
    skip: (format, args = []) => `skip(${[`"${format}"`, ...args].join(", ")});`,
    reporting: ({ skips, compares }) => [
      ...base,
      ...(skips ? ["", ...skip] : []),
      ...(compares ? ["", ...equal] : []),
    ],
  };
}
