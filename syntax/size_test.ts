import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { formatSize, parseSize } from "./size.ts";
import { hostilePieces, randomNumbers, randomTexts } from "./_random_text.ts";

Deno.test("parseSize() reads numbers, hexadecimal numbers and units of 1024", () => {
  const cases: readonly (readonly [string, bigint])[] = [
    ["0", 0n],
    ["64", 64n],
    ["064", 64n],
    ["0x1000", 4096n],
    ["0XfF", 255n],
    ["64B", 64n],
    ["4k", 4096n],
    ["4K", 4096n],
    ["4KiB", 4096n],
    ["4 KiB", 4096n],
    ["4kib", 4096n],
    ["1M", 1n << 20n],
    ["1MiB", 1n << 20n],
    ["2G", 2n << 30n],
    ["1TiB", 1n << 40n],
    ["0x10k", 16n << 10n],
    ["0xb", 11n],
    ["18446744073709551615", (1n << 64n) - 1n],
    ["0xffffffffffffffff", (1n << 64n) - 1n],
  ];
  for (const [text, bytes] of cases) assertEquals(parseSize(text), bytes, text);
});

Deno.test("parseSize() names what is wrong with a size", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", 'size: "" is not a size'],
    ["-1", 'size: "-1" is negative'],
    ["-4KiB", 'size: "-4KiB" is negative'],
    ["1.5M", 'size: "1.5M" is not a size'],
    ["+4", 'size: "+4" is not a size'],
    ["0x", 'size: "0x" is not a size'],
    ["KiB", 'size: "KiB" is not a size'],
    ["4 4", 'size: "4 4" is not a size'],
    ["4parsec", 'size: "4parsec" has an unknown unit "parsec"'],
    ["4constructor", 'size: "4constructor" has an unknown unit "constructor"'],
    ["٤", 'size: "٤" is not a size'],
    ["18446744073709551616", 'size: "18446744073709551616" does not fit 64 bits'],
    ["16777216T", 'size: "16777216T" does not fit 64 bits'],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => parseSize(text), UsageError);
    assertEquals(error.message, message);
    assertEquals([error.word, error.exitCode], [text, 2]);
  }
});

Deno.test("parseSize() begins its message with what the size is for", () => {
  assertThrows(() => parseSize("x", "--size"), UsageError, '--size: "x" is not a size');
});

Deno.test("formatSize() uses a unit only where it divides evenly", () => {
  const cases: readonly (readonly [bigint | number, string])[] = [
    [0, "0 B"],
    [100, "100 B"],
    [1024, "1 KiB"],
    [1025, "1025 B"],
    [4096n, "4 KiB"],
    [5 << 20, "5 MiB"],
    [1n << 50n, "1024 TiB"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatSize(bytes), text);
});

Deno.test("parseSize() reads back what formatSize() writes", () => {
  const below = randomNumbers(1);
  for (let i = 0; i < 2000; i++) {
    const bytes = BigInt(below(2 ** 31)) << BigInt(below(33));
    assertEquals(parseSize(formatSize(bytes)), bytes);
  }
});

Deno.test("parseSize() throws nothing but UsageError, whatever it is given", () => {
  for (const text of randomTexts(hostilePieces, { count: 5000, most: 6, seed: 2 })) {
    try {
      const bytes = parseSize(text);
      assertEquals(bytes >= 0n && bytes < 1n << 64n, true, text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw new Error(JSON.stringify(text), { cause: error });
    }
  }
});
