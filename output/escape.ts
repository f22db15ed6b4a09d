/**
 * Text from strangers (labels, device names, script words, file names) made safe to print.
 *
 * @module
 */

/**
 * Control characters, escape sequences and bidirectional overrides as `\xNN` / `\u{NNNN}`, so that
 * a buffer's label cannot move a terminal's cursor or forge a line of a report.
 */
export function escapeText(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex -- control characters are what this is about
    /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => {
      const code = c.codePointAt(0) ?? 0;
      return code < 0x100
        ? `\\x${code.toString(16).padStart(2, "0")}`
        : `\\u{${code.toString(16)}}`;
    },
  );
}
