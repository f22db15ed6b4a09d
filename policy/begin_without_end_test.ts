import { assertEquals } from "@std/assert";
import { rule } from "./begin_without_end.ts";
import {
  allocated,
  begins,
  closed,
  ends,
  exported,
  found,
  journalOf,
  reads,
  told,
  writes,
} from "./_journal.ts";

Deno.test("begin-without-end reports a bracket that is open at the end of the journal", () => {
  assertEquals(told(rule, [exported(), begins("w"), writes(0, 4), writes(4, 4)]), [
    'error line 2: "begin w" of db1 has no end: the journal ends with the bracket open; ' +
    "0x0..0x8 (8 B) written since then waits to be written back",
  ]);
});

Deno.test("begin-without-end reports the close that left the bracket open", () => {
  const lines = [exported(), begins("r"), reads(0, 4), closed("dma-buf", "db1")];
  assertEquals(told(rule, lines), [
    'warning line 2: "begin r" of db1 has no end: db1 was closed (line 4) with the bracket open',
  ]);
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.events), [[1, 3]]);
});

Deno.test("begin-without-end does not blame a close while another descriptor is open", () => {
  const second = exported({ dmaBuf: "db2", first: false });
  assertEquals(told(rule, [exported(), second, begins("r"), closed("dma-buf", "db1")]), [
    'warning line 3: "begin r" of db1 has no end: the journal ends with the bracket open',
  ]);
});

Deno.test("begin-without-end does not blame a close before the begin", () => {
  // The bracket was begun on the descriptor that an import keeps.
  assertEquals(told(rule, [exported(), closed("dma-buf", "db1"), begins("r")]), [
    'warning line 3: "begin r" of db1 has no end: the journal ends with the bracket open',
  ]);
});

Deno.test("begin-without-end wants an end for every begin", () => {
  assertEquals(told(rule, [allocated(), begins("r"), begins("r"), ends("r")]), [
    'warning line 2: "begin r" of db1 has no end: the journal ends with the bracket open',
  ]);
});

Deno.test("begin-without-end is a note where caches play no part", () => {
  const write = writes(0, 4, { caching: "write-combined" });
  assertEquals(
    found(rule, journalOf([begins("w"), write])).map((finding) => finding.severity),
    ["note"],
  );
});

Deno.test("begin-without-end leaves ended brackets alone", () => {
  assertEquals(told(rule, [begins("w"), writes(0, 4), ends("w"), closed("dma-buf", "db1")]), []);
  // Ended with other flags, or on another descriptor of the memory.
  assertEquals(told(rule, [begins("rw"), ends("w")]), []);
  assertEquals(told(rule, [begins("w"), ends("w", { dmaBuf: "db2" })]), []);
  // The close of something else is no end of the dma-buf.
  assertEquals(told(rule, [begins("w"), closed("mapping", "map1"), ends("w")]), []);
});
