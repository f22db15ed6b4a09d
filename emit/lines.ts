/** @module */

/** Lines of C: declarations of a block, and its statements. */
export interface Lines {
  readonly declarations: readonly string[];
  readonly statements: readonly string[];
}

/** Statements that need nothing declared. */
export function only(...statements: readonly string[]): Lines {
  return { declarations: [], statements };
}
