/**
 * What is probed on each machine, and what the probes see there: on the real kernel and on the board
 * that mirrors it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  beforeCachedMaps,
  coherent,
  etnaviv,
  heap,
  msm,
  none,
  oldMsm,
  oldPanfrost,
  panfrost,
  panthor,
  takesNoImport,
  udmabuf,
  vc4,
  vgem,
  virtioGpu,
  writeCombined,
} from "../policy/_probe_expected.ts";
import { probeTable } from "../policy/_probe_table.ts";
import type { ProbeOutcome } from "../policy/probe.ts";
import { boctl, jsonOf } from "./_boctl.ts";
import type { UsualMachine } from "./_machine.ts";
import * as nodes from "./cases/_nodes.ts";

/** A subject and what is seen of it. */
export interface ProbeRow {
  /** Options of `policy-check --probe`. */
  readonly subject: string;
  readonly table: Readonly<Record<string, string>>;
}

const amd64: readonly ProbeRow[] = [
  { subject: "--on card0", table: vgem },
  { subject: "--on card1", table: virtioGpu },
  { subject: "--on card3", table: vgem },
  { subject: "--heap system", table: heap },
  { subject: "--udmabuf", table: udmabuf },
];

/** Both kernels of the board, whose devices are the same. */
const arm64 = (
  tables: Readonly<Partial<Record<keyof typeof nodes, ProbeRow["table"]>>>,
): readonly ProbeRow[] => [
  // Nobody but vgem makes a read-only dma-buf here.
  {
    subject: "--on card0",
    table: { ...vgem, "read-only-written-through-importer": "cannot-be-told" },
  },
  { subject: "--udmabuf", table: udmabuf },
  ...Object.entries(tables).map(([name, table]) => ({
    subject: `--on ${nodes[name as keyof typeof nodes]}`,
    table,
  })),
];

/** Alike on both kernels. */
const others = { v3d: writeCombined, lima: writeCombined, etnaviv, vc4 };

/** By machine. */
export const probeRows: Readonly<Record<UsualMachine, readonly ProbeRow[]>> = {
  // bochs takes no import on 6.12, which has its buffers in video memory.
  "amd64-6.12": [...amd64, { subject: "--on card2", table: { ...vgem, ...takesNoImport } }],
  "amd64-7.2": [...amd64, { subject: "--on card2", table: vgem }],
  "arm64-6.12": arm64({
    panfrost: oldPanfrost,
    panfrostCoherent: oldPanfrost,
    panthor: beforeCachedMaps,
    panthorCoherent: beforeCachedMaps,
    ...others,
    // NO_SHARE is younger.
    msm: { ...oldMsm, "private-export": "cannot-be-told" },
  }),
  "arm64-7.2": arm64({
    panfrost,
    panfrostCoherent: { ...panfrost, ...coherent },
    panthor,
    panthorCoherent: { ...panthor, ...coherent },
    ...others,
    // No GPU was started, so that boctl makes no private buffer.
    msm: { ...msm, "private-export": none },
  }),
};

/** What only time tells is each machine's own: an emulator has no caches, the simulator no reads. */
const byTime = ["bracket-is-whole", "caching-by-read-time", "sync-range-exact"];
const timed = /^(consistent with .*|cannot-be-told)$/;

function withoutTimes(table: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table).map(([id, told]) => [
      id,
      byTime.includes(id) && timed.test(told) ? "what time tells" : told,
    ]),
  );
}

/**
 * Probes a subject without what has a hazard, and holds the table: no finding, and nothing else seen
 * than there should be.
 * @param backend global options that choose the kernel
 */
export async function checkProbes(
  backend: string,
  { subject, table }: ProbeRow,
): Promise<readonly ProbeOutcome[]> {
  const answer = await boctl(`${backend} --json policy-check --probe ${subject}`);
  assertEquals([answer.code, answer.err], [0, ""], answer.out);
  const [line] = jsonOf(answer);
  const { findings, probes } = line?.["result"] as {
    readonly findings: number;
    readonly probes: readonly ProbeOutcome[];
  };
  assertEquals(findings, 0);
  const hazardous = table["sync-of-too-many"]?.startsWith("refused")
    ? { "sync-of-too-many": "cannot-be-told" }
    : {};
  assertEquals(withoutTimes(probeTable(probes)), withoutTimes({ ...table, ...hazardous }));
  for (const { detail, numbers = {} } of probes) {
    for (const ns of Object.values(numbers)) assert(Number.isSafeInteger(ns) && ns > 0, detail);
    // These kernels' ranges are exact, and an emulated processor's times are steady enough.
    assert(!detail.startsWith("a range that is a hint"), detail);
  }
  return probes;
}
