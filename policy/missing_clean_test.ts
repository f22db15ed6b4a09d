import { assertEquals } from "@std/assert";
import {
  begins,
  created,
  deviceReads,
  ends,
  found,
  journalOf,
  nodeWrites,
  opened,
  range,
  synced,
  told,
  writes,
} from "./_journal.ts";
import { rule as stale } from "./device_read_of_stale_bytes.ts";
import { rule } from "./missing_clean.ts";

const uncovered = "panthor read bytes of bo1 that no clean covered:";
const luck = "this time the lines had left the cache already, or memory held the same bytes";

Deno.test("missing-clean warns of a read that went well by luck, at the read", () => {
  const lines = [created(), nodeWrites(0, 64), deviceReads(0, 4096)];
  assertEquals(told(rule, lines), [
    `warning line 3: ${uncovered} 0x0..0x40 (64 B), written at line 2; ${luck}`,
  ]);
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.events), [[1, 2]]);
});

Deno.test("missing-clean names the bytes that a clean left out", () => {
  assertEquals(told(rule, [nodeWrites(0, 64), synced(0, 32), deviceReads(0, 48)]), [
    `warning line 3: ${uncovered} 0x20..0x30 (16 B), written at line 1; ${luck}`,
  ]);
});

Deno.test("missing-clean calls it an error where an invalidate came between", () => {
  assertEquals(told(rule, [nodeWrites(0, 64), begins("r"), ends("r"), deviceReads(0, 64)]), [
    `error line 4: ${uncovered} 0x0..0x40 (64 B), written at line 1; ` +
    "the begin r of db1 (line 2) dropped lines that were not written back, the bytes may be lost",
  ]);
  const invalidate = synced(0, 32, { effect: "invalidate" });
  const dropped = told(rule, [nodeWrites(0, 64), begins("r"), invalidate, deviceReads(0, 64)]);
  assertEquals(dropped[0]?.includes("; the sync of bo1 (line 3) dropped lines"), true);
  const other = told(rule, [nodeWrites(0, 64), invalidate, synced(0, 32), deviceReads(0, 64)]);
  assertEquals(other.length, 1);
  assertEquals(other[0]?.startsWith("warning"), true, "the dropped bytes are not among the read");
});

Deno.test("missing-clean tells of each write once", () => {
  const lines = [nodeWrites(0, 64), deviceReads(0, 64), deviceReads(0, 64), nodeWrites(0, 64)];
  assertEquals(told(rule, [...lines, deviceReads(0, 64)]).length, 2);
});

Deno.test("missing-clean leaves writes to the rule of stale bytes that it tells of", () => {
  const whole = [nodeWrites(0, 64), deviceReads(0, 64, [range(0, 64)])];
  const part = [nodeWrites(0, 128), deviceReads(0, 128, [range(64, 64)])];
  const read = [nodeWrites(0, 64), nodeWrites(0, 64, { access: "read" }), ...whole.slice(1)];
  const later = [nodeWrites(0, 64), deviceReads(0, 32), deviceReads(0, 64, [range(32, 32)])];
  for (const lines of [whole, part, read, later]) {
    assertEquals(told(rule, lines), []);
    assertEquals(told(stale, lines).length, 1);
  }
});

Deno.test("missing-clean goes by the reader where its coherency is known", () => {
  const write = nodeWrites(0, 64, { coherency: "coherent" });
  const read = deviceReads(0, 64, [], { device: "display" });
  const display = opened({ device: "display" });
  assertEquals(told(rule, [display, write, read]).length, 1);
  const snooping = opened({ device: "display", coherency: "io-coherent" });
  assertEquals(told(rule, [snooping, nodeWrites(0, 64), read]), []);
  const silent = opened({ device: "display", coherency: "unknown" });
  assertEquals(told(rule, [silent, nodeWrites(0, 64), read]).length, 1);
  assertEquals(told(rule, [silent, write, read]), []);
});

Deno.test("missing-clean leaves alone what was cleaned, overwritten, or never cached", () => {
  const read = deviceReads(0, 64);
  const cases = [
    [nodeWrites(0, 64), synced(0, 64), read],
    [nodeWrites(0, 64), synced(0, 64, { effect: "clean-invalidate" }), read],
    // Touched more than asked.
    [nodeWrites(0, 64), synced(0, 4, { touched: [range(0, 4096)] }), read],
    // Two syncs, one half each.
    [nodeWrites(0, 64), synced(0, 32), synced(32, 32), read],
    // The end of a write bracket is about the whole buffer.
    [begins("w"), nodeWrites(0, 64), ends("w"), read],
    // The device read other bytes, other memory, or wrote first.
    [nodeWrites(64, 64), read],
    [nodeWrites(0, 64, { memory: "m2" }), read],
    [nodeWrites(0, 64), deviceReads(0, 64, [], { access: "write" as const }), read],
    // No caches in the way.
    [nodeWrites(0, 64, { caching: "write-combined" }), read],
    [nodeWrites(0, 64, { coherency: "io-coherent" }), read],
    [nodeWrites(0, 64, { coherency: "unknown" }), read],
    // Read, not written.
    [nodeWrites(0, 64, { access: "read" as const }), read],
    // Through the dma-buf: the brackets' rules.
    [writes(0, 64), read],
    // The handle's number was used again.
    [nodeWrites(0, 64), created(), read],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
