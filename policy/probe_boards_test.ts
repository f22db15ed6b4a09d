// What the probes say of the simulated boards.
import { assertEquals } from "@std/assert";
import { probesWith, probeTable } from "./_probe_table.ts";
import { probeBoard } from "./_probe_kit.ts";
import { probes } from "./probes/_index.ts";

const none = "not-applicable";
const one = "one handle for both imports, and its second GEM_CLOSE is EINVAL";
const whole = "consistent with maintenance of the whole buffer";
const flat = "consistent with a cost that does not depend on the size";
const redirected = "allowed: redirected to the exporter";

/** What every exporter of the boards answers alike. */
const common = {
  "access-outside-bracket": "allowed",
  "begin-moves-nothing": "cannot-be-told",
  "bracket-direction-mismatch": "allowed",
  "bracket-flags": "refused (EINVAL)",
  "caching-by-read-time": "cannot-be-told",
  "end-before-begin": "allowed",
  "overlapping-brackets": "allowed",
  "writable-map-of-read-only-export": "refused (EACCES)",
};

const panthor = {
  ...common,
  "bracket-is-whole": whole,
  "cached-buffer": "allowed",
  "cached-export": "allowed",
  "cached-not-private": "allowed",
  "contradictory-flags": "refused (EINVAL)",
  "exporter-hooks": "exporter panthor: begin and end maintain caches",
  "import-mapped-through-node": redirected,
  "late-rdwr": "the second export is the same read-only dma-buf",
  "private-export": "refused (EINVAL)",
  "read-only-written-through-importer": "allowed",
  "same-handle": one,
  "sync-does-not-wait": "it returned while the fence was pending",
  "sync-of-import": "refused (EINVAL)",
  "sync-of-too-many": "refused (ENOMEM)",
  "sync-of-write-combined": "allowed",
  "sync-out-of-range": "refused (EINVAL)",
  "sync-range-exact": "consistent with a range that is exact",
  "sync-when-coherent": none,
};

/** Without a sync call: the driver has none, or is too old for it. */
const noSync = {
  "sync-does-not-wait": none,
  "sync-of-import": none,
  "sync-of-too-many": none,
  "sync-of-write-combined": none,
  "sync-out-of-range": none,
  "sync-range-exact": none,
  "sync-when-coherent": none,
};

const beforeCachedMaps = {
  ...panthor,
  ...noSync,
  "bracket-is-whole": flat,
  "cached-buffer": "refused (EINVAL)",
  "cached-export": none,
  "cached-not-private": none,
  "exporter-hooks": "exporter drm: the generic helper, begin and end only wait",
};

const coherent = {
  "bracket-is-whole": flat,
  "sync-of-write-combined": none,
  "sync-range-exact": none,
  "sync-when-coherent": "allowed",
};

const panfrost = {
  ...panthor,
  "cached-not-private": none,
  "exporter-hooks": "exporter panfrost: begin and end maintain caches",
  "private-export": none,
};

const vgem = {
  ...beforeCachedMaps,
  "cached-buffer": none,
  "contradictory-flags": none,
  "import-mapped-through-node": "refused (EINVAL)",
  "private-export": none,
  "read-only-written-through-importer": "refused (EINVAL)",
};

const takesNoImport = {
  "import-mapped-through-node": none,
  "read-only-written-through-importer": none,
  "same-handle": none,
};

const heap = {
  ...vgem,
  ...takesNoImport,
  "begin-moves-nothing": none,
  "contradictory-flags": "refused (EINVAL)",
  "exporter-hooks": "exporter system: begin and end maintain caches",
  "late-rdwr": none,
};

interface Row {
  readonly board: string;
  readonly subject?: string | { kind: "heap" | "udmabuf"; name: string };
  readonly table: Readonly<Record<string, string>>;
  /** Findings of the profile `kernel`, and those that `threads` adds. */
  readonly findings?: readonly string[];
  readonly threads: readonly string[];
}

