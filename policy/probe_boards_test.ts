// What the probes say of the simulated boards.
import { assertEquals } from "@std/assert";
import { probesWith, probeTable } from "./_probe_table.ts";
import {
  beforeCachedMaps,
  coherent,
  etnaviv,
  heap,
  kbase,
  movesAtBegin,
  msm,
  oldPanfrost,
  panfrost,
  panthor,
  takesNoImport,
  udmabuf,
  vgem,
  virtioGpu,
} from "./_probe_expected.ts";
import { probeBoard } from "./_probe_kit.ts";
import { probes } from "./probes/_index.ts";

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
    table: oldPanfrost,
    threads: mapped,
  },
  { board: "qemu", table: vgem, threads: [] },
  { board: "qemu@7.2", table: vgem, threads: [] },
  {
    board: "qemu",
    subject: "card1",
    table: virtioGpu,
    threads: [],
  },
  { board: "qemu", subject: "card2", table: { ...vgem, ...takesNoImport }, threads: [] },
  { board: "qemu@7.2", subject: "card2", table: vgem, threads: [] },
  { board: "qemu", subject: "card3", table: vgem, threads: [] },
  { board: "qemu", subject: { kind: "heap", name: "system" }, table: heap, threads: [] },
  {
    board: "qemu",
    subject: { kind: "udmabuf", name: "udmabuf" },
    table: udmabuf,
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
  {
    board: "imx8",
    table: etnaviv,
    threads: ["cached-export", "exporter-hooks", ...mapped],
  },
  { board: "sm8250", table: msm, threads: [...exported, "exporter-hooks"] },
  {
    board: "amdgpu-laptop",
    table: movesAtBegin("amdgpu"),
    threads: ["begin-moves-nothing", ...mapped],
  },
  {
    board: "xe-card",
    table: movesAtBegin("xe"),
    threads: ["begin-moves-nothing", ...mapped],
  },
  { board: "xe-laptop", table: movesAtBegin("xe"), threads: mapped },
  { board: "kbase", table: kbase, threads: mapped },
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
