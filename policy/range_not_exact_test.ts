import { assertEquals } from "@std/assert";
import { books, created, deviceReads, opened, range, synced, told } from "./_journal.ts";
import { rule } from "./range_not_exact.ts";

const start = [opened({ lineBytes: 64 }), created(), deviceReads(0, 4)];
const touching = (linesTouched: number) => ({ books: books({ linesTouched }) });

Deno.test("range-not-exact tells of lines beyond the range, once for each device", () => {
  const wide = synced(0, 64, touching(64));
  assertEquals(told(rule, [...start, wide, wide]), [
    "warning line 4: The sync of bo1 asked panthor for 0x0..0x40 (64 B) and touched 64 cache lines " +
    "where the range has 1: the range is taken for a hint",
  ]);
  assertEquals(told(rule, [...start, wide, { ...wide, device: "other" }]).length, 2);
});

Deno.test("range-not-exact counts whole lines, each range of a call, and both passes of a flush", () => {
  const cases = [
    synced(60, 8, touching(2)),
    synced(0, 64, {
      ...touching(2),
      asked: [range(0, 64), range(512, 64)],
      touched: [range(0, 64), range(512, 64)],
    }),
    synced(0, 64, { ...touching(2), effect: "clean-invalidate" }),
    synced(0, 64, touching(0)),
    // A real kernel counts nothing.
    synced(0, 64),
    // A whole-buffer interface.
    synced(0, 64, { ...touching(64), touched: [range(0, 4096)] }),
  ];
  for (const sync of cases) assertEquals(told(rule, [...start, sync]), []);
  const twice = synced(0, 64, { ...touching(3), effect: "clean-invalidate" });
  assertEquals(told(rule, [...start, twice]).length, 1);
});

Deno.test("range-not-exact does not judge the sync that may map the buffer for the device", () => {
  const wide = synced(0, 64, touching(64));
  assertEquals(told(rule, [opened(), created(), wide]), []);
  assertEquals(told(rule, [opened(), created(), wide, wide]).length, 1);
  assertEquals(told(rule, [opened(), created(), wide, created(), wide]), []);
});
