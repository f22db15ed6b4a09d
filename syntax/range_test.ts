import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { formatRange, parseRange } from "./range.ts";
import { hostilePieces, randomNumbers, randomTexts } from "./_random_text.ts";

Deno.test("parseRange() reads OFFSET:LENGTH and START..END", () => {
  const cases: readonly (readonly [string, bigint, bigint])[] = [
    ["0:64", 0n, 64n],
    ["0..64", 0n, 64n],
    ["4KiB:64", 4096n, 64n],
    ["0x40..0x80", 64n, 64n],
    ["1K..2K", 1024n, 1024n],
    ["7:0", 7n, 0n],
    ["7..7", 7n, 0n],
    ["0:0xffffffffffffffff", 0n, (1n << 64n) - 1n],
    ["0xffffffffffffffff:0", (1n << 64n) - 1n, 0n],
  ];
  for (const [text, offset, length] of cases) {
    assertEquals(parseRange(text), { offset, length }, text);
  }
});

Deno.test("parseRange() names what is wrong with a range", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", '"" is not a range'],
    ["64", '"64" is not a range'],
    [":64", '":64" has no offset'],
    ["0:", '"0:" has no length'],
    ["..64", '"..64" has no start'],
    ["0..", '"0.." has no end'],
    ["..", '".." has no start'],
    ["0x80..0x40", '"0x80..0x40" ends before it starts'],
    ["-1:64", 'offset of "-1:64": "-1" is negative'],
    ["0:-64", 'length of "0:-64": "-64" is negative'],
    ["0:64:64", 'length of "0:64:64": "64:64" is not a size'],
    ["a:64", 'offset of "a:64": "a" is not a size'],
    ["0xffffffffffffffff:1", '"0xffffffffffffffff:1" overflows 64 bits'],
    ["0:0x10000000000000000", "does not fit 64 bits"],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => parseRange(text, "--range"), UsageError, message);
    assertThrows(() => parseRange(text, "--range"), UsageError, "--range: ");
  }
});

Deno.test("formatRange() shows start, excluded end and length", () => {
  assertEquals(formatRange({ offset: 64, length: 64 }), "0x40..0x80 (64 B)");
  assertEquals(formatRange({ offset: 0n, length: 0n }), "0x0..0x0 (0 B)");
});

Deno.test("parseRange() reads back the first word of what formatRange() writes", () => {
  const below = randomNumbers(3);
  for (let i = 0; i < 2000; i++) {
    const offset = BigInt(below(2 ** 31)) << BigInt(below(32));
    const length = BigInt(below(2 ** 31));
    const [word = ""] = formatRange({ offset, length }).split(" ");
    assertEquals(parseRange(word), { offset, length });
  }
});

Deno.test("parseRange() throws nothing but UsageError, whatever it is given", () => {
  for (const text of randomTexts(hostilePieces, { count: 5000, most: 8, seed: 4 })) {
    try {
      const { offset, length } = parseRange(text);
      assertEquals(offset >= 0n && length >= 0n && offset + length < 1n << 64n, true, text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw new Error(JSON.stringify(text), { cause: error });
    }
  }
});
