/**
 * A rule: a pure function over the journal, with what there is to know about it.
 *
 * @module
 */
import type { JournalEvent, Source } from "../workspace/journal.ts";

export type Severity = "error" | "warning" | "note";

/** One breach of a rule. */
export interface Finding {
  /** One sentence with the names, ranges and modes of this case. */
  readonly message: string;
  /** Where the breach happened. */
  readonly at: Source;
  /** The journal entries that show it, the decisive one last. */
  readonly events: readonly number[];
}

/** A rule of `policy/`. */
export interface Rule {
  /** kebab-case, never changed once released. */
  readonly id: string;
  readonly severity: Severity;
  /** The rule in one sentence. */
  readonly summary: string;
  /** What goes wrong when it is broken. */
  readonly why: string;
  /** Who said it and where. */
  readonly source: string;
  /** What kernels enforce, since when. */
  readonly kernel: string;
  /** How to mend it, with the command. */
  readonly fix: string;
  check(journal: readonly JournalEvent[]): readonly Finding[];
}
