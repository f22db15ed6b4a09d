/**
 * Bytes drawn against cache lines, in a bounded number of characters.
 *
 * @module
 */
import type { ByteRange } from "../ffi/kernel.ts";
import { formatSize } from "../syntax/size.ts";
import type { LinePicture } from "./report.ts";

/** Columns of a bar, without the marks between cache lines, where there is room. */
const COLUMNS = 64;
/** As few columns as make a picture. */
const FEWEST_COLUMNS = 8;
/** Cache lines are set apart where each has at least so many columns. */
const LEAST_OF_A_LINE = 4;

/** The bytes of `ranges`, which do not overlap, that are in one column: all, some or none. */
function mark(ranges: readonly ByteRange[], start: number, length: number): string {
  const covered = ranges.reduce((sum, range) => {
    const from = Math.max(range.offset, start);
    const to = Math.min(range.offset + range.length, start + length);
    return sum + Math.max(0, to - from);
  }, 0);
  return covered === length ? "#" : covered > 0 ? "+" : ".";
}

/** How the bytes are laid out. */
interface Scale {
  readonly start: number;
  readonly columns: number;
  /** Bytes of a column. */
  readonly step: number;
  /** Columns of a cache line, 0 where lines are not set apart. */
  readonly group: number;
}

function scaleOf({ lineBytes, rows }: LinePicture, most: number): Scale {
  const ranges = rows.flatMap(({ ranges }) => ranges ?? []).filter(({ length }) => length > 0);
  // Without spreading: there can be more than a call takes.
  const first = ranges.reduce((least, { offset }) => Math.min(least, offset), Infinity);
  const end = ranges.reduce((most, { offset, length }) => Math.max(most, offset + length), 0);
  const start = Math.floor(first / lineBytes) * lineBytes;
  const lines = Math.max(1, Math.ceil((end - start) / lineBytes));
  let step = 1;
  while ((lines * lineBytes) / step > most) step *= 2;
  const columns = Math.ceil((lines * lineBytes) / step);
  const group = Number.isInteger(lineBytes / step) ? lineBytes / step : 0;
  return { start, columns, step, group: group >= LEAST_OF_A_LINE ? group : 0 };
}

function bar(ranges: readonly ByteRange[] | undefined, scale: Scale): string {
  const { start, columns, step, group } = scale;
  let text = "|";
  for (let i = 0; i < columns; i++) {
    text += ranges === undefined ? "#" : mark(ranges, start + i * step, step);
    if (i === columns - 1 || (group > 0 && (i + 1) % group === 0)) text += "|";
  }
  return text;
}

/** Characters of a bar. */
function lengthOf({ columns, group }: Scale): number {
  return 1 + columns + (group > 0 ? Math.ceil(columns / group) : 1);
}

const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * A line for each row, a legend above them: `#` all bytes of a column, `+` some, `.` none. At most
 * 100 characters a line beside the labels.
 * @param room characters that a row may have, 8 columns of bytes apart; the legend may be longer
 */
export function drawLines(picture: LinePicture, room = Infinity): string[] {
  const { lineBytes, assumed, rows } = picture;
  const labels = rows.map(({ what, at }) =>
    at.line === undefined ? what : `${what}, line ${at.line}`
  );
  const width = Math.max(...labels.map((label) => label.length));
  let most = COLUMNS;
  let scale = scaleOf(picture, most);
  while (width + 1 + lengthOf(scale) > room && most > FEWEST_COLUMNS) {
    most /= 2;
    scale = scaleOf(picture, most);
  }
  const { start, columns, step, group } = scale;
  const cells = step === 1 ? "a byte a column" : `${formatSize(step)} a column`;
  const some = step > 1 ? ", + some" : "";
  const between = group > 0 ? ", | between cache lines" : "";
  return [
    `bytes ${hex(start)}..${hex(start + columns * step)}, ${cells}; cache lines of ` +
    `${formatSize(lineBytes)}${assumed ? " (assumed)" : ""}: # all${some}, . none${between}`,
    ...rows.map(({ ranges }, i) => `${(labels[i] ?? "").padEnd(width)} ${bar(ranges, scale)}`),
  ];
}
