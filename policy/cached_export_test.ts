import { assertEquals } from "@std/assert";
import { rule } from "./cached_export.ts";
import {
  allocated,
  created,
  exported,
  found,
  imported,
  journalOf,
  opened,
  told,
} from "./_journal.ts";

Deno.test("cached-export warns of a cached export of a non-coherent device, once", () => {
  const lines = [opened(), created(), exported(), exported({ dmaBuf: "db2", first: false })];
  assertEquals(told(rule, lines), [
    "warning line 3: Export db1 lets bo1 leave the process with cached (write-back) CPU maps, " +
    "and panthor does not see the CPU's caches",
  ]);
  assertEquals(found(rule, journalOf(lines)).map((finding) => finding.events), [[0, 1, 2]]);
});

Deno.test("cached-export tells of each buffer, also of one whose name was used before", () => {
  const second = [created({ memory: "m2" }), exported({ dmaBuf: "db2", memory: "m2" })];
  assertEquals(told(rule, [opened(), created(), exported(), ...second]).length, 2);
});

Deno.test("cached-export leaves other exports alone", () => {
  const cases = [
    [opened(), created(), exported({ caching: "write-combined" })],
    [opened({ coherency: "io-coherent" }), created(), exported()],
    [opened({ coherency: "coherent" }), created(), exported()],
    // Not known: no reproach.
    [opened({ coherency: "unknown" }), created(), exported()],
    [opened(), created(), exported({ caching: "unknown" })],
    // Cached and kept at home.
    [opened(), created()],
    // Another exporter's memory, handed on.
    [opened(), allocated(), imported({ device: "panthor" }), exported({ buffer: "bo2" })],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});
