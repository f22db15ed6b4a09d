/**
 * The record of a whole session.
 *
 * @module
 */
import type { SessionChoice } from "./runner.ts";

/** What a session's kernel is wrapped with, and what closes it. */
export interface Recording extends Disposable {
  readonly hooks: Pick<SessionChoice, "wrap" | "begins" | "opened">;
}

/**
 * Records to a file from the first call on; nothing where none is named.
 * @throws {UsageError} when it cannot be written, or is something else than a trace
 */
export async function recorder(path: string | undefined): Promise<Recording> {
  if (path === undefined) return { hooks: {}, [Symbol.dispose]: () => {} };
  const { RecordFile } = await import("../trace/record_file.ts");
  const file = new RecordFile(path);
  return {
    hooks: {
      wrap: (kernel) => file.wrap(kernel),
      begins: (source) => file.note(source),
      opened: ({ journal }) => file.listenTo(journal),
    },
    [Symbol.dispose]: () => file.close(),
  };
}
