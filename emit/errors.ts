/** @module */
import { NotSupported } from "../errors.ts";

/** What a trace holds and C cannot say. */
export function notInC(what: string): NotSupported {
  return new NotSupported(
    `emit-c: ${what}`,
    "Shorten the script or the trace to the calls that show the bug.",
  );
}
