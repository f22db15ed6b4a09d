import { assertEquals } from "@std/assert";
import { range } from "./_journal.ts";
import { lineCount, linesAround } from "./_lines.ts";
import { wholeBuffer } from "./_ranges.ts";

Deno.test("linesAround() rounds outwards to whole lines, and nothing to nothing", () => {
  const cases = [
    [range(0, 64), range(0, 64), 1],
    [range(63, 2), range(0, 128), 2],
    [range(64, 1), range(64, 64), 1],
    [range(100, 0), range(100, 0), 0],
  ] as const;
  for (const [asked, around, lines] of cases) {
    assertEquals(linesAround(asked, 64), around);
    assertEquals(lineCount(asked, 64), lines);
  }
  assertEquals(linesAround(wholeBuffer, 64).offset, 0);
});
