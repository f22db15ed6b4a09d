/**
 * Calls `visit` for each page's part of a range: page index, offset in the page, length, and the
 * bytes that came before it. All in bytes but the index.
 */
export function forEachPart(
  pageBytes: number,
  offset: number,
  length: number,
  visit: (index: number, from: number, length: number, done: number) => void,
): void {
  let done = 0;
  while (done < length) {
    const at = offset + done;
    const index = Math.floor(at / pageBytes);
    const from = at - index * pageBytes;
    const part = Math.min(pageBytes - from, length - done);
    visit(index, from, part, done);
    done += part;
  }
}