const exported = ["cached-export", "cached-not-private", "import-mapped-through-node"];
const mapped = ["import-mapped-through-node"];

const rows: readonly Row[] = [
  { board: "panthor", table: panthor, threads: exported },
  { board: "panthor@6.12", table: beforeCachedMaps, threads: mapped },
  { board: "panthor-coherent", table: { ...panthor, ...coherent }, threads: mapped },
  { board: "panthor-unbound", table: panthor, threads: exported },
  { board: "panfrost", table: panfrost, threads: ["cached-export", ...mapped] },
  {
    board: "panfrost@6.12",
    table: { ...beforeCachedMaps, "cached-not-private": none, "private-export": none },
    threads: mapped,
  },
  { board: "qemu", table: vgem, threads: [] },
  { board: "qemu@7.2", table: vgem, threads: [] },
  {
    board: "qemu",
    subject: "card1",
    table: {
      ...vgem,
      ...takesNoImport,
      "exporter-hooks": "exporter virtio_gpu: its own code, whose begin and end are not known here",
    },
    threads: [],
  },
  { board: "qemu", subject: "card2", table: { ...vgem, ...takesNoImport }, threads: [] },
  { board: "qemu@7.2", subject: "card2", table: vgem, threads: [] },
  { board: "qemu", subject: "card3", table: vgem, threads: [] },
  { board: "qemu", subject: { kind: "heap", name: "system" }, table: heap, threads: [] },
  {
    board: "qemu",
    subject: { kind: "udmabuf", name: "udmabuf" },
    table: {
      ...heap,
      "end-before-begin": "refused (EINVAL)",
      "exporter-hooks": "exporter udmabuf: begin and end maintain caches",
      "writable-map-of-read-only-export": none,
    },
    threads: [],
  },
  {
    board: "qemu-arm64",
    subject: "renderD129",
    table: panfrost,
    threads: ["cached-export", ...mapped],
  },
  {
    board: "qemu-arm64",
    subject: "renderD130",
    table: { ...panfrost, ...coherent },
    threads: mapped,
  },
  { board: "qemu-arm64", subject: "renderD131", table: panthor, threads: exported },
  { board: "qemu-arm64@6.12", subject: "renderD131", table: beforeCachedMaps, threads: mapped },
  {
    board: "qemu-arm64",
    subject: "renderD132",
    table: { ...panthor, ...coherent },
    threads: mapped,
  },
  {
    board: "range-is-a-hint",
    table: { ...panthor, "sync-range-exact": "consistent with a range that is a hint" },
    findings: ["sync-range-exact"],
    threads: exported,
  },
  { board: "begin-migrates", table: panthor, findings: ["begin-moves-nothing"], threads: exported },
];

for (const { board, subject, table, findings = [], threads } of rows) {
  const of = subject === undefined
    ? ""
    : ` ${typeof subject === "string" ? subject : subject.name}`;
  Deno.test(`the probes of sim:${board}${of} see what its kernel does`, async () => {
    const trial = subject === undefined ? {} : { subject };
    const outcomes = await probeBoard(board, trial);
    assertEquals(probeTable(outcomes), table);
    assertEquals(probesWith(outcomes, "finding"), findings);
    const strict = await probeBoard(board, { ...trial, profile: "threads" });
    assertEquals(probeTable(strict), table);
    assertEquals(probesWith(strict, "finding"), [...findings, ...threads].sort());
  });
}

Deno.test("each probe has an answer on one board or another, but what only a real CPU's time tells", async () => {
  const answered = new Set<string>();
  for (const [board, subject] of [["panthor"], ["panthor-coherent"], ["begin-migrates"]]) {
    const outcomes = await probeBoard(board ?? "", subject === undefined ? {} : { subject });
    for (const { probe, verdict } of outcomes) if (verdict !== "skipped") answered.add(probe);
  }
  const unanswered = Object.keys(probes).filter((id) => !answered.has(id));
  assertEquals(unanswered, ["caching-by-read-time"]);
});
