/**
 * A journal entry of one kind.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";

/** The entries of a kind, with their position and place. */
export type Entry<K extends JournalEvent["kind"]> = Extract<JournalEvent, { readonly kind: K }>;
