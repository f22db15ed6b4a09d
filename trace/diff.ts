/**
 * Comparing two traces, without a kernel.
 *
 * @module
 */
import { compareEntries, type Difference, Pairing } from "./compare.ts";
import { isNote } from "./format.ts";
import type { Line, Trace } from "./read.ts";
import { isContinued, leftOut } from "./select.ts";

/** Where two traces part; a line is absent where its trace has ended. */
export interface Parting {
  readonly a: Line | undefined;
  readonly b: Line | undefined;
  readonly fields: readonly Difference[];
}

/** What came of comparing two traces. */
export interface Compared {
  /** Calls that are the same. */
  readonly same: number;
  readonly partings: readonly Parting[];
}

/** How traces are compared. */
export interface DiffOptions {
  /** Facts about the machine and looking around, too. */
  readonly strict?: boolean;
  /** How many differences are looked for; 1 where absent. */
  readonly most?: number;
}

/** The lines to compare: each wait by its last slice. */
function compared(trace: Trace, strict: boolean): readonly Line[] {
  const lines = trace.lines.filter(({ entry }) =>
    strict ? !isNote(entry) : leftOut(entry) === undefined
  );
  return lines.filter(({ entry }, i) => !isContinued(entry, lines[i + 1]?.entry));
}

/**
 * Compares call by call, names by what they stand for. Where the calls themselves are others, what
 * follows has nothing in common, and the comparison ends.
 */
export function diffTraces(a: Trace, b: Trace, options: DiffOptions = {}): Compared {
  const { strict = false, most = 1 } = options;
  const [linesA, linesB] = [compared(a, strict), compared(b, strict)];
  const pairing = new Pairing();
  const partings: Parting[] = [];
  let same = 0;
  for (let i = 0; i < Math.max(linesA.length, linesB.length); i++) {
    const [lineA, lineB] = [linesA[i], linesB[i]];
    if (lineA === undefined || lineB === undefined) {
      partings.push({ a: lineA, b: lineB, fields: [] });
      break;
    }
    const fields = compareEntries(lineA.entry, lineB.entry, pairing, { strict });
    if (fields.length === 0) {
      same++;
      continue;
    }
    partings.push({ a: lineA, b: lineB, fields });
    if (partings.length >= most || fields[0]?.field === "call") break;
  }
  return { same, partings };
}
