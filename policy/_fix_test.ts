// How breaches are mended where the call that a rule names does no cache work.
import { assertEquals } from "@std/assert";
import type { EventBody } from "../workspace/journal.ts";
import { Fixes } from "./_fix.ts";
import {
  created,
  deviceReads,
  exported,
  journalOf,
  nodeWrites,
  opened,
  range,
} from "./_journal.ts";

const rule = { fix: "sync it", mendedBySync: true } as const;

/** The beginning of the fix of a finding whose decisive entry is the last of these. */
function fix(...lines: EventBody[]): string {
  const journal = journalOf([...lines, deviceReads(0, 64, [range(0, 64)])]);
  return new Fixes(journal).of(rule, { events: [journal.length - 1] }).split(/[.,:]/)[0] ?? "";
}

Deno.test("a fix is the rule's own where its call does what it says", () => {
  assertEquals(fix(opened(), created(), nodeWrites(0, 64)), "sync it");
  assertEquals(fix(opened(), created(), exported()), "sync it");
  // etnaviv's handle has calls, whatever its dma-buf lacks.
  assertEquals(fix(opened({ driver: "etnaviv" }), created()), "sync it");
  // Memory of somebody else, and entries without a memory.
  assertEquals(fix(exported({ exporter: "drm" })), "sync it");
  const journal = journalOf([opened()]);
  assertEquals(new Fixes(journal).of(rule, { events: [0] }), "sync it");
  assertEquals(new Fixes(journal).of(rule, { events: [] }), "sync it");
});

Deno.test("a fix names no call of a driver whose calls touch no cache", () => {
  const msm = opened({ driver: "msm" });
  assertEquals(fix(msm, created(), nodeWrites(0, 64)), "No call of msm touches a cache");
  assertEquals(
    fix(msm, created(), exported({ exporter: "msm" })),
    "No call of msm touches a cache",
  );
});

Deno.test("a fix names the owner's call where begin and end touch no cache", () => {
  for (const exporter of ["drm", "virtio_gpu"]) {
    assertEquals(
      fix(opened({ driver: "etnaviv" }), created(), exported({ exporter })),
      "Begin and end of this dma-buf touch no cache",
    );
  }
});

Deno.test("a fix of a rule that no sync mends is the rule's own", () => {
  const journal = journalOf([opened({ driver: "msm" }), created()]);
  assertEquals(new Fixes(journal).of({ fix: "map it" }, { events: [1] }), "map it");
});
