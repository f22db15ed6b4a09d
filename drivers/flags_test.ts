import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { flagNamesOf, flagWord } from "./flags.ts";

const driver = { name: "mali", flagNames: { "no-mmap": 1, "wb-mmap": 2, top: 0x8000_0000 } };

Deno.test("flagWord() ors names, in the kernel's spelling, too, and numbers", () => {
  const cases: readonly (readonly [readonly string[], number])[] = [
    [[], 0],
    [["wb-mmap"], 2],
    [["WB_MMAP"], 2],
    [["no-mmap", "wb-mmap"], 3],
    [["0x4", "8"], 12],
    [["top", "no-mmap"], 0x8000_0001],
    [["0xffffffff"], 0xffff_ffff],
  ];
  for (const [names, word] of cases) assertEquals(flagWord(driver, names), word, names.join());
});

Deno.test("flagWord() names the nearest flag for one that the driver does not have", () => {
  for (const name of ["wbmmap", "constructor", "-1", "0x100000000", ""]) {
    const error = assertThrows(() => flagWord(driver, [name]), UsageError);
    assertEquals(error.message, `--flags: mali has no flag "${name}"`);
    assertEquals(error.word, name);
  }
  const nearest = assertThrows(() => flagWord(driver, ["wbmmap"]), UsageError);
  assertEquals(nearest.hint, 'Did you mean "wb-mmap"? mali has: no-mmap, wb-mmap, top.');
  const none = { name: "dumb", flagNames: {} };
  const error = assertThrows(() => flagWord(none, ["x"]), UsageError);
  assertEquals(error.hint, "dumb takes no flags.");
});

Deno.test("flagNamesOf() names a word's bits and shows the rest as one number", () => {
  assertEquals(flagNamesOf(driver.flagNames, 0), []);
  assertEquals(flagNamesOf(driver.flagNames, 3), ["no-mmap", "wb-mmap"]);
  assertEquals(flagNamesOf(driver.flagNames, 0x8000_0012), ["wb-mmap", "top", "0x10"]);
  assertEquals(flagNamesOf({}, 0xffff_ffff), ["0xffffffff"]);
});

Deno.test("flagWord() takes back what flagNamesOf() gives", () => {
  for (const word of [0, 1, 2, 3, 0x10, 0x8000_0000, 0xffff_ffff]) {
    assertEquals(flagWord(driver, flagNamesOf(driver.flagNames, word)), word);
  }
});
