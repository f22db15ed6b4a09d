/**
 * Plain text tables: columns padded with spaces, no ruling, so that they can be cut and grepped.
 *
 * @module
 */
import { stripAnsiCode } from "@std/fmt/colors";

/**
 * Rows of cells as lines, each column as wide as its widest cell, two spaces between columns.
 * @param rows the cells, colour codes allowed; the first row may be a heading
 */
export function formatTable(rows: readonly (readonly string[])[], indent = ""): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, stripAnsiCode(cell).length);
    });
  }
  return rows.map((row) =>
    indent +
    row.map((cell, i) =>
      i === row.length - 1
        ? cell
        : cell + " ".repeat((widths[i] ?? 0) - stripAnsiCode(cell).length + 2)
    ).join("").trimEnd()
  ).join("\n");
}
