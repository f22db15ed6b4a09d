import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { formatHex, parseHex } from "./hex.ts";
import { hostilePieces, randomNumbers, randomTexts } from "./_random_text.ts";

Deno.test("parseHex() reads pairs of digits, with 0x, spaces and _ where people put them", () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ["00", [0]],
    ["deadbeef", [0xde, 0xad, 0xbe, 0xef]],
    ["DEADBEEF", [0xde, 0xad, 0xbe, 0xef]],
    ["0xdead", [0xde, 0xad]],
    ["de ad be ef", [0xde, 0xad, 0xbe, 0xef]],
    ["de_ad", [0xde, 0xad]],
  ];
  for (const [text, bytes] of cases) assertEquals([...parseHex(text)], [...bytes], text);
});

Deno.test("parseHex() names what is wrong", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", '"" has 0 hexadecimal digits; two make a byte'],
    ["0x", '"0x" has 0 hexadecimal digits; two make a byte'],
    ["abc", '"abc" has 3 hexadecimal digits; two make a byte'],
    ["zz", '"zz" is not hexadecimal'],
    ["-1", '"-1" is not hexadecimal'],
    ["0x0x12", '"0x0x12" is not hexadecimal'],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => parseHex(text, "--write"), UsageError, `--write: ${message}`);
    assertEquals(error.word, text);
  }
});

Deno.test("parseHex() reads back what formatHex() writes", () => {
  const below = randomNumbers(5);
  for (let i = 0; i < 500; i++) {
    const bytes = Uint8Array.from({ length: 1 + below(40) }, () => below(256));
    assertEquals(parseHex(formatHex(bytes)), bytes);
  }
});

Deno.test("parseHex() throws nothing but UsageError, whatever it is given", () => {
  for (const text of randomTexts(hostilePieces, { count: 5000, most: 6, seed: 6 })) {
    try {
      parseHex(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw new Error(JSON.stringify(text), { cause: error });
    }
  }
});
