/**
 * `hexdump -C` as text.
 *
 * @module
 */

/**
 * Lines of 16 bytes: offset, hexadecimal, printable ASCII. A run of equal lines is shown as `*`,
 * and nothing as nothing.
 * @param base the offset printed for the first byte
 */
export function hexdump(bytes: Uint8Array, base = 0): string {
  if (bytes.length === 0) return "";
  const lines: string[] = [];
  let previous = "";
  let starred = false;
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = row.toHex();
    if (hex === previous) {
      if (!starred) lines.push("*");
      starred = true;
      continue;
    }
    previous = hex;
    starred = false;
    const pairs = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const left = pairs.slice(0, 8).join(" ").padEnd(23);
    const right = pairs.slice(8).join(" ").padEnd(23);
    const text = Array.from(
      row,
      (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
    ).join("");
    lines.push(`${(base + at).toString(16).padStart(8, "0")}  ${left}  ${right}  |${text}|`);
  }
  lines.push((base + bytes.length).toString(16).padStart(8, "0"));
  return lines.join("\n");
}
