/**
 * Which bytes a finding is about, from the events that it names.
 *
 * @module
 */
import type { JournalEvent } from "../workspace/journal.ts";
import type { Entry } from "./_entry.ts";
import { union } from "./_ranges.ts";
import type { ByteRow, LinePicture } from "./report.ts";
import type { Finding } from "./rule.ts";

/** Bytes of a cache line where nobody says: that of most arm64 and x86 cores. */
const USUAL_LINE = 64;
/** Rows of one picture, the last ones. */
const MOST_ROWS = 12;
/** Ranges of one row. */
const MOST_RANGES = 64;

const effects: Readonly<Record<Entry<"sync">["effect"], string>> = {
  "clean": "cleaned",
  "clean-invalidate": "cleaned and dropped",
  "invalidate": "invalidated",
  "copy": "copied",
  "wait": "waited for",
  "none": "synced, in vain",
};

/** What an event did to bytes, none where it is about a buffer as a whole. */
function rowsOf(event: JournalEvent): readonly ByteRow[] {
  const { at } = event;
  switch (event.kind) {
    case "cpu":
      return [{
        what: event.access === "write" ? "CPU wrote" : "CPU read",
        at,
        ranges: [event.range],
      }];
    case "sync": {
      const asked = union(event.asked).slice(0, MOST_RANGES);
      const touched = union(event.touched).slice(0, MOST_RANGES);
      const row: ByteRow = { what: effects[event.effect], at, ranges: touched };
      return JSON.stringify(asked) === JSON.stringify(touched)
        ? [row]
        : [{ what: "sync asked", at, ranges: asked }, row];
    }
    case "bracket":
      // The simulator counts: an exporter without hooks touches no line.
      return [{
        what: `${event.edge} ${event.access}`,
        at,
        ...(event.books?.linesTouched === 0 ? { ranges: [] } : {}),
      }];
    case "device": {
      const row: ByteRow = {
        what: event.access === "write" ? "device wrote" : "device read",
        at,
        ranges: [event.range],
      };
      const stale = union(event.stale).slice(0, MOST_RANGES);
      return stale.length === 0 ? [row] : [row, { what: "stale", at, ranges: stale }];
    }
    default:
      return [];
  }
}

/**
 * The bytes that a finding's events touched in the memory of the decisive one.
 * @param journal all of it: positions are indices
 * @returns undefined where none of them says which bytes
 */
export function linesOf(
  { events }: Pick<Finding, "events">,
  journal: readonly JournalEvent[],
): LinePicture | undefined {
  const named = events.map((seq) => journal[seq]).filter((event) => event !== undefined);
  const decisive = named.at(-1);
  const memory = decisive !== undefined && "memory" in decisive ? decisive.memory : undefined;
  if (memory === undefined) return undefined;
  const rows = named.filter((event) => "memory" in event && event.memory === memory)
    .flatMap(rowsOf);
  if (!rows.some(({ ranges }) => ranges?.some(({ length }) => length > 0))) return undefined;
  return { ...lineBytesOf(journal), rows: rows.slice(-MOST_ROWS) };
}

const known = new WeakMap<readonly JournalEvent[], Pick<LinePicture, "lineBytes" | "assumed">>();

/** A machine has one line size: any device of the simulator's tells it. */
function lineBytesOf(
  journal: readonly JournalEvent[],
): Pick<LinePicture, "lineBytes" | "assumed"> {
  let found = known.get(journal);
  if (found === undefined) {
    const open = journal.find((event): event is Entry<"open"> =>
      event.kind === "open" && event.lineBytes !== undefined
    );
    found = { lineBytes: open?.lineBytes ?? USUAL_LINE, assumed: open === undefined };
    known.set(journal, found);
  }
  return found;
}
