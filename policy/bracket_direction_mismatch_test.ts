import { assertEquals } from "@std/assert";
import { rule } from "./bracket_direction_mismatch.ts";
import { begins, ends, found, journalOf, reads, told, writes } from "./_journal.ts";

Deno.test("bracket-direction-mismatch reports an end that leaves out the write", () => {
  assertEquals(told(rule, [begins("rw"), writes(0, 4), ends("r")]), [
    'error line 3: "end r" of db1 ends "begin rw" of db1 (line 1); ' +
    "the bytes written in between need not be cleaned",
  ]);
});

Deno.test("bracket-direction-mismatch warns where no byte is known to be lost", () => {
  assertEquals(told(rule, [begins("rw"), reads(0, 4), ends("r", { dmaBuf: "db2" })]), [
    'warning line 3: "end r" of db2 ends "begin rw" of db1 (line 1)',
  ]);
  assertEquals(told(rule, [begins("r"), ends("w")]), [
    'warning line 2: "end w" of db1 ends "begin r" of db1 (line 1)',
  ]);
});

Deno.test("bracket-direction-mismatch is a note where caches play no part", () => {
  const lines = [begins("rw"), writes(0, 4, { coherency: "coherent" }), ends("r")];
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.severity), ["note"]);
});

Deno.test("bracket-direction-mismatch leaves matching and missing begins alone", () => {
  assertEquals(told(rule, [begins("r"), ends("r"), begins("w"), ends("w")]), []);
  // Interleaved brackets of two users: each finds the begin of its direction.
  assertEquals(told(rule, [begins("r"), begins("w"), ends("r"), ends("w")]), []);
  assertEquals(told(rule, [ends("w")]), []);
  assertEquals(told(rule, [begins("r", { memory: "m2" }), ends("w")]), []);
});
