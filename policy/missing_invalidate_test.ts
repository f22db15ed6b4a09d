import { assertEquals } from "@std/assert";
import {
  begins,
  created,
  deviceWrites,
  ends,
  exported,
  found,
  job,
  journalOf,
  nodeWrites,
  opened,
  reads,
  synced,
  told,
} from "./_journal.ts";
import { rule } from "./missing_invalidate.ts";

const nodeReads = (offset: number, length: number) =>
  reads(offset, length, { of: "bo1", via: "node" });
const forCpu = (offset: number, length: number) =>
  synced(offset, length, { effect: "clean-invalidate" });

Deno.test("missing-invalidate is an error where the CPU's caches hold the line from before", () => {
  const lines = [opened(), created(), nodeReads(0, 4), deviceWrites(0, 4), nodeReads(0, 4)];
  assertEquals(told(rule, lines), [
    "error line 5: The CPU read bytes of bo1 through map1 that no invalidate covered: " +
    "0x0..0x4 (4 B), written by panthor at line 4; the lines of 0x0..0x4 (4 B) are older than " +
    "that in the CPU's caches",
  ]);
  assertEquals(found(rule, journalOf(lines)).map(({ events }) => events), [[3, 4]]);
});

Deno.test("missing-invalidate warns where nothing brought the line in", () => {
  const lines = [opened(), created(), deviceWrites(0, 4), nodeReads(0, 4)];
  assertEquals(told(rule, lines), [
    "warning line 4: The CPU read bytes of bo1 through map1 that no invalidate covered: " +
    "0x0..0x4 (4 B), written by panthor at line 3; nothing in this journal brought the lines in " +
    "before, but a CPU may fetch them by itself",
  ]);
});

Deno.test("missing-invalidate tells of the bytes that an invalidate left out, once", () => {
  const lines = [
    opened(),
    created(),
    nodeReads(0, 256),
    deviceWrites(0, 256),
    forCpu(0, 192),
    nodeReads(0, 256),
    nodeReads(0, 256),
  ];
  assertEquals(told(rule, lines).length, 1);
  assertEquals(told(rule, lines)[0]?.includes(": 0xc0..0x100 (64 B), written by"), true);
});

Deno.test("missing-invalidate takes the bytes of a job to arrive at its end", () => {
  const work = [opened(), created(), nodeReads(0, 4), job("begin"), deviceWrites(0, 4)];
  assertEquals(told(rule, [...work, job("end"), forCpu(0, 4), nodeReads(0, 4)]), []);
  assertEquals(told(rule, [...work, forCpu(0, 4), job("end"), nodeReads(0, 4)]).length, 1);
  // While it runs, that is a race, which another rule tells of.
  assertEquals(told(rule, [...work, nodeReads(0, 4)]), []);
});

Deno.test("missing-invalidate holds brackets for reading to it, and leaves others to their rules", () => {
  const dmaBuf = [opened(), created(), exported()];
  assertEquals(
    told(rule, [...dmaBuf, begins("r"), reads(0, 4), deviceWrites(0, 4), reads(0, 4)]).length,
    1,
  );
  assertEquals(
    told(rule, [...dmaBuf, reads(0, 4), deviceWrites(0, 4), begins("r"), reads(0, 4), ends("r")]),
    [],
  );
  assertEquals(told(rule, [...dmaBuf, reads(0, 4), deviceWrites(0, 4), reads(0, 4)]), []);
});

Deno.test("missing-invalidate is silent where the CPU wrote since, and where no cache is in the way", () => {
  const cases = [
    [opened(), created(), deviceWrites(0, 4), nodeWrites(0, 4), nodeReads(0, 4)],
    [opened(), created(), deviceWrites(0, 4), nodeReads(64, 4)],
    [opened({ coherency: "io-coherent" }), created(), deviceWrites(0, 4), nodeReads(0, 4)],
    [
      opened(),
      created(),
      deviceWrites(0, 4),
      reads(0, 4, { via: "node", caching: "write-combined" }),
    ],
    // Another buffer with the same number.
    [opened(), created(), deviceWrites(0, 4), created(), nodeReads(0, 4)],
  ];
  for (const lines of cases) assertEquals(told(rule, lines), []);
});

Deno.test("missing-invalidate does not claim what it does not know", () => {
  const lines = [created(), nodeReads(0, 4), deviceWrites(0, 4), nodeReads(0, 4)];
  assertEquals(
    told(rule, [opened({ coherency: "unknown" }), ...lines])[0]?.split(" ")[0],
    "warning",
  );
});
