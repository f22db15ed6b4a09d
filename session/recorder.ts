/**
 * The record of a whole session.
 *
 * @module
 */
import type { SessionChoice } from "./runner.ts";

/** What a session's kernel is wrapped with, and what closes it. */
export interface Recording extends Disposable {
  readonly hooks: Pick<SessionChoice, "wrap" | "noteCommand">;
}

/** Records to a file from the first call on; nothing where none is named. */
export async function recorder(path: string | undefined): Promise<Recording> {
  if (path === undefined) return { hooks: {}, [Symbol.dispose]: () => {} };
  const { RecordFile } = await import("../trace/record_file.ts");
  const record = new RecordFile(path);
  return {
    hooks: {
      wrap: (kernel) => record.wrap(kernel),
      noteCommand: (command) => record.note({ command }),
    },
    [Symbol.dispose]: () => record.close(),
  };
}
