/**
 * Paragraphs in lines that fit.
 *
 * @module
 */

/**
 * A paragraph in lines of at most `width` columns, each beginning with `indent`; a word that is
 * longer keeps a line of its own.
 * @param first what the first line begins with, where that is not `indent`
 */
export function wrapText(
  paragraph: string,
  width: number,
  indent = "",
  first = indent,
): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of paragraph.split(/\s+/).filter((part) => part !== "")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return empty ? lines : [...lines, line];
}
