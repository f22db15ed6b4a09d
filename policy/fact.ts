/**
 * A fact: what one has to know of the interfaces, and what no program can break or keep. Texts have
 * the form of those of a rule.
 *
 * @module
 */

/** A fact of `policy/facts/`, a page of `explain`. */
export interface Fact {
  /** kebab-case, never changed once released, and no rule's. */
  readonly id: string;
  /** The fact in one sentence. */
  readonly summary: string;
  /** What follows from it. */
  readonly why: string;
  /** Who said it and where. */
  readonly source: string;
  /** What kernels do, since when. */
  readonly kernel: string;
  /** How to live with it, with the command. */
  readonly instead: string;
}
