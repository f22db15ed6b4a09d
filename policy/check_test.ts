import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../errors.ts";
import { rules } from "./_index.ts";
import {
  begins,
  closed,
  created,
  deviceReads,
  ends,
  exported,
  journalOf,
  mapped,
  nodeWrites,
  opened,
  range,
  synced,
  writes,
} from "./_journal.ts";
import { checkJournal, severityRank, worst } from "./check.ts";

const broken = journalOf([
  opened(),
  created(),
  nodeWrites(0, 256),
  exported({ askedRdwr: false, mode: "ro" }),
  mapped({ writable: false, mode: "ro" }),
  writes(0, 4),
  exported({ dmaBuf: "db2", mode: "ro", first: false }),
  deviceReads(0, 256, [range(0, 256)]),
]);

Deno.test("checkJournal() orders findings by their decisive entry, then by rule", async () => {
  const found = await checkJournal(broken);
  assertEquals(found.map(({ rule, severity, at }) => `${at.line} ${rule} ${severity}`), [
    "2 left-open note",
    "4 cached-export warning",
    "4 left-open note",
    "5 left-open note",
    "6 cpu-access-outside-bracket error",
    "7 late-rdwr warning",
    "7 left-open note",
    "8 device-read-of-stale-bytes error",
  ]);
  assertEquals(await checkJournal(broken), found);
});

Deno.test("checkJournal() runs what is selected and not ignored", async () => {
  const of = async (options: Parameters<typeof checkJournal>[1]): Promise<string[]> =>
    (await checkJournal(broken, options)).map(({ rule }) => rule);
  assertEquals(await of({ select: ["late-rdwr", "cached-export"] }), [
    "cached-export",
    "late-rdwr",
  ]);
  assertEquals(await of({ select: ["late-rdwr", "left-open"], ignore: ["left-open"] }), [
    "late-rdwr",
  ]);
  assertEquals(await of({ ignore: Object.keys(rules) }), []);
  assertEquals(await of({ select: [] }), []);
});

Deno.test("checkJournal() names the nearest rule when an option has an unknown one", async () => {
  for (const options of [{ select: ["late-rdrw"] }, { ignore: ["late-rdrw"] }]) {
    const error = await assertRejects(() => checkJournal([], options), UsageError);
    assertEquals(error.message, 'no rule is called "late-rdrw"');
    assertEquals(error.hint?.startsWith('Did you mean "late-rdwr"?'), true);
  }
  await assertRejects(() => checkJournal([], { select: ["toString"] }), UsageError);
});

Deno.test("checkJournal() finds nothing in a journal as it should be", async () => {
  const db = { of: "db1", via: "dma-buf", mode: "rw" } as const;
  const combined = { caching: "write-combined" } as const;
  const journal = journalOf([
    opened(),
    created({ private: true }),
    mapped({ of: "bo1", via: "node" }),
    nodeWrites(0, 64),
    synced(0, 64),
    deviceReads(0, 64),
    closed("mapping", "map1"),
    closed("buffer", "bo1"),
    created(combined),
    exported(combined),
    mapped(db),
    [begins("rw"), writes(0, 4, combined), ends("rw")],
    closed("mapping", "map1"),
    closed("dma-buf", "db1"),
    closed("buffer", "bo1"),
  ]);
  assertEquals(await checkJournal(journal), []);
  assertEquals(await checkJournal([]), []);
});

Deno.test("worst() compares severities", () => {
  assertEquals(worst([]), undefined);
  assertEquals(
    worst([{ severity: "note" }, { severity: "error" }, { severity: "warning" }]),
    "error",
  );
  assertEquals(severityRank.error > severityRank.warning, true);
  assertEquals(severityRank.warning > severityRank.note, true);
});
