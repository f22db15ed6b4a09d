/**
 * How wide the terminal is.
 *
 * @module
 */
import type { Asked } from "./command.ts";

/** Columns of the terminal of who typed the line, by COLUMNS; undefined where nobody told. */
export function columnsOf({ env }: Pick<Asked, "env">): number | undefined {
  const columns = Number(env("COLUMNS"));
  return Number.isInteger(columns) && columns > 0 ? columns : undefined;
}
