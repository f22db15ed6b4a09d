/**
 * A rule: a pure function over the journal, with what there is to know about it. It reads the journal
 * once, entry by entry, so that one of any length is checked in memory for what is alive in it.
 *
 * @module
 */
import type { JournalEvent, Source } from "../workspace/journal.ts";

export type Severity = "error" | "warning" | "note";

/**
 * Who asks for what a rule says. `kernel`: the code or the documents of kernels that run today
 * refuse, promise or demand it. `threads`: the mail threads ask for it and no kernel does.
 */
export type Profile = "kernel" | "threads";

/** Whether kernels of today keep a rule or refuse its breach: all that it is about, some, or none. */
export type Enforced = "yes" | "in part" | "no";

/** One breach of a rule. */
export interface Finding {
  /** One sentence with the names, ranges and modes of this case. */
  readonly message: string;
  /** Where the breach happened. */
  readonly at: Source;
  /** The journal entries that show it, the decisive one last. */
  readonly events: readonly number[];
  /** How bad this case is, where it differs from the rule's severity. */
  readonly severity?: Severity;
}

/**
 * A rule of `policy/`. In the texts a newline begins a paragraph; a line that begins with two
 * spaces is a command line and is shown as it is (at most 78 columns).
 */
export interface Rule {
  /** kebab-case, never changed once released. */
  readonly id: string;
  /** Of a finding that has none of its own. */
  readonly severity: Severity;
  readonly profile: Profile;
  /** The rule in one sentence. */
  readonly summary: string;
  /** What goes wrong when it is broken. */
  readonly why: string;
  /** Who said it and where. */
  readonly source: string;
  /** `kernel` in a word. */
  readonly enforced: Enforced;
  /** What kernels enforce, since when. */
  readonly kernel: string;
  /** What trying it can do to a kernel or to other processes, where that is more than a refusal. */
  readonly hazard?: string;
  /** How to mend it, with the command. */
  readonly fix: string;
  /** The fix is a call that maintains caches; where there is none, `_fix.ts` knows another way. */
  readonly mendedBySync?: true;
  /** Begins a check; findings are reported as they are found, in any order. */
  watch(report: (finding: Finding) => void): Watch;
}

/** One check of one journal. */
export interface Watch {
  /** Takes the next entry. */
  take(event: JournalEvent): void;
  /**
   * Nothing names or maps this memory any more: what is known of it may be forgotten, once what is
   * to be said of it has been said.
   */
  gone?(memory: string): void;
  /** The journal ends here. */
  end?(): void;
}
