/** @module */
import type { TraceEntry, TraceHeader } from "../trace/format.ts";

/** What is written. */
export interface Source {
  readonly header: TraceHeader;
  readonly entries: readonly TraceEntry[];
  /** What the file is called in its head: the script's or the trace's name. */
  readonly name: string;
  /** The comment that a script begins with, without `#`. */
  readonly story: readonly string[];
}
