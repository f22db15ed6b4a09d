/** @module */

/** Whether a list in the place of another still fails. */
export type Try<T> = (items: readonly T[]) => Promise<boolean>;

/**
 * Takes out runs of items, from halves down to single ones and from the end to the beginning, until
 * no single item can be taken out: delta debugging over complements.
 */
export async function withoutNeedless<T>(
  items: readonly T[],
  fails: Try<T>,
): Promise<readonly T[]> {
  let kept = items;
  let run = Math.max(1, Math.ceil(items.length / 2));
  for (;;) {
    let changed = false;
    for (let end = kept.length; end > 0; end -= run) {
      const start = Math.max(0, end - run);
      const shorter = [...kept.slice(0, start), ...kept.slice(end)];
      if (shorter.length > 0 && await fails(shorter)) {
        kept = shorter;
        changed = true;
      }
    }
    if (run > 1) run = Math.ceil(run / 2);
    else if (!changed) return kept;
  }
}
