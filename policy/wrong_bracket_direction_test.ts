import { assertEquals } from "@std/assert";
import { begins, ends, found, journalOf, reads, told, writes } from "./_journal.ts";
import { rule } from "./wrong_bracket_direction.ts";

const cached = "the memory is cached and the device does not see the CPU's caches";

Deno.test("wrong-bracket-direction reports a write inside a read-only bracket", () => {
  assertEquals(told(rule, [begins("r"), writes(0, 4), ends("r")]), [
    'error line 2: CPU write of 0x0..0x4 (4 B) of db1 through map1 inside "begin r" of db1 ' +
    `(line 1): its end need not write the bytes back; ${cached}`,
  ]);
});

Deno.test("wrong-bracket-direction reports a read inside a write-only bracket", () => {
  assertEquals(told(rule, [begins("w"), reads(0, 4), ends("w")]), [
    'error line 2: CPU read of 0x0..0x4 (4 B) of db1 through map1 inside "begin w" of db1 ' +
    `(line 1): its begin did not invalidate the lines; ${cached}`,
  ]);
});

Deno.test("wrong-bracket-direction reports of a read only what was not written inside", () => {
  assertEquals(told(rule, [begins("w"), writes(0, 4), reads(0, 8), ends("w")]), [
    'error line 3: CPU read of 0x4..0x8 (4 B) of db1 through map1 inside "begin w" of db1 ' +
    `(line 1): its begin did not invalidate the lines; ${cached}`,
  ]);
  // What an earlier bracket wrote, the device may have overwritten since.
  const again = [begins("w"), writes(0, 4), ends("w"), begins("w"), reads(0, 4), ends("w")];
  assertEquals(told(rule, again).length, 1);
});

Deno.test("wrong-bracket-direction names the newest bracket and each access", () => {
  const found = told(rule, [begins("w"), begins("w"), reads(0, 4), reads(0, 4)]);
  assertEquals(found.length, 2);
  assertEquals(found[0]?.includes('inside "begin w" of db1 (line 2)'), true);
});

Deno.test("wrong-bracket-direction is a note where caches play no part", () => {
  const lines = [begins("r"), writes(0, 4, { caching: "write-combined" }), ends("r")];
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.severity), ["note"]);
});

Deno.test("wrong-bracket-direction leaves matching accesses alone", () => {
  assertEquals(told(rule, [begins("rw"), writes(0, 4), reads(8, 4), ends("rw")]), []);
  assertEquals(told(rule, [begins("w"), writes(0, 8), reads(2, 4), ends("w")]), []);
  assertEquals(told(rule, [begins("w"), writes(0, 4), begins("w"), reads(0, 4)]), []);
  // Brackets have no owner: one open bracket for each direction will do.
  assertEquals(told(rule, [begins("w"), begins("r"), reads(0, 4), writes(0, 4)]), []);
  // Outside any bracket is another rule's.
  assertEquals(told(rule, [begins("r"), ends("r"), writes(0, 4)]), []);
  assertEquals(told(rule, [begins("r"), writes(0, 4, { memory: "m2" })]), []);
});
