import { assertEquals } from "@std/assert";
import {
  begins,
  closed,
  created,
  deviceReads,
  ends,
  found,
  journalOf,
  nodeWrites,
  opened,
  synced,
  told,
} from "./_journal.ts";
import { rule } from "./sync_narrower_than_written.ts";

const start = [opened(), created()];

Deno.test("sync-narrower-than-written tells of a rest that the device reads", () => {
  const lines = [...start, nodeWrites(32, 192), synced(0, 192), deviceReads(192, 32)];
  assertEquals(told(rule, lines), [
    "warning line 4: The sync of bo1 asks for 0x0..0xc0 (192 B) where the CPU had written " +
    "0x20..0xe0 (192 B) of bo1 (line 3): the rest, 0xc0..0xe0 (32 B), was not cleaned when panthor " +
    "read it (line 5)",
  ]);
  assertEquals(found(rule, journalOf(lines)).map(({ events }) => events), [[2, 3, 4]]);
});

Deno.test("sync-narrower-than-written notes a rest that nobody cleaned or read, at the end", () => {
  const lines = [...start, nodeWrites(0, 128), synced(0, 64)];
  const note = "note line 4: The sync of bo1 asks for 0x0..0x40 (64 B) where the CPU had " +
    "written 0x0..0x80 (128 B) of bo1 (line 3): the rest, 0x40..0x80 (64 B), is never cleaned";
  assertEquals(told(rule, lines), [note]);
  assertEquals(told(rule, [...lines, closed("buffer", "bo1"), created()]), [note]);
  assertEquals(told(rule, [...lines, deviceReads(0, 64)]), [note]);
});

Deno.test("sync-narrower-than-written tells of each write once", () => {
  const lines = [...start, nodeWrites(0, 192), synced(0, 64), deviceReads(64, 64)];
  assertEquals(told(rule, [...lines, deviceReads(64, 64), synced(64, 64)]).length, 1);
});

Deno.test("sync-narrower-than-written is silent where the rest is cleaned, written anew or whole", () => {
  const written = [...start, nodeWrites(0, 128)];
  const cases = [
    [...written, synced(0, 64), synced(64, 64), deviceReads(0, 128)],
    [...written, synced(0, 128), deviceReads(0, 128)],
    [...written, synced(0, 64), begins("w"), ends("w"), deviceReads(0, 128)],
    // A write of its own, which no clean touched: missing-clean.
    [...start, nodeWrites(0, 64), nodeWrites(64, 64), synced(0, 64), deviceReads(64, 64)],
    [...written, deviceReads(0, 128)],
    [opened({ coherency: "coherent" }), created(), nodeWrites(0, 128), synced(0, 64)],
    [...start, nodeWrites(0, 128, { caching: "write-combined" }), synced(0, 64)],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});

Deno.test("sync-narrower-than-written forgets what was cleaned in parts, and nothing else", () => {
  const parts = Array.from({ length: 500 }, () => [
    nodeWrites(0, 128),
    synced(0, 64),
    synced(64, 64),
  ]).flat();
  const short = [nodeWrites(1024, 128), synced(1024, 64)];
  assertEquals(told(rule, [...start, ...short, ...parts]).length, 1);
});
