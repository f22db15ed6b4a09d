import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import {
  created,
  deviceReads,
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
import { rule } from "./race_on_same_bytes.ts";

const start = [opened(), created(), job("begin")];
const nodeReads = (offset: number, length: number) =>
  reads(offset, length, { of: "bo1", via: "node" });
const severities = (lines: readonly EventBody[]): string[] =>
  told(rule, lines).map((text) => text.split(" ")[0] ?? "");

Deno.test("race-on-same-bytes tells of the CPU reading what a running job wrote", () => {
  const lines = [...start, deviceWrites(0, 64), nodeReads(32, 64), job("end")];
  assertEquals(told(rule, lines), [
    "error line 5: While a job of panthor runs on bo1 (since line 3), the CPU read 0x20..0x60 " +
    "(64 B) and nothing orders that with what came before: panthor wrote 0x20..0x40 (32 B) (line 4)",
  ]);
  assertEquals(found(rule, journalOf(lines)).map(({ events }) => events), [[2, 3, 4]]);
});

Deno.test("race-on-same-bytes tells of every pair with a write in it, whoever came first", () => {
  const pairs: [EventBody, EventBody][] = [
    [deviceWrites(0, 4), nodeWrites(0, 4)],
    [deviceReads(0, 4), nodeWrites(0, 4)],
    [nodeWrites(0, 4), deviceReads(0, 4)],
    [nodeWrites(0, 4), deviceWrites(0, 4)],
    [nodeReads(0, 4), deviceWrites(0, 4)],
  ];
  for (const pair of pairs) assertEquals(severities([...start, ...pair]), ["error"]);
  assertEquals(severities([...start, deviceReads(0, 4), nodeReads(0, 4)]), []);
});

Deno.test("race-on-same-bytes takes a clean for a hand-over of what the CPU wrote", () => {
  const handed = [...start, nodeWrites(64, 4), synced(64, 4)];
  assertEquals(severities([...handed, deviceReads(64, 4)]), []);
  assertEquals(severities([...handed, nodeWrites(64, 4), deviceReads(64, 4)]), ["error"]);
  // No sync gives the CPU what the job has in its cache.
  const back = synced(0, 4, { effect: "clean-invalidate" });
  assertEquals(severities([...start, deviceWrites(0, 4), back, nodeReads(0, 4)]), ["error"]);
});

Deno.test("race-on-same-bytes warns where no clean could be seen", () => {
  const combined = nodeWrites(0, 4, { caching: "write-combined" });
  assertEquals(severities([...start, combined, deviceReads(0, 4)]), ["warning"]);
  const coherent = [opened({ coherency: "coherent" }), created(), job("begin")];
  assertEquals(severities([...coherent, nodeWrites(0, 4), deviceReads(0, 4)]), ["warning"]);
  // Old bytes all the same: they are in the device's cache until the job ends.
  const read = reads(0, 4, { via: "node", caching: "write-combined" });
  assertEquals(severities([...start, deviceWrites(0, 4), read]), ["error"]);
});

Deno.test("race-on-same-bytes leaves different bytes, other times and other jobs alone", () => {
  const cases = [
    [...start, deviceWrites(0, 4), nodeWrites(4, 4), nodeReads(8, 4)],
    [...start, deviceWrites(0, 4), job("end"), nodeReads(0, 4)],
    [opened(), created(), nodeWrites(0, 4), job("begin"), deviceReads(0, 4)],
    [opened(), created(), deviceWrites(0, 4), nodeReads(0, 4)],
    // Before this device's job began, while another one's ran.
    [
      ...start,
      nodeWrites(0, 4),
      job("begin", { device: "b" }),
      deviceReads(0, 4, [], { device: "b" }),
    ],
    [...start, deviceWrites(0, 4, { memory: "m2" }), nodeReads(0, 4)],
  ];
  for (const lines of cases) assertEquals(severities(lines), []);
});
