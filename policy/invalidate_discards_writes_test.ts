import { assertEquals } from "@std/assert";
import {
  allocated,
  begins,
  books,
  created,
  ends,
  exported,
  found,
  imported,
  journalOf,
  nodeWrites,
  opened,
  reads,
  synced,
  told,
  writes,
} from "./_journal.ts";
import { rule } from "./invalidate_discards_writes.ts";

Deno.test("invalidate-discards-writes names the bytes of both users of a buffer", () => {
  const lines = [
    opened(),
    created(),
    exported(),
    nodeWrites(0, 64),
    begins("r", { books: books({ dirtyBytesDiscarded: 64 }) }),
    reads(2048, 64),
    ends("r"),
  ];
  assertEquals(told(rule, lines), [
    "error line 5: The begin r of db1, which is about the whole buffer, drops bytes that " +
    "nobody cleaned: 0x0..0x40 (64 B) of bo1, written at line 4; 64 bytes of dirty lines are " +
    "lost; it was made to read 0x800..0x840 (64 B) (line 6)",
  ]);
  assertEquals(found(rule, journalOf(lines)).map(({ events }) => events), [[3, 4]]);
});

Deno.test("invalidate-discards-writes warns where the books show that nothing was lost", () => {
  const lines = [opened(), created(), nodeWrites(0, 64)];
  assertEquals(told(rule, [...lines, begins("rw", { books: books() })]), [
    "warning line 4: The begin rw of db1, which is about the whole buffer, drops bytes " +
    "that nobody cleaned: 0x0..0x40 (64 B) of bo1, written at line 3; this time no line was dirty " +
    "any more",
  ]);
  const some = begins("rw", { books: books({ dirtyBytesDiscarded: 32 }) });
  assertEquals(
    told(rule, [...lines, some])[0]?.endsWith(
      "32 bytes of dirty lines are lost, the rest had left the cache already",
    ),
    true,
  );
  // A real cache keeps no books.
  assertEquals(told(rule, [...lines, begins("rw")])[0]?.startsWith("error"), true);
});

Deno.test("invalidate-discards-writes judges the range of an invalidate", () => {
  const lines = [opened(), created(), nodeWrites(0, 256)];
  const drops = synced(64, 64, { effect: "invalidate" });
  assertEquals(told(rule, [...lines, drops]).length, 1);
  assertEquals(told(rule, [...lines, drops])[0]?.includes(": 0x40..0x80 (64 B) of bo1"), true);
  assertEquals(told(rule, [...lines, synced(256, 64, { effect: "invalidate" })]), []);
});

Deno.test("invalidate-discards-writes counts what another bracket has not ended", () => {
  const lines = [opened(), created(), exported(), begins("w"), writes(0, 4)];
  assertEquals(told(rule, [...lines, begins("r")]).length, 1);
  assertEquals(told(rule, [...lines, ends("w"), begins("r")]), []);
});

Deno.test("invalidate-discards-writes is silent where nothing is dropped or nothing was dirty", () => {
  const cases = [
    [opened(), created(), nodeWrites(0, 64), begins("w")],
    [opened(), created(), nodeWrites(0, 64), synced(0, 64), begins("r")],
    [opened(), created(), nodeWrites(0, 64), synced(0, 64, { effect: "clean-invalidate" })],
    [opened(), created(), nodeWrites(0, 64, { caching: "write-combined" }), begins("r")],
    [opened({ coherency: "coherent" }), created(), nodeWrites(0, 64), begins("r")],
    // The exporter's begin does nothing.
    [opened(), created(), exported({ exporter: "drm" }), nodeWrites(0, 64), begins("r")],
    // Nobody has it mapped for a device.
    [allocated(), writes(0, 64, { coherency: "unknown" }), begins("r")],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
  const reached = [opened({ device: "display" }), allocated(), imported(), writes(0, 64)];
  assertEquals(told(rule, [...reached, begins("r")]).length, 1);
});
