import { assertEquals } from "@std/assert";
import {
  created,
  deviceWrites,
  found,
  job,
  journalOf,
  nodeWrites,
  opened,
  reads,
  synced,
  told,
} from "./_journal.ts";
import { rule } from "./line_shared_by_writers.ts";

const start = [opened({ lineBytes: 64 }), created()];
const forCpu = (offset: number, length: number) =>
  synced(offset, length, { effect: "clean-invalidate" });

Deno.test("line-shared-by-writers tells of a device's write beside dirty bytes", () => {
  const lines = [...start, nodeWrites(0, 32), deviceWrites(32, 32)];
  assertEquals(told(rule, lines), [
    "error line 4: The CPU wrote 0x0..0x20 (32 B) of bo1 (line 3) and panthor 0x20..0x40 (32 B) " +
    "(line 4), different bytes of the same cache line, with no clean or invalidate in between: " +
    "the CPU's dirty line goes back as a whole, over what the device wrote",
  ]);
  assertEquals(found(rule, journalOf(lines)).map(({ events }) => events), [[2, 3]]);
});

Deno.test("line-shared-by-writers names only the bytes that lie in shared lines", () => {
  const lines = [...start, nodeWrites(0, 200), deviceWrites(220, 100)];
  assertEquals(
    told(rule, lines)[0]?.includes(
      "wrote 0xc0..0xc8 (8 B) of bo1 (line 3) and panthor 0xdc..0x100",
    ),
    true,
  );
});

Deno.test("line-shared-by-writers tells of a CPU's write into a line that is older than the device's", () => {
  const read = reads(32, 32, { of: "bo1", via: "node" });
  const lines = [...start, read, deviceWrites(32, 32), nodeWrites(0, 32)];
  assertEquals(
    told(rule, lines).map((text) => text.split(": ").at(-1)),
    ["the CPU's line is older than what the device wrote, and its write-back destroys that"],
  );
  assertEquals(
    told(rule, [...start, read, deviceWrites(32, 32), forCpu(32, 32), nodeWrites(0, 32)]),
    [],
  );
  // Fetched for the write, the line is as new as the memory.
  assertEquals(told(rule, [...start, deviceWrites(32, 32), nodeWrites(0, 32)]), []);
});

Deno.test("line-shared-by-writers tells of a device's write over bytes that wait to be cleaned", () => {
  const lines = [...start, nodeWrites(0, 64), deviceWrites(0, 64)];
  assertEquals(told(rule, lines)[0]?.includes(", the same bytes, with no clean"), true);
});

Deno.test("line-shared-by-writers takes a job's bytes to arrive up to its end, and tells once", () => {
  const work = [...start, job("begin"), deviceWrites(32, 32), nodeWrites(0, 32)];
  assertEquals(told(rule, work).length, 1);
  assertEquals(told(rule, [...work, job("end")]).length, 1);
});

Deno.test("line-shared-by-writers has the size of a line from the journal, or says what it takes", () => {
  const wide = [opened({ lineBytes: 128 }), created(), nodeWrites(0, 64), deviceWrites(64, 64)];
  assertEquals(told(rule, wide).length, 1);
  assertEquals(told(rule, [...start, nodeWrites(0, 64), deviceWrites(64, 64)]), []);
  const untold = [opened(), created(), nodeWrites(0, 32), deviceWrites(32, 32)];
  assertEquals(
    told(rule, untold)[0]?.includes(
      "the same cache line (with lines of 64 bytes, which nobody told), with",
    ),
    true,
  );
});

Deno.test("line-shared-by-writers is silent where a sync lies between, or no cache does", () => {
  const cases = [
    [...start, nodeWrites(0, 32), synced(0, 32), deviceWrites(32, 32)],
    [...start, nodeWrites(0, 32, { caching: "write-combined" }), deviceWrites(32, 32)],
    [opened({ coherency: "io-coherent" }), created(), nodeWrites(0, 32), deviceWrites(32, 32)],
    [...start, nodeWrites(0, 32), created(), deviceWrites(32, 32)],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
  const unknown = [opened({ coherency: "unknown" }), created(), nodeWrites(0, 32)];
  assertEquals(told(rule, [...unknown, deviceWrites(32, 32)])[0]?.split(" ")[0], "warning");
});
