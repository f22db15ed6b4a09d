import { assertEquals } from "@std/assert";
import { escapeText } from "./escape.ts";

Deno.test("escapeText() makes visible what moves a terminal's cursor or forges a line", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["\x1b[2J", "\\x1b[2J"],
    ["a\nb\r\tc", "a\\x0ab\\x0d\\x09c"],
    ["\x00\x07\x7f", "\\x00\\x07\\x7f"],
    ["\x9b31m", "\\x9b31m"],
    ["\u202eabc", "\\u{202e}abc"],
    ["\u200b\u2066\ufeff", "\\u{200b}\\u{2066}\\u{feff}"],
    ["\u2028\u2029", "\\u{2028}\\u{2029}"],
  ];
  for (const [text, safe] of cases) assertEquals(escapeText(text), safe);
});

Deno.test("escapeText() leaves text of any language as it is", () => {
  for (const text of ["", "frame 1", "größe", "画像", "🙂", "a\\x1b"]) {
    assertEquals(escapeText(text), text);
  }
});

Deno.test("escapeText() leaves no control character of Latin-1, whatever it is given", () => {
  const all = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join("");
  const codes = Array.from(escapeText(all), (c) => c.charCodeAt(0));
  assertEquals(codes.filter((code) => code < 0x20 || (code >= 0x7f && code < 0xa0)), []);
});
