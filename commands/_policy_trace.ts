/**
 * A recorded trace as a subject of rules: nothing of it is done again, and no device is needed.
 *
 * @module
 */
import { NotSupported } from "../errors.ts";
import { escapeText } from "../output/escape.ts";
import type { Subject } from "../policy/judge.ts";
import type { TraceHeader } from "../trace/format.ts";
import { journalOf } from "../trace/journal.ts";
import { readTrace } from "../trace/read.ts";
import type { JournalEvent } from "../workspace/journal.ts";
import type { Context } from "./command.ts";

function whoRecorded({ on }: TraceHeader, journal: readonly JournalEvent[]): string {
  const devices = journal.flatMap((event) =>
    event.kind === "open" ? [`${event.driver} ${event.version}`] : []
  );
  const name = on.backend === "live" ? `live, Linux ${on.release}` : on.kernel;
  return [name, ...new Set(devices)].join(", ");
}

/**
 * A trace's journal, with its places.
 * @throws {UsageError} for what is no trace
 * @throws {NotSupported} for a trace without events
 */
export async function traceSubject(context: Context, file: string): Promise<Subject> {
  const trace = await readTrace(file);
  if (trace.notice !== undefined) context.notice(trace.notice);
  const journal = journalOf(trace);
  if (journal.length === 0) {
    throw new NotSupported(
      `${escapeText(file)}: the trace holds no events that rules can judge`,
      "boctl --record FILE writes them; attest and older versions do not.",
    );
  }
  return {
    name: file,
    who: whoRecorded(trace.header, journal),
    journal,
    ...(trace.notice === undefined ? {} : { stopped: true }),
  };
}
