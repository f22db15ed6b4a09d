import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import { rule } from "./device_read_of_stale_bytes.ts";
import {
  begins,
  created,
  deviceReads,
  ends,
  exported,
  found,
  journalOf,
  nodeWrites,
  range,
  synced,
  told,
  writes,
} from "./_journal.ts";

/** The part of the message after the count, of a read of 0..0x100 with stale 0x40..0x80. */
function cause(...lines: EventBody[]): string {
  const [text = "", more] = told(rule, [...lines, deviceReads(0, 256, [range(64, 64)])]);
  assertEquals(more, undefined);
  const start = `error line ${lines.length + 1}: panthor read 0x0..0x100 (256 B) of bo1 and got ` +
    `64 stale bytes: 0x40..0x80 (64 B), `;
  assertEquals(text.slice(0, start.length), start);
  return text.slice(start.length);
}

Deno.test("device-read-of-stale-bytes tells of a write that was never synced", () => {
  assertEquals(cause(created(), nodeWrites(0, 256)), "written at line 2, never synced");
  // A sync of other bytes before the write is no news.
  assertEquals(cause(synced(0, 64), nodeWrites(0, 256)), "written at line 2, never synced");
  // A CPU read makes no byte its own.
  assertEquals(
    cause(nodeWrites(0, 256), nodeWrites(0, 256, { access: "read" })),
    "written at line 1, never synced",
  );
  // Another memory's sync does not count.
  assertEquals(
    cause(nodeWrites(0, 256), synced(0, 256, { memory: "m2" })),
    "written at line 1, never synced",
  );
});

Deno.test("device-read-of-stale-bytes tells of a sync with a range that missed", () => {
  assertEquals(
    cause(nodeWrites(0, 256), synced(0, 64)),
    "written at line 1, missed by the sync of bo1 (line 2), which asked for 0x0..0x40 (64 B) " +
      "where the write was 0x0..0x100 (256 B)",
  );
});

Deno.test("device-read-of-stale-bytes tells of a sync before the write", () => {
  assertEquals(
    cause(nodeWrites(0, 256), synced(0, 256), nodeWrites(64, 64)),
    "written at line 3, synced only before that, by the sync of bo1 (line 2)",
  );
});

Deno.test("device-read-of-stale-bytes tells of a sync that does not clean", () => {
  assertEquals(
    cause(nodeWrites(0, 256), synced(0, 256, { effect: "wait", touched: [] })),
    "written at line 1, not cleaned: the sync of bo1 (line 2) did not clean (its effect: wait)",
  );
});

Deno.test("device-read-of-stale-bytes tells of brackets", () => {
  assertEquals(
    cause(begins("w"), writes(0, 256)),
    'written at line 2, inside "begin w" of db1 (line 1), which has not ended yet',
  );
  assertEquals(
    cause(begins("r"), begins("rw"), writes(0, 256)),
    'written at line 3, inside "begin rw" of db1 (line 2), which has not ended yet',
  );
  assertEquals(
    cause(begins("r"), writes(0, 256), ends("r")),
    "written at line 2, not cleaned: the end r of db1 (line 3) was not told of a write",
  );
  assertEquals(
    cause(begins("w"), writes(0, 256), ends("w")),
    "written at line 2, stale although the end w of db1 (line 3) covered it: no device had the " +
      "buffer mapped, or the exporter has no hooks",
  );
  assertEquals(
    cause(exported({ exporter: "drm" }), begins("w"), writes(0, 256), ends("w")),
    'written at line 3, not cleaned by the end w of db1 (line 4): the exporter, "drm", has no ' +
      "hooks that touch caches",
  );
  // A begin is no sync of the write.
  assertEquals(
    cause(nodeWrites(0, 256), begins("w")),
    "written at line 1, never synced",
  );
});

Deno.test("device-read-of-stale-bytes gives every stale byte to its last write", () => {
  const lines = [
    created(),
    nodeWrites(0, 128),
    nodeWrites(64, 64),
    deviceReads(0, 4096, [range(0, 128), range(512, 4)]),
  ];
  assertEquals(told(rule, lines), [
    "error line 4: panthor read 0x0..0x1000 (4096 B) of bo1 and got 132 stale bytes: " +
    "0x0..0x40 (64 B), written at line 2, never synced; " +
    "0x40..0x80 (64 B), written at line 3, never synced; " +
    "0x200..0x204 (4 B), which no write of this journal touched",
  ]);
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.events), [[1, 2, 3]]);
});

Deno.test("device-read-of-stale-bytes does not blame a buffer whose handle is used again", () => {
  const lines = [created(), nodeWrites(0, 64), created(), deviceReads(0, 64, [range(0, 64)])];
  assertEquals(told(rule, lines), [
    "error line 4: panthor read 0x0..0x40 (64 B) of bo1 and got 64 stale bytes: " +
    "0x0..0x40 (64 B), which no write of this journal touched",
  ]);
});

Deno.test("device-read-of-stale-bytes leaves other accesses alone", () => {
  assertEquals(told(rule, [nodeWrites(0, 64), synced(0, 64), deviceReads(0, 64)]), []);
  assertEquals(told(rule, [nodeWrites(0, 64), deviceReads(0, 64)]), []);
  const write = deviceReads(0, 64, [range(0, 64)], { access: "write" });
  assertEquals(told(rule, [nodeWrites(0, 64), write]), []);
});

Deno.test("device-read-of-stale-bytes names the last of several syncs", () => {
  const missed = cause(nodeWrites(0, 256), synced(0, 32), synced(32, 32));
  assertEquals(missed.includes("the sync of bo1 (line 3), which asked for 0x20..0x40"), true);
  const wait = synced(0, 256, { effect: "wait", touched: [] });
  const waited = cause(nodeWrites(0, 256), wait, wait);
  assertEquals(waited.includes("the sync of bo1 (line 3) did not clean"), true);
  const before = cause(synced(0, 256), synced(0, 256), nodeWrites(0, 256));
  assertEquals(before.endsWith("by the sync of bo1 (line 2)"), true);
});

Deno.test("device-read-of-stale-bytes counts what several syncs covered together", () => {
  assertEquals(
    cause(nodeWrites(0, 256), synced(0, 96), synced(96, 160)),
    "written at line 1, stale although the sync of bo1 (line 3) covered it: " +
      "the driver did less than it said",
  );
});
