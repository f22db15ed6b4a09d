import { assertEquals } from "@std/assert";
import { rule } from "./cpu_access_outside_bracket.ts";
import {
  begins,
  ends,
  exported,
  found,
  journalOf,
  nodeWrites,
  reads,
  told,
  writes,
} from "./_journal.ts";

const outside = "of db1 through map1 outside a begin/end bracket: the memory is cached and the " +
  "device does not see the CPU's caches";

Deno.test("cpu-access-outside-bracket reports an access without a bracket", () => {
  assertEquals(told(rule, [exported(), writes(0, 4)]), [
    `error line 2: CPU write of 0x0..0x4 (4 B) ${outside}`,
  ]);
});

Deno.test("cpu-access-outside-bracket reports an access after the end", () => {
  assertEquals(told(rule, [begins("r"), reads(0, 4), ends("r"), reads(8, 4)]), [
    `error line 4: CPU read of 0x8..0xc (4 B) ${outside}`,
  ]);
});

Deno.test("cpu-access-outside-bracket tells of one command once", () => {
  const lines = [[writes(0, 4), reads(0, 4), reads(64, 4)], [reads(0, 4), reads(0, 4)]];
  assertEquals(told(rule, lines), [
    `error line 1: CPU write and read of 0x0..0x4 (4 B), 0x40..0x44 (4 B) ${outside}`,
    `error line 2: CPU read of 0x0..0x4 (4 B) ${outside}`,
  ]);
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.events), [[0, 1, 2], [3, 4]]);
});

Deno.test("cpu-access-outside-bracket is milder where nothing can go wrong here", () => {
  const severities = [
    writes(0, 4, { caching: "write-combined" }),
    writes(0, 4, { coherency: "io-coherent" }),
    writes(0, 4, { coherency: "unknown" }),
    writes(0, 4, { caching: "unknown" }),
  ].map((event) => found(rule, journalOf([event])).map((finding) => finding.severity));
  assertEquals(severities, [["note"], ["note"], ["note"], ["note"]]);
});

Deno.test("cpu-access-outside-bracket leaves bracketed and node accesses alone", () => {
  assertEquals(told(rule, [begins("rw"), writes(0, 4), reads(0, 4), ends("rw")]), []);
  // The bracket is the memory's, whichever descriptor it was made on.
  assertEquals(told(rule, [begins("w", { dmaBuf: "db9" }), writes(0, 4), ends("w")]), []);
  // Two brackets are open, one ends: the access is inside the other.
  assertEquals(told(rule, [begins("r"), begins("r"), ends("r"), reads(0, 4), ends("r")]), []);
  // A wrong direction is another rule's.
  assertEquals(told(rule, [begins("r"), writes(0, 4), ends("r")]), []);
  // A map of one's own buffer through its node is synced by the driver's calls.
  assertEquals(told(rule, [nodeWrites(0, 4)]), []);
});

Deno.test("cpu-access-outside-bracket does not take another memory's bracket", () => {
  assertEquals(told(rule, [begins("w", { memory: "m2" }), writes(0, 4)]).length, 1);
});
